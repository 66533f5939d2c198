"""Everything the books know of one dossier that decides what a year of it is owed, as plain values.

Loaded once by the store; regularisations, reductions, forecasts and advice read the same facts, so that they cannot
disagree about who is subject, in which category, on which income and what was billed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.assessment.rules.page import HELPED_IS_MINI, HELPED_NOT_SUBJECT, HELPED_UNKNOWN
from services.billing.subjects.rules import (
    NO_OPTIONS,
    ActivityPeriod,
    CategoryOptions,
    category_day,
    category_in,
    subject_period,
    subject_quarters,
)
from shared.contracts.vocabulary import Category
from shared.law.categories import meaning_of
from shared.law.income_year import reference_year
from shared.law.quarter import Quarter

# see limits: incomes-of-several
#: The quarters of a year are owed on incomes of more than one person: a person computes it.
SEVERAL_INCOMES: Final = "incomesOfSeveral"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubject:
    """What a billing run knows of somebody who owes a quarter: the columns of ``page_assessment.KNOWN_SUBJECT``."""

    dossier: str
    file_number: int
    starts_on: date
    began_on: date
    first_activity: bool
    category: str | None
    income_year: int | None
    income_cents: int | None
    notice_number: int
    estimate_cents: int | None
    estimate_quarters: int | None
    reference_quarters: int | None
    political_mandate: bool = False
    old_age_opt_out: bool = False
    helped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIncome:
    """An income of a year as it became known on a day; a later day corrects it."""

    year: int
    known_on: date
    income_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterCharge:
    """What a quarter was billed in all, after every change.

    Attributes:
        provisional_contribution_cents: the same before any regularisation: first bill, reductions and increases.
        changes: how often it was changed.
        taken_over_unpaid_cents: of a quarter of another system's books, what was not paid there; 0 of our own.
        settled_contribution_cents: what was paid or waived of the contribution; a reduction never gives it back.
        settled_fee_cents: the same of the management fee.
    """

    quarter: Quarter
    category: str
    contribution_cents: int
    fee_cents: int
    provisional_contribution_cents: int
    changes: int = 0
    taken_over_on: date | None = None
    taken_over_unpaid_cents: int = 0
    settled_contribution_cents: int = 0
    settled_fee_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Contribution and management fee."""
        return self.contribution_cents + self.fee_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The income a granted request goes by for a year.

    Attributes:
        quarters: quarters of the year the request was made for: those somebody was known to be subject in when it
            came. Who stops later had given the income of the year they expected then.
    """

    year: int
    kind: str
    income_cents: int
    quarters: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStatement:
    """A statement of regularisation that was sent before."""

    year: int
    number: int
    issued_on: date
    income_known_on: date
    spared_cents: int
    surcharge_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMovement:
    """Money that came to (positive) or left (negative) the credit of the dossier, by value date."""

    value_date: date
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFacts:
    """One dossier: its activities, categories, incomes, bills, granted estimates and earlier statements."""

    dossier: UUID
    file_number: int
    language: str
    next_notice_number: int
    periods: tuple[ActivityPeriod, ...]
    categories: tuple[tuple[date, Category], ...]
    incomes: tuple[KnownIncome, ...]
    charges: Mapping[Quarter, QuarterCharge]
    relieved: frozenset[Quarter]
    estimates: Mapping[int, Estimate]
    statements: tuple[EarlierStatement, ...]
    credit_movements: tuple[CreditMovement, ...]
    options: Mapping[date, CategoryOptions] = field(default_factory=dict)
    helped: Mapping[UUID, DossierFacts] = field(default_factory=dict)

    def subject_quarters(self, year: int) -> tuple[Quarter, ...]:
        """Give the quarters of a year that are owed because of an activity (royal decree 38, art. 15 par. 2)."""
        return subject_quarters(periods=self.periods, year=year)

    def category(self, quarter: Quarter) -> Category | None:
        """Give the category of a quarter as it is known now."""
        return category_in(categories=self.categories, quarter=quarter)

    def options_in(self, quarter: Quarter) -> CategoryOptions:
        """Give what else decides within the category of a quarter."""
        day = category_day(categories=self.categories, quarter=quarter)
        return NO_OPTIONS if day is None else self.options.get(day, NO_OPTIONS)

    def income_owner(self, year: int) -> DossierFacts | None:
        """Give whose income of a year counts: that of the helped person for a mini spouse (RGS art. 11 par. 2).

        None when that is not one known person; ``owner_unknown_because`` says why.
        """
        owner = self._income_owner(year)
        return None if isinstance(owner, str) else owner

    def owner_unknown_because(self, year: int) -> str | None:
        """Give the code of the reason why no one person's income counts for all quarters of a year; None when it does.

        When somebody was a mini spouse in some quarters only, or helped one person after another, the quarters rest on
        several incomes. How many quarters bring each of them to a whole year is not said by the law read here: RGS art.
        11 par. 3 says only that the smaller status begins no activity.
        """
        owner = self._income_owner(year)
        return owner if isinstance(owner, str) else None

    def _income_owner(self, year: int) -> DossierFacts | str:
        quarters = self.subject_quarters(year)
        helping = [quarter for quarter in quarters if _on_income_of_helped(self.category(quarter))]
        if not helping:
            return self
        owners = [self._helped_in(quarter) for quarter in helping]
        unknown = next((owner for owner in owners if isinstance(owner, str)), None)
        if unknown is not None:
            return unknown
        several = (
            len(helping) < len(quarters) or len({self.options_in(quarter).helped_dossier for quarter in helping}) > 1
        )
        return SEVERAL_INCOMES if several else owners[0]

    def _helped_in(self, quarter: Quarter) -> DossierFacts | str:
        """Give the person whom a mini spouse helps in a quarter, or the code of the reason why there is none."""
        link = self.options_in(quarter).helped_dossier
        helped = None if link is None else self.helped.get(link)
        if helped is None:
            return HELPED_UNKNOWN
        return HELPED_IS_MINI if _on_income_of_helped(helped.category(quarter)) else helped

    def income_quarters(self, year: int) -> int:
        """Give the quarters of subjection that bring the income of a year to a whole one: those of its owner."""
        # see limits: relieved-quarters-count-for-a-whole-year
        return len((self.income_owner(year) or self).subject_quarters(year))

    def definitive_income(self, year: int) -> KnownIncome | None:
        """Give the income of a year as it was told last; the tax administration tells it after the year."""
        owner = self.income_owner(year)
        told = [
            income
            for income in (() if owner is None else owner.incomes)
            if income.year == year and income.known_on.year > year
        ]
        return max(told, key=lambda income: income.known_on, default=None)

    def statements_of(self, year: int) -> tuple[EarlierStatement, ...]:
        """Give the statements of regularisation of a year, the oldest first."""
        return tuple(
            sorted((one for one in self.statements if one.year == year), key=lambda statement: statement.number)
        )

    def is_first_quarter(self, quarter: Quarter) -> bool:
        """Tell whether a primo-starter's first contribution is that of this quarter, and so is cut."""
        period = subject_period(periods=self.periods, quarter=quarter)
        return (
            period is not None
            and period.first_activity
            and quarter.contains(period.starts_on)
            and (category := self.category(quarter)) is not None
            and meaning_of(category).is_starter
        )

    def known_subject(self, quarter: Quarter, *, estimated: bool) -> KnownSubject | None:
        """Give what a billing run knows of the dossier for a quarter; None when the quarter is not owed.

        Args:
            quarter: the quarter.
            estimated: go by the granted estimate of the year; else by what the law takes without a request.
        """
        period = subject_period(periods=self.periods, quarter=quarter)
        if period is None:
            return None
        earlier = [one for one in self.periods if one.starts_on <= period.starts_on]
        beginnings = [one.starts_on for one in earlier if one.first_activity]
        income = self._reference_income(quarter.year)
        estimate = self.estimates.get(quarter.year) if estimated else None
        options = self.options_in(quarter)
        own = KnownSubject(
            dossier=str(self.dossier),
            file_number=self.file_number,
            category=None if (category := self.category(quarter)) is None else str(category),
            starts_on=period.starts_on,
            began_on=max(beginnings) if beginnings else min(one.starts_on for one in earlier),
            first_activity=period.first_activity,
            income_year=None if income is None else income.year,
            income_cents=None if income is None else income.income_cents,
            notice_number=self.next_notice_number,
            estimate_cents=None if estimate is None else estimate.income_cents,
            estimate_quarters=None if estimate is None else estimate.quarters,
            reference_quarters=None if income is None else len(self.subject_quarters(income.year)),
            political_mandate=options.political_mandate,
            old_age_opt_out=options.old_age_opt_out,
        )
        return self._on_income_of_helped(own, quarter, estimated=estimated)

    def _on_income_of_helped(self, own: KnownSubject, quarter: Quarter, *, estimated: bool) -> KnownSubject:
        """Give a mini spouse the incomes on which the helped person contributes (RGS art. 11 par. 2 and 3)."""
        if not _on_income_of_helped(self.category(quarter)):
            return own
        helped = self._helped_in(quarter)
        if isinstance(helped, str):
            return replace(own, helped=helped)
        known = helped.known_subject(quarter, estimated=estimated)
        if known is None:
            return replace(own, helped=HELPED_NOT_SUBJECT)
        return replace(
            own,
            began_on=known.began_on,
            income_year=known.income_year,
            income_cents=known.income_cents,
            estimate_cents=known.estimate_cents,
            estimate_quarters=known.estimate_quarters,
            reference_quarters=known.reference_quarters,
        )

    def _reference_income(self, year: int) -> KnownIncome | None:
        """Give the latest income of the third year before or earlier, as known on 1 January (art. 11 par. 3)."""
        known = [
            income
            for income in self.incomes
            if income.year <= reference_year(year) and income.known_on <= date(year, 1, 1)
        ]
        return max(known, key=lambda income: (income.year, income.known_on), default=None)


def _on_income_of_helped(category: Category | None) -> bool:
    """Tell whether the income of the helped person counts, as it does for a mini spouse (RGS art. 11 par. 2)."""
    return category is not None and meaning_of(category).on_income_of_helped.value
