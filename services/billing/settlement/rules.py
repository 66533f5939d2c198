"""What payments, credits and reliefs do to the account of a dossier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.lateness.rules.interest import accrued_interest
from services.billing.lateness.rules.surcharge_corrections import SurchargeCorrection, correct_surcharges
from services.billing.ledger.rules.allocation import AllocatedPart, OpenItem, allocate
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, charge, money_allocated, relief
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestCharge:
    """Interest of a served quarter over ``[starts_on, ends_before)``; no entry when it rounds to nothing."""

    quarter: Quarter
    starts_on: date
    ends_before: date
    base_cents: int
    rate: Decimal
    interest_cents: int
    entry: JournalEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Money for a dossier.

    Attributes:
        payment_id: identity of the payment; the same payment is never used twice.
        source: where it comes from: the bank, the suspense account or the dossier's own credit.
        value_date: the day it was credited to the fund, which decides whether it was in time (RGS art. 42).
        chosen_quarter: the quarter the payer's reference names.
        attempt: how many times its bank line was matched, this time included.
    """

    payment_id: UUID
    dossier: UUID
    source: Account
    amount_cents: int
    value_date: date
    chosen_quarter: Quarter | None
    matched_by: str
    line_id: UUID | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What money did: every entry to write, in order, and the quarters of which nothing is open any more."""

    money: Money
    entry: JournalEntry
    parts: tuple[AllocatedPart, ...]
    credit_cents: int
    corrections: tuple[SurchargeCorrection, ...]
    interest: tuple[InterestCharge, ...]
    settled: tuple[Quarter, ...]
    remaining_open_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relieved:
    """What a relief did; ``entry`` is None when nothing had been charged yet for its quarters."""

    entry: JournalEntry | None
    waived_cents: int
    settled: tuple[Quarter, ...]
    remaining_open_cents: int


def receive(account: DebtorAccount, money: Money, *, interest_rate: Decimal | None) -> Received:
    """Use money for the debts of a dossier and bring the account up to date.

    A payment counts from its value date, not from the day the bank told it. So surcharges charged after that date
    don't take any of it until they are corrected for the principal it paid in time (RGS art. 42 and 44), and interest
    after a warrant runs up to that date (RGS art. 47bis par. 4).

    Args:
        account: the account of the money's dossier; changed.
        money: the payment, or the dossier's credit.
        interest_rate: legal interest a year in social matters, needed when a warrant was served.
    """
    before = account.open_quarters()
    interest = _accrue(account, money, interest_rate)
    first = allocate(
        amount_cents=money.amount_cents,
        open_items=_open_items(account, known_on=money.value_date),
        chosen_quarter=money.chosen_quarter,
    )
    corrections = correct_surcharges(
        account, cause=str(money.payment_id), value_date=money.value_date, parts=first.parts
    )
    parts = first.parts
    credit = first.credit_cents
    if credit:
        remaining = [
            replace(item, open_cents=item.open_cents - _taken(parts, item))
            for item in _open_items(account, known_on=None)
        ]
        second = allocate(amount_cents=credit, open_items=remaining, chosen_quarter=money.chosen_quarter)
        parts = _merged(parts + second.parts)
        credit = second.credit_cents
    if money.source is Account.DOSSIER_CREDIT and credit:
        # Surcharges that were taken back left less to pay: the rest stays the credit it was.
        money, credit = replace(money, amount_cents=money.amount_cents - credit), 0
    entry = money_allocated(
        kind=_ENTRY_KINDS[money.source],
        key=str(money.payment_id),
        value_date=money.value_date,
        dossier=account.dossier,
        source=money.source,
        parts=parts,
        credit_cents=credit,
    )
    account.apply(entry)
    return Received(
        money=money,
        entry=entry,
        parts=parts,
        credit_cents=credit,
        corrections=corrections,
        interest=interest,
        settled=_settled(account, before),
        remaining_open_cents=account.open_cents,
    )


def grant_relief(
    account: DebtorAccount,
    *,
    key: str,
    value_date: date,
    quarters: Sequence[Quarter],
    reduction_surcharges: Mapping[Quarter, int] | None = None,
) -> Relieved:
    """Waive what was charged for quarters that are not owed after all, and bring the account up to date.

    What was paid for them becomes a credit of the dossier; costs of a bailiff stay.

    Args:
        account: the account; changed.
        key: identity of the decision.
        value_date: day of the decision.
        quarters: the quarters.
        reduction_surcharges: what stands charged on them, in cents, of the surcharges of a whole year in which a
            reduction proved wrong (royal decree 38, art. 11bis). They are not the quarter's own and stay, as far as
            nobody waived them: the next statement of the year counts them anew.
    """
    before = account.open_quarters()
    waived_before = sum(item.waived_cents for item in account.items.values())
    balances = [item for item in account.items.values() if item.quarter in quarters]
    balances.sort(key=lambda item: (item.quarter, item.kind))
    kept = {
        quarter: min(cents, _beyond_own_surcharges(account, quarter))
        for quarter, cents in (reduction_surcharges or {}).items()
    }
    entry = relief(key=key, value_date=value_date, dossier=account.dossier, balances=balances, kept_surcharges=kept)
    if entry is not None:
        account.apply(entry)
    account.surcharges = [surcharge for surcharge in account.surcharges if surcharge.quarter not in quarters]
    return Relieved(
        entry=entry,
        waived_cents=sum(item.waived_cents for item in account.items.values()) - waived_before,
        settled=_settled(account, before),
        remaining_open_cents=account.open_cents,
    )


def _beyond_own_surcharges(account: DebtorAccount, quarter: Quarter) -> int:
    """Give what is in force of a quarter's surcharges beyond those its own closings booked, in cents."""
    item = account.items.get((quarter, AmountKind.SURCHARGE))
    if item is None:
        return 0
    own = sum(surcharge.surcharge_cents for surcharge in account.surcharges if surcharge.quarter == quarter)
    return max(0, item.charged_cents - item.waived_cents - own)


