"""The yearly contribution of a company: small or large, when it is due, and 1 % a month when it is late.

Law of 30-12-1992, title III, chapter II, art. 91 to 93.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from shared.law.calendar import add_months, last_day_of_month
from shared.law.money import round_half_up
from shared.law.parameters import Certainty, Parameters

ARTICLE = "L1992 art. 91"
INTEREST_ARTICLE = "L1992 art. 93"


class CompanySize(StrEnum):
    """Which of the two amounts a company owes."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyContribution:
    """What a company owes for a year.

    Attributes:
        limit_cents: balance sheet total above which a company is large, or None when there was no total to compare.
        due_on: the last day on which it is paid in time.
    """

    year: int
    size: CompanySize
    amount_cents: int
    limit_cents: int | None
    due_on: date
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyInterest:
    """The surcharge for one calendar month in which something was unpaid."""

    month: date
    base_cents: int
    rate: Decimal
    cents: int


def company_contribution(
    *, year: int, balance_total_cents: int | None, created_on: date | None, parameters: Parameters
) -> CompanyContribution:
    """Give what a company owes for a year and by when.

    Args:
        year: the contribution year.
        balance_total_cents: balance sheet total of the last financial year closed but one, as known on 1 January; None
            when there is none yet: then the company is small.
        created_on: the day the company was created, when that decides its due date.
        parameters: the law.

    Raises:
        ParameterMissing: when the amount, the due date or (with a balance sheet total) the limit of the year is not
            known.
    """
    on = date(year, 1, 1)
    limit = None if balance_total_cents is None else parameters.cents("company.balanceTotalLimit", on=on)
    large = limit is not None and balance_total_cents is not None and balance_total_cents > limit
    size = CompanySize.LARGE if large else CompanySize.SMALL
    name = "company.contributionLarge" if large else "company.contributionSmall"
    fact = parameters.fact(name, on=on)
    return CompanyContribution(
        year=year,
        size=size,
        amount_cents=parameters.cents(name, on=on),
        limit_cents=limit,
        due_on=due_date(year=year, created_on=created_on, parameters=parameters),
        certainty=fact.certainty,
        source=fact.source,
    )


def due_date(*, year: int, created_on: date | None, parameters: Parameters) -> date:
    """Give the day by which the contribution of a year is paid (art. 92 and 92ter).

    That of the year, or the last day of the third month after the month of creation when that is later.
    """
    month, day = parameters.text("company.dueOn", on=date(year, 1, 1)).split("-")
    due_on = date(year, int(month), int(day))
    if created_on is None:
        return due_on
    months = parameters.integer("company.dueMonthsAfterCreation", on=date(year, 1, 1))
    return max(due_on, last_day_of_month(add_months(created_on.replace(day=1), months)))


def company_interest(*, open_cents: int, due_on: date, paid_on: date, parameters: Parameters) -> list[CompanyInterest]:
    """Give 1 % for every calendar month after the due date, that of the payment included (art. 93).

    Args:
        open_cents: what was unpaid during those months.
        due_on: the last day on which it was paid in time.
        paid_on: the day of payment, of the summons or of the service of a warrant.
        parameters: the law.
    """
    months: list[CompanyInterest] = []
    if paid_on <= due_on or open_cents <= 0:
        return months
    month = first_late_month(due_on)
    while month <= paid_on:
        rate = parameters.decimal("company.lateInterestRate", on=month)
        months.append(
            CompanyInterest(month=month, base_cents=open_cents, rate=rate, cents=round_half_up(open_cents * rate))
        )
        month = add_months(month, 1)
    return months


def first_late_month(due_on: date) -> date:
    """Give the first day of the first calendar month that costs 1 %: the one the first late day lies in (art. 93)."""
    return (due_on + timedelta(days=1)).replace(day=1)
