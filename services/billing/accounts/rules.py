"""Whether quarters are paid, as a right that depends on paid contributions asks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter


class QuarterStatus(StrEnum):
    """How a quarter stands for somebody whose rights depend on it."""

    PAID = "paid"
    OPEN = "open"
    WAIVED = "waived"
    NOT_DUE = "notDue"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPrincipal:
    """Principal a warrant or a summons claimed: what is open of it, and the day from which interest is not booked."""

    quarter: Quarter
    served_on: date
    interest_from: date
    open_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionSums:
    """What was charged, paid and waived of the contribution of a quarter, fee included."""

    charged_cents: int
    paid_cents: int
    waived_cents: int


NO_SUMS: Final = ContributionSums(charged_cents=0, paid_cents=0, waived_cents=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOverQuarter:
    """How a quarter stood in the books of before."""

    dossier: UUID
    quarter: Quarter
    category: Category
    due_cents: int
    paid_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterAccount:
    """A quarter of a dossier: principal and fee together, without surcharges, interest and costs.

    Attributes:
        subject: somebody is subject in the quarter, even when nothing was charged.
        billed: its contribution was computed; what is owed may be nothing.
        relieved: another decision says that the quarter is not owed.
    """

    quarter: Quarter
    category: Category | None
    subject: bool
    billed: bool
    relieved: bool
    due_cents: int
    paid_cents: int
    waived_cents: int

    @property
    def status(self) -> QuarterStatus:
        """Paid when nothing of it is open, waived when it was relieved, not due when nothing is owed for it."""
        if self.relieved or (self.waived_cents > 0 and self.waived_cents >= self.due_cents):
            return QuarterStatus.WAIVED
        if not self.subject or (self.billed and self.due_cents == 0):
            return QuarterStatus.NOT_DUE
        if self.billed and self.paid_cents + self.waived_cents >= self.due_cents:
            return QuarterStatus.PAID
        return QuarterStatus.OPEN
