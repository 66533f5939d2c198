"""Double entry: the chart of accounts and the only ways to write a journal entry.

A debit is positive, a credit negative, and the lines of an entry add up to zero. What a dossier owes stands on one
account, per quarter and kind, and each line there says what it is: a charge, a payment or a waiver. So
open = charged - paid - waived follows from the books themselves, and no entry is ever changed: a correction is an
entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from services.billing.ledger.rules.allocation import AllocatedPart
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

#: Namespace of entry ids; the same business event always gives the same entry, so it cannot be booked twice.
ENTRY_NAMESPACE: Final = UUID("0d7d6f0e-4a63-5f0c-9a65-6e0f6a1c7b52")


class Account(StrEnum):
    """The chart of accounts (the names and the nature of each stand in the table ``account``)."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    CONTRIBUTIONS = "contributions"
    COMPANY_CONTRIBUTIONS = "companyContributions"
    MANAGEMENT_FEES = "managementFees"
    SURCHARGES = "surcharges"
    INTEREST = "interest"
    RECOVERY_COSTS = "recoveryCosts"
    FINES = "fines"
    WAIVED = "waived"
    DOSSIER_CREDIT = "dossierCredit"
    SUSPENSE = "suspense"
    REFUNDS_UNDERWAY = "refundsUnderway"
    OTHER_BANK_MOVEMENTS = "otherBankMovements"


class LineNature(StrEnum):
    """What a line on the account of a dossier does."""

    CHARGE = "charge"
    PAYMENT = "payment"
    WAIVER = "waiver"


class EntryKind(StrEnum):
    """Why an entry was written."""

    CONTRIBUTION = "contribution"
    COMPANY_CONTRIBUTION = "companyContribution"
    COMPANY_INCREASE = "companyIncrease"
    SURCHARGE = "surcharge"
    SURCHARGE_CORRECTION = "surchargeCorrection"
    SURCHARGE_WAIVED = "surchargeWaived"
    INTEREST = "interest"
    COST = "cost"
    FINE = "fine"
    PAYMENT = "payment"
    PAYMENT_REVERSED = "paymentReversed"
    SUSPENSE = "suspense"
    SUSPENSE_MATCHED = "suspenseMatched"
    OTHER_BANK_MOVEMENT = "otherBankMovement"
    CREDIT_APPLIED = "creditApplied"
    RELIEF = "relief"
    RELIEF_TAKEN_BACK = "reliefTakenBack"
    SMALL_CLAIM_GIVEN_UP = "smallClaimGivenUp"
    REFUND = "refund"
    REFUND_RETURNED = "refundReturned"
    REFUND_EXECUTED = "refundExecuted"
    DIRECT_DEBIT = "directDebit"
    REGULARISATION = "regularisation"
    REDUCTION = "reduction"
    INCREASE = "increase"
    REDUCTION_SURCHARGE = "reductionSurcharge"


#: Where the counterpart of a charge of each kind stands.
REVENUE_ACCOUNTS: Final[Mapping[AmountKind, Account]] = {
    AmountKind.PRINCIPAL: Account.CONTRIBUTIONS,
    AmountKind.FEE: Account.MANAGEMENT_FEES,
    AmountKind.SURCHARGE: Account.SURCHARGES,
    AmountKind.INTEREST: Account.INTEREST,
    AmountKind.COST: Account.RECOVERY_COSTS,
    AmountKind.FINE: Account.FINES,
}


