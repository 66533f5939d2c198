"""The account of one dossier: what it owes per quarter and kind, its credit, its surcharges and its warrants.

The account is loaded from the books, changed by the rules of settlement, and what those return is written to the
books. Nothing here reads or writes by itself, so the same code serves one payment and a statement of a million lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.ledger.rules.claims import Layer, open_layers, standing_layers
from services.billing.ledger.rules.entries import Account, ItemBalance, JournalEntry, JournalLine, LineNature
from shared.contracts.vocabulary import AmountKind
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
    """A quarter whose warrant was served; interest was booked up to ``interest_from``.

    ``changes`` are day and difference of each later change of its contribution, the oldest first.
    """

    quarter: Quarter
    served_on: date
    interest_from: date
    changes: tuple[tuple[date, int], ...] = ()


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
        totals: dict[Quarter, int] = {}
        for item in self.items.values():
            totals[item.quarter] = totals.get(item.quarter, 0) + item.open_cents
        return {quarter for quarter, cents in totals.items() if cents > 0}

    def served_principal(self, served: ServedQuarter) -> int:
        """Give what is open of the principal a warrant claimed: not of a supplement a later statement claims.

        Only what was claimed on the day of the service bears interest from it (RGS art. 47bis par. 4).
        """
        item = self.items.get((served.quarter, AmountKind.PRINCIPAL))
        if item is None or item.open_cents <= 0:
            return 0
        billed = item.charged_cents - sum(difference for _, difference in served.changes)
        first = Layer(cents=billed, claimed_on=served.served_on, supplement=False)
        layers = open_layers(standing_layers(served.changes, first=first), open_cents=item.open_cents)
        return sum(layer.cents for layer in layers if layer.claimed_on <= served.served_on)

    def note_change(self, quarter: Quarter, *, claimed_on: date, difference_cents: int) -> None:
        """Note that a contribution was changed, so that a warrant of before does not claim what came after it."""
        self.served = [
            replace(served, changes=(*served.changes, (claimed_on, difference_cents)))
            if served.quarter == quarter
            else served
            for served in self.served
        ]

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
        item = self.items.get(key)
        charged, paid, waived = (0, 0, 0) if item is None else (item.charged_cents, item.paid_cents, item.waived_cents)
        if line.nature is LineNature.CHARGE:
            charged += line.cents
            self.charged_on[key] = min(value_date, self.charged_on.get(key, value_date))
        elif line.nature is LineNature.PAYMENT:
            paid -= line.cents
        else:
            waived -= line.cents
        self.items[key] = ItemBalance(
            quarter=line.quarter, kind=line.kind, charged_cents=charged, paid_cents=paid, waived_cents=waived
        )
