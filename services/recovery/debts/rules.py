"""Debtors and their open debts as recovery sees them: what affiliation and billing answer, sorted and summed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.contracts.vocabulary import AmountKind, Category, Language
from shared.law.quarter import Quarter


@dataclass(frozen=True)
class KnownDebtor:
    """Who owes, as far as recovery knows: opaque dossier, file number, language and category.

    ``affiliated_from`` is the first day of the earliest activity that was told; None for a company.
    """

    dossier: UUID
    file_number: int
    language: Language
    company: bool
    category: Category | None
    affiliated_from: date | None = None


@dataclass(frozen=True)
class DebtorIdentity:
    """Who owes, to be printed and forgotten: it is never written to recovery's own tables."""

    file_number: int
    name: str
    language: Language
    street: str
    postal_code: str
    city: str
    country: str
    national_number: str = ""
    enterprise_number: str = ""

    @property
    def address(self) -> str:
        """Return the address on one line."""
        return f"{self.street}, {self.postal_code} {self.city}"


@dataclass(frozen=True)
class OpenItem:
    """What is open of one kind of one quarter.

    Attributes:
        disputed: the debtor contests it; it never goes on a warrant.
        communication: the twelve digits with which it is paid, empty when billing names none.
    """

    quarter: Quarter
    kind: AmountKind
    open_cents: int
    due_on: date
    disputed: bool = False
    communication: str = ""


def open_of_quarters(*, items: Sequence[OpenItem], quarters: Collection[Quarter]) -> tuple[OpenItem, ...]:
    """Return the items of some quarters that are really open, by quarter and kind."""
    kinds = list(AmountKind)
    found = [item for item in items if item.quarter in quarters and item.open_cents > 0]
    return tuple(sorted(found, key=lambda item: (item.quarter, kinds.index(item.kind))))


def is_left_for_later(*, items: Sequence[OpenItem], booked_cents: int) -> bool:
    """Tell whether what is open of a case is no more than the surcharges booked after its last reminder.

    The debtor has then paid all that was asked, and no warrant can ask for the rest: its last reminder must list it
    (RGS art. 46). Sums are compared, not kinds, since a payment goes to surcharges before it goes to the contribution.
    Costs and interest belong to the title that caused them, and keep its case open.

    Args:
        items: what is open of the case's quarters now.
        booked_cents: surcharges booked on these quarters after the last reminder, in euro cents.
    """
    of_the_title = {AmountKind.COST, AmountKind.INTEREST}
    return bool(items) and total_cents(items) <= booked_cents and not any(item.kind in of_the_title for item in items)


def total_cents(items: Sequence[OpenItem]) -> int:
    """Return the sum of open items, in cents."""
    return sum(item.open_cents for item in items)
