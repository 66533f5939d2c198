"""The account of one dossier: what it owes, and what a payment, a credit or a relief does to it.

The account is loaded from the books, changed by one of the functions below, and what they return is written to the
books. Nothing here reads or writes by itself, so the same code serves one payment and a statement of a million lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.domain.allocation import AllocatedPart, OpenItem, allocate
from services.billing.domain.interest import accrued_interest
from services.billing.domain.ledger import (
    Account,
    EntryKind,
    ItemBalance,
    JournalEntry,
    JournalLine,
    LineNature,
    charge,
    entry_id,
    money_allocated,
    relief,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.money import round_half_up
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedSurcharge:
    """A surcharge in force: what it was charged on and what it is, after corrections."""

    quarter: Quarter
    closing: Quarter
    kind: str
    charged_on: date
    rate: Decimal
    base_cents: int
    surcharge_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedQuarter:
    """A quarter whose warrant was served; interest was booked up to ``interest_from``."""

    quarter: Quarter
    served_on: date
    interest_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SurchargeCorrection:
    """A surcharge that turned out too high because a payment of before the closing became known later.

    ``base_cents`` and ``surcharge_cents`` are what goes off; no entry when that rounds to nothing.
    """

    surcharge: BookedSurcharge
    base_cents: int
    surcharge_cents: int
    entry: JournalEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestCharge:
    """Interest of a served quarter over ``[starts_on, ends_before)``; no entry when it rounds to nothing."""

    quarter: Quarter
    starts_on: date
    ends_before: date
    base_cents: int
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
    """

    payment_id: UUID
    dossier: UUID
    source: Account
    amount_cents: int
    value_date: date
    chosen_quarter: Quarter | None
    matched_by: str
    line_id: UUID | None = None


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


@dataclass(slots=True, kw_only=True)
class DebtorAccount:
    """What a dossier owes per quarter and kind, its credit, its surcharges and its served quarters."""

    dossier: UUID
    items: dict[tuple[Quarter, AmountKind], ItemBalance] = field(default_factory=dict)
    charged_on: dict[tuple[Quarter, AmountKind], date] = field(default_factory=dict)
    credit_cents: int = 0
    surcharges: list[BookedSurcharge] = field(default_factory=list)
    served: list[ServedQuarter] = field(default_factory=list)

    @property
    def open_cents(self) -> int:
        """Everything that is still owed."""
        return sum(item.open_cents for item in self.items.values())

    def open_of(self, quarter: Quarter) -> int:
        """What is still owed for one quarter."""
        return sum(item.open_cents for item in self.items.values() if item.quarter == quarter)

    def open_quarters(self) -> set[Quarter]:
        """The quarters for which something is owed."""
        return {quarter for quarter in {item.quarter for item in self.items.values()} if self.open_of(quarter) > 0}

    def apply(self, entry: JournalEntry) -> None:
        """Bring the account up to date with an entry that will be written."""
        for line in entry.lines:
            if line.dossier != self.dossier:
                continue
            if line.account is Account.DOSSIER_CREDIT:
                self.credit_cents -= line.cents
            elif line.account is Account.RECEIVABLE:
                self._apply_receivable(line, entry.value_date)

    def _apply_receivable(self, line: JournalLine, value_date: date) -> None:
        if line.quarter is None or line.kind is None:
            raise ValueError("a line on the account of a dossier names its quarter and kind")
        key = (line.quarter, line.kind)
        item = self.items.get(key) or ItemBalance(
            quarter=line.quarter, kind=line.kind, charged_cents=0, paid_cents=0, waived_cents=0
        )
        if line.nature is LineNature.CHARGE:
            item = replace(item, charged_cents=item.charged_cents + line.cents)
            self.charged_on[key] = min(value_date, self.charged_on.get(key, value_date))
        elif line.nature is LineNature.PAYMENT:
            item = replace(item, paid_cents=item.paid_cents - line.cents)
        else:
            item = replace(item, waived_cents=item.waived_cents - line.cents)
        self.items[key] = item


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
    corrections = _correct_surcharges(account, money, first.parts)
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


def grant_relief(account: DebtorAccount, *, key: str, value_date: date, quarters: Sequence[Quarter]) -> Relieved:
    """Waive what was charged for quarters that are not owed after all, and bring the account up to date.

    What was paid for them becomes a credit of the dossier; costs of a bailiff stay.
    """
    before = account.open_quarters()
    waived_before = sum(item.waived_cents for item in account.items.values())
    balances = [item for item in account.items.values() if item.quarter in quarters]
    balances.sort(key=lambda item: (item.quarter, item.kind))
    entry = relief(key=key, value_date=value_date, dossier=account.dossier, balances=balances)
    if entry is not None:
        account.apply(entry)
    account.surcharges = [surcharge for surcharge in account.surcharges if surcharge.quarter not in quarters]
    return Relieved(
        entry=entry,
        waived_cents=sum(item.waived_cents for item in account.items.values()) - waived_before,
        settled=_settled(account, before),
        remaining_open_cents=account.open_cents,
    )


