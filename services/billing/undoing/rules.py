"""Undoing a payment: the counter-entries of a wrong match, or of money the bank took back.

Nothing is deleted. What the payment had paid is owed again; surcharges that were taken back because of it are charged
again; and what it had left as a credit is taken from the credit. When that credit was used for other debts meanwhile,
those uses are undone first, the newest first, so that no debt is ever paid with money that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing.lateness.rules.surcharge_corrections import SurchargeCorrection
from services.billing.ledger.rules.allocation import AllocatedPart
from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount
from services.billing.ledger.rules.entries import (
    Account,
    EntryKind,
    JournalEntry,
    JournalLine,
    LineNature,
    charge,
    entry_id,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter


class CreditSpent(ValueError):
    """What a payment left as a credit is no longer there, and undoing its uses does not bring it back.

    It was paid out. A person must ask for it back before the payment can be undone.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLine:
    """A line of a statement, with what it says of the payment or the collection it may take back.

    Attributes:
        cents: its amount, negative when it takes money.
        value_date: the day it counts from.
        reference: the structured reference it names.
        communication: the words on it.
        customer_reference: the end-to-end id it names, empty when it names none.
        mandate_reference: the mandate it names, empty when it names none.
        return_reason: the bank's code, empty when it gives none.
    """

    line_id: UUID
    cents: int
    value_date: date
    reference: str | None
    communication: str
    counterparty_account: str
    customer_reference: str
    mandate_reference: str
    return_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedSurcharge:
    """What a payment took off a surcharge when it came to light."""

    quarter: Quarter
    closing: Quarter
    kind: str
    base_cents: int
    surcharge_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPayment:
    """A payment as it stands in the books, with what it did."""

    payment_id: UUID
    amount_cents: int
    value_date: date
    parts: tuple[AllocatedPart, ...]
    corrected: tuple[CorrectedSurcharge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """One payment that was undone: its counter-entry, and the surcharges that are in force again."""

    payment: BookedPayment
    entry: JournalEntry
    restored: tuple[SurchargeCorrection, ...]


def reverse(
    account: DebtorAccount,
    payment: BookedPayment,
    *,
    credit_uses: Sequence[BookedPayment],
    destination: Account,
    value_date: date,
) -> tuple[Reversed, ...]:
    """Undo a payment and bring the account up to date.

    Args:
        account: the account of the payment's dossier; changed.
        payment: what to undo.
        credit_uses: uses of the dossier's credit that stand, the newest first; undone as far as it takes.
        destination: where the money is now: the suspense account when it was matched wrongly, other bank movements
            when the bank took it back, because that is where the bank's line was booked.
        value_date: the day from which the payment counts no longer.

    Returns:
        Everything that was undone, the payment last.

    Raises:
        CreditSpent: the credit the payment left was paid out.
    """
    undone: list[Reversed] = []
    uses = list(credit_uses)
    while _from_credit(account, payment) > account.credit_cents:
        if not uses:
            raise CreditSpent("the credit this payment left was paid out")
        use = uses.pop(0)
        if _still_paid(account, use):
            # A use cannot end before it began; from then on it is as if it had never been.
            undone.append(
                _undo(account, use, destination=Account.DOSSIER_CREDIT, value_date=max(value_date, use.value_date))
            )
    undone.append(_undo(account, payment, destination=destination, value_date=value_date))
    return tuple(undone)


def _from_credit(account: DebtorAccount, payment: BookedPayment) -> int:
    """How much of a payment must come from the credit: what it left over, and what other acts freed since."""
    return payment.amount_cents - sum(part.cents for part in _still_paid(account, payment))


def _still_paid(account: DebtorAccount, payment: BookedPayment) -> list[AllocatedPart]:
    """What is still paid of what the payment paid; a relief, for one, turned the rest into a credit."""
    parts: list[AllocatedPart] = []
    for part in payment.parts:
        item = account.items.get((part.quarter, part.kind))
        cents = min(part.cents, 0 if item is None else item.paid_cents)
        if cents > 0:
            parts.append(replace(part, cents=cents))
    return parts


def _undo(account: DebtorAccount, payment: BookedPayment, *, destination: Account, value_date: date) -> Reversed:
    parts = _still_paid(account, payment)
    from_credit = payment.amount_cents - sum(part.cents for part in parts)
    dossier = account.dossier
    lines = [
        JournalLine(
            account=Account.RECEIVABLE,
            cents=part.cents,
            dossier=dossier,
            quarter=part.quarter,
            kind=part.kind,
            nature=LineNature.PAYMENT,
        )
        for part in parts
    ]
    returned = payment.amount_cents
    if destination is Account.DOSSIER_CREDIT:
        # A use of the credit left nothing over: what was freed of it since is credit already.
        returned, from_credit = returned - from_credit, 0
    if returned:
        owner = dossier if destination is Account.DOSSIER_CREDIT else None
        lines.insert(0, JournalLine(account=destination, cents=-returned, dossier=owner))
    if from_credit:
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=from_credit, dossier=dossier))
    entry = JournalEntry(
        entry_id=entry_id(EntryKind.PAYMENT_REVERSED, str(payment.payment_id)),
        kind=EntryKind.PAYMENT_REVERSED,
        value_date=value_date,
        reference=str(payment.payment_id),
        lines=tuple(lines),
    )
    account.apply(entry)
    restored = tuple(
        found for corrected in payment.corrected if (found := _restore(account, payment, corrected)) is not None
    )
    return Reversed(payment=payment, entry=entry, restored=restored)


def _restore(
    account: DebtorAccount, payment: BookedPayment, corrected: CorrectedSurcharge
) -> SurchargeCorrection | None:
    """Charge again what the payment had taken off a surcharge; a surcharge that was relieved since stays away."""
    for position, surcharge in enumerate(account.surcharges):
        if (surcharge.quarter, surcharge.closing, surcharge.kind) != (
            corrected.quarter,
            corrected.closing,
            corrected.kind,
        ):
            continue
        account.surcharges[position] = replace(
            surcharge,
            base_cents=surcharge.base_cents + corrected.base_cents,
            surcharge_cents=surcharge.surcharge_cents + corrected.surcharge_cents,
        )
        entry = _charged_again(account, payment, surcharge, corrected.surcharge_cents)
        return SurchargeCorrection(
            surcharge=surcharge,
            base_cents=-corrected.base_cents,
            surcharge_cents=-corrected.surcharge_cents,
            entry=entry,
        )
    return None


def _charged_again(
    account: DebtorAccount, payment: BookedPayment, surcharge: BookedSurcharge, cents: int
) -> JournalEntry | None:
    if not cents:
        return None
    entry = charge(
        kind=EntryKind.SURCHARGE_CORRECTION,
        key=f"{account.dossier}|{surcharge.quarter}|{surcharge.closing}|{surcharge.kind}|{payment.payment_id}|undone",
        value_date=surcharge.charged_on,
        dossier=account.dossier,
        quarter=surcharge.quarter,
        amounts={AmountKind.SURCHARGE: cents},
    )
    account.apply(entry)
    return entry
