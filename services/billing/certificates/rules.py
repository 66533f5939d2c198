"""What certificates say: what was paid in a year, and what was due and paid on a day and whether that is in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidQuarter:
    """What was paid for the contribution and the fee of a quarter."""

    quarter: Quarter
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInYear:
    """What a dossier paid in a calendar year.

    Attributes:
        company: whether it is the dossier of a company, which owes a yearly contribution.
        contributions_cents: contributions and fees.
        accessories_cents: surcharges, interest, costs and fines.
        fines_cents: how much of these is fines.
        quarters: what the contributions and fees were of, the oldest first.
    """

    file_number: int
    company: bool
    contributions_cents: int
    accessories_cents: int
    fines_cents: int
    quarters: tuple[PaidQuarter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedQuarter:
    """A quarter as the books show it: contribution and fee together, without surcharges, interest and costs.

    Attributes:
        charged: whether it was claimed at all; somebody can be subject in a quarter that is not claimed yet.
    """

    quarter: Quarter
    charged: bool
    due_cents: int = 0
    paid_cents: int = 0
    waived_cents: int = 0

    @property
    def open_cents(self) -> int:
        """What is left to pay of it."""
        return max(0, self.due_cents - self.paid_cents - self.waived_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a dossier stands with its contributions on a day.

    Attributes:
        day: the day; what arrived later does not count.
        company: whether it is the dossier of a company, which owes a yearly contribution.
        quarters: the quarters that had ended by that day, the oldest first.
        not_due_cents: how much of what these quarters leave open was claimed for the day itself or a later one.
        accessories_open_cents: surcharges, interest, costs and fines that are open; they are told apart.
        fines_open_cents: how much of these is fines.
    """

    day: date
    file_number: int
    company: bool
    quarters: tuple[CertifiedQuarter, ...]
    not_due_cents: int
    accessories_open_cents: int
    fines_open_cents: int

    @property
    def open_cents(self) -> int:
        """What the quarters leave open."""
        return sum(quarter.open_cents for quarter in self.quarters)

    @property
    def overdue_cents(self) -> int:
        """What should have been paid before the day and was not."""
        return max(0, self.open_cents - self.not_due_cents)

    @property
    def in_order(self) -> bool:
        """Whether everything that was due before the day is paid or waived."""
        return self.overdue_cents == 0


def last_certified_quarter(*, on: date) -> Quarter:
    """Give the latest quarter a certificate of a day speaks of: the last that had ended before it."""
    return Quarter.of(on).previous()