_ENTRY_KINDS = {
    Account.BANK: EntryKind.PAYMENT,
    Account.SUSPENSE: EntryKind.SUSPENSE_MATCHED,
    Account.DOSSIER_CREDIT: EntryKind.CREDIT_APPLIED,
    # A collection: the line of the statement that brings it stands on other bank movements and meets it there.
    Account.OTHER_BANK_MOVEMENTS: EntryKind.DIRECT_DEBIT,
}


def _open_items(account: DebtorAccount, *, known_on: date | None) -> list[OpenItem]:
    """What can take money; with a day, without surcharges of closings after that day and fines claimed after it."""
    items: list[OpenItem] = []
    for (quarter, kind), balance in account.items.items():
        later = 0
        if kind is AmountKind.SURCHARGE and known_on is not None:
            later = sum(
                surcharge.surcharge_cents
                for surcharge in account.surcharges
                if surcharge.quarter == quarter and surcharge.closing.ends_before > known_on
            )
        if kind is AmountKind.FINE and known_on is not None and account.charged_on[quarter, kind] > known_on:
            # A fine comes first once it is claimed (royal decree 38, art. 17ter), not in payments of before.
            continue
        items.append(
            OpenItem(
                quarter=quarter,
                kind=kind,
                open_cents=max(0, balance.open_cents - later),
                charged_on=account.charged_on[quarter, kind],
            )
        )
    return items


def _accrue(account: DebtorAccount, money: Money, rate: Decimal | None) -> tuple[InterestCharge, ...]:
    charges: list[InterestCharge] = []
    for position, served in enumerate(account.served):
        principal_cents = account.served_principal(served)
        if principal_cents <= 0 or served.interest_from >= money.value_date:
            continue
        if rate is None:
            raise ValueError("the legal interest is needed when a warrant was served")
        cents = accrued_interest(
            principal_cents=principal_cents,
            rate=rate,
            starts_on=served.interest_from,
            ends_before=money.value_date,
        )
        entry = None
        if cents:
            entry = charge(
                kind=EntryKind.INTEREST,
                key=f"{account.dossier}|{served.quarter}|{money.value_date}",
                value_date=money.value_date,
                dossier=account.dossier,
                quarter=served.quarter,
                amounts={AmountKind.INTEREST: cents},
            )
            account.apply(entry)
        charges.append(
            InterestCharge(
                quarter=served.quarter,
                starts_on=served.interest_from,
                ends_before=money.value_date,
                base_cents=principal_cents,
                rate=rate,
                interest_cents=cents,
                entry=entry,
            )
        )
        account.served[position] = replace(served, interest_from=money.value_date)
    return tuple(charges)


def _taken(parts: Iterable[AllocatedPart], item: OpenItem) -> int:
    return sum(part.cents for part in parts if part.quarter == item.quarter and part.kind is item.kind)


def _merged(parts: Iterable[AllocatedPart]) -> tuple[AllocatedPart, ...]:
    totals: dict[tuple[Quarter, AmountKind], int] = {}
    for part in parts:
        key = (part.quarter, part.kind)
        totals[key] = totals.get(key, 0) + part.cents
    return tuple(AllocatedPart(quarter=quarter, kind=kind, cents=cents) for (quarter, kind), cents in totals.items())


def _settled(account: DebtorAccount, before: set[Quarter]) -> tuple[Quarter, ...]:
    return tuple(sorted(before - account.open_quarters()))