class UnbalancedEntryError(ValueError):
    """The lines of an entry do not add up to zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One line of an entry; ``quarter``, ``kind`` and ``nature`` are given on the account of dossiers only."""

    account: Account
    cents: int
    dossier: UUID | None = None
    quarter: Quarter | None = None
    kind: AmountKind | None = None
    nature: LineNature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A balanced entry.

    Attributes:
        entry_id: derived from the business event, see ``entry_id``.
        value_date: the day from which the entry counts for the dossier.
        reference: the row the entry comes from (a bank line, a claim, a warrant), for people who look for it.
    """

    entry_id: UUID
    kind: EntryKind
    value_date: date
    reference: str
    lines: tuple[JournalLine, ...]

    def __post_init__(self) -> None:
        difference = sum(line.cents for line in self.lines)
        if difference or not self.lines:
            raise UnbalancedEntryError(f"a {self.kind} entry is out of balance by {difference} cents")


def entry_id(kind: EntryKind, key: str) -> UUID:
    """Give the id of the entry of a business event; the same event gives the same id."""
    return uuid5(ENTRY_NAMESPACE, f"{kind}|{key}")


def charge(
    *,
    kind: EntryKind,
    key: str,
    value_date: date,
    dossier: UUID,
    quarter: Quarter,
    amounts: Mapping[AmountKind, int],
    revenue: Account | None = None,
) -> JournalEntry:
    """Charge amounts of one quarter to a dossier; a negative amount takes back a charge (a credit note).

    Zero amounts get no line. The counterpart stands on the account of its kind, unless ``revenue`` names another.
    """
    lines: list[JournalLine] = []
    for amount_kind, cents in amounts.items():
        if cents:
            lines.append(_receivable(dossier, quarter, amount_kind, cents, LineNature.CHARGE))
            lines.append(JournalLine(account=revenue or REVENUE_ACCOUNTS[amount_kind], cents=-cents, dossier=dossier))
    return JournalEntry(
        entry_id=entry_id(kind, key), kind=kind, value_date=value_date, reference=key, lines=tuple(lines)
    )


def money_allocated(
    *,
    kind: EntryKind,
    key: str,
    value_date: date,
    dossier: UUID,
    source: Account,
    parts: Sequence[AllocatedPart],
    credit_cents: int,
) -> JournalEntry:
    """Use money for the debts of a dossier; what is left becomes its credit.

    Args:
        source: where the money comes from: the bank, the suspense account or the credit of the dossier.
        parts: what goes to which debt.
        credit_cents: what no debt could take, 0 when the source is the credit itself.
    """
    total = sum(part.cents for part in parts) + credit_cents
    lines = [JournalLine(account=source, cents=total, dossier=dossier if source is Account.DOSSIER_CREDIT else None)]
    lines += [_receivable(dossier, part.quarter, part.kind, -part.cents, LineNature.PAYMENT) for part in parts]
    if credit_cents:
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=-credit_cents, dossier=dossier))
    return JournalEntry(
        entry_id=entry_id(kind, key), kind=kind, value_date=value_date, reference=key, lines=tuple(lines)
    )


def bank_movement(*, key: str, value_date: date, cents: int, counterpart: Account) -> JournalEntry:
    """Book a bank movement that concerns no known dossier, so that the bank account equals the statement.

    Args:
        cents: signed as on the statement; incoming money is positive.
        counterpart: the suspense account for money to identify, else other bank movements.
    """
    kind = EntryKind.SUSPENSE if counterpart is Account.SUSPENSE else EntryKind.OTHER_BANK_MOVEMENT
    return JournalEntry(
        entry_id=entry_id(kind, key),
        kind=kind,
        value_date=value_date,
        reference=key,
        lines=(JournalLine(account=Account.BANK, cents=cents), JournalLine(account=counterpart, cents=-cents)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBalance:
    """What was charged, paid and waived of one kind of one quarter."""

    quarter: Quarter
    kind: AmountKind
    charged_cents: int
    paid_cents: int
    waived_cents: int

    @property
    def open_cents(self) -> int:
        """What is still owed."""
        return self.charged_cents - self.paid_cents - self.waived_cents


#: Kinds that disappear when a quarter is not owed after all; costs of a bailiff were really made and stay.
RELIEVED_KINDS: Final = (AmountKind.PRINCIPAL, AmountKind.FEE, AmountKind.SURCHARGE, AmountKind.INTEREST)


def relief(
    *,
    key: str,
    value_date: date,
    dossier: UUID,
    balances: Iterable[ItemBalance],
    kept_surcharges: Mapping[Quarter, int] | None = None,
) -> JournalEntry | None:
    """Waive everything that was charged for quarters; what was already paid for them becomes a credit.

    Only the kinds of ``RELIEVED_KINDS`` are waived, and of the surcharges of a quarter ``kept_surcharges`` stay, in
    cents: not more than is in force. Returns None when nothing is left to waive.
    """
    kept = kept_surcharges or {}
    lines: list[JournalLine] = []
    waived = freed = 0
    for balance in balances:
        if balance.kind not in RELIEVED_KINDS:
            continue
        stays = kept.get(balance.quarter, 0) if balance.kind is AmountKind.SURCHARGE else 0
        to_waive = balance.charged_cents - balance.waived_cents - stays
        if to_waive > 0:
            lines.append(_receivable(dossier, balance.quarter, balance.kind, -to_waive, LineNature.WAIVER))
            waived += to_waive
        too_much = balance.paid_cents - stays
        if too_much > 0:
            lines.append(_receivable(dossier, balance.quarter, balance.kind, too_much, LineNature.PAYMENT))
            freed += too_much
    if not lines:
        return None
    if waived:
        lines.append(JournalLine(account=Account.WAIVED, cents=waived, dossier=dossier))
    if freed:
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=-freed, dossier=dossier))
    return JournalEntry(
        entry_id=entry_id(EntryKind.RELIEF, key),
        kind=EntryKind.RELIEF,
        value_date=value_date,
        reference=key,
        lines=tuple(lines),
    )


def _receivable(dossier: UUID, quarter: Quarter, kind: AmountKind, cents: int, nature: LineNature) -> JournalLine:
    return JournalLine(
        account=Account.RECEIVABLE, cents=cents, dossier=dossier, quarter=quarter, kind=kind, nature=nature
    )