_ENTRY_KINDS = {
    Account.BANK: EntryKind.PAYMENT,
    Account.SUSPENSE: EntryKind.SUSPENSE_MATCHED,
    Account.DOSSIER_CREDIT: EntryKind.CREDIT_APPLIED,
}


def _open_items(account: DebtorAccount, *, known_on: date | None) -> list[OpenItem]:
    """What can take money; with a day, without the surcharges of closings after that day."""
    items: list[OpenItem] = []
    for (quarter, kind), balance in account.items.items():
        later = 0
        if kind is AmountKind.SURCHARGE and known_on is not None:
            later = sum(
                surcharge.surcharge_cents
                for surcharge in account.surcharges
                if surcharge.quarter == quarter and surcharge.closing.ends_before > known_on
            )
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
        principal = account.items.get((served.quarter, AmountKind.PRINCIPAL))
        if principal is None or principal.open_cents <= 0 or served.interest_from >= money.value_date:
            continue
        if rate is None:
            raise ValueError("the legal interest is needed when a warrant was served")
        cents = accrued_interest(
            principal_cents=principal.open_cents,
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
                base_cents=principal.open_cents,
                interest_cents=cents,
                entry=entry,
            )
        )
        account.served[position] = replace(served, interest_from=money.value_date)
    return tuple(charges)


def _correct_surcharges(
    account: DebtorAccount, money: Money, parts: Iterable[AllocatedPart]
) -> tuple[SurchargeCorrection, ...]:
    principal = {part.quarter: part.cents for part in parts if part.kind is AmountKind.PRINCIPAL}
    corrections: list[SurchargeCorrection] = []
    for position, surcharge in enumerate(account.surcharges):
        paid = min(principal.get(surcharge.quarter, 0), surcharge.base_cents)
        if paid <= 0 or surcharge.closing.ends_before <= money.value_date:
            continue
        base = surcharge.base_cents - paid
        difference = surcharge.surcharge_cents - round_half_up(base * surcharge.rate)
        account.surcharges[position] = replace(
            surcharge, base_cents=base, surcharge_cents=surcharge.surcharge_cents - difference
        )
        entry = _credit_note(account, money, surcharge, difference) if difference else None
        if entry is not None:
            account.apply(entry)
        corrections.append(
            SurchargeCorrection(surcharge=surcharge, base_cents=paid, surcharge_cents=difference, entry=entry)
        )
    return tuple(corrections)


def _credit_note(account: DebtorAccount, money: Money, surcharge: BookedSurcharge, difference: int) -> JournalEntry:
    """Take back part of a surcharge; what of it had been paid becomes a credit instead of a negative debt."""
    item = account.items[surcharge.quarter, AmountKind.SURCHARGE]
    key = f"{account.dossier}|{surcharge.quarter}|{surcharge.closing}|{surcharge.kind}|{money.payment_id}"
    note = charge(
        kind=EntryKind.SURCHARGE_CORRECTION,
        key=key,
        value_date=surcharge.charged_on,
        dossier=account.dossier,
        quarter=surcharge.quarter,
        amounts={AmountKind.SURCHARGE: -difference},
    )
    freed = max(0, difference - item.open_cents)
    if not freed:
        return note
    return JournalEntry(
        entry_id=entry_id(EntryKind.SURCHARGE_CORRECTION, key),
        kind=EntryKind.SURCHARGE_CORRECTION,
        value_date=note.value_date,
        reference=key,
        lines=(
            *note.lines,
            JournalLine(
                account=Account.RECEIVABLE,
                cents=freed,
                dossier=account.dossier,
                quarter=surcharge.quarter,
                kind=AmountKind.SURCHARGE,
                nature=LineNature.PAYMENT,
            ),
            JournalLine(account=Account.DOSSIER_CREDIT, cents=-freed, dossier=account.dossier),
        ),
    )


def _taken(parts: Iterable[AllocatedPart], item: OpenItem) -> int:
    return sum(part.cents for part in parts if part.quarter == item.quarter and part.kind is item.kind)


def _merged(parts: Iterable[AllocatedPart]) -> tuple[AllocatedPart, ...]:
    totals: dict[tuple[Quarter, AmountKind], int] = {}
    for part in parts:
        key = (part.quarter, part.kind)
        totals[key] = totals.get(key, 0) + part.cents
    return tuple(AllocatedPart(quarter=quarter, kind=kind, cents=cents) for (quarter, kind), cents in totals.items())


def _settled(account: DebtorAccount, before: set[Quarter]) -> tuple[Quarter, ...]:
    return tuple(sorted(quarter for quarter in before if account.open_of(quarter) <= 0))
