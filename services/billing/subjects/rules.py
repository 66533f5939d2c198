"""For which quarters a contribution is owed: quarters are indivisible (royal decree 38, art. 15 par. 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter, quarters_of_year

#: Reasons of a cessation after which the last quarter itself is not owed (royal decree 38, art. 15 par. 2, 2° and 3°).
LAST_QUARTER_NOT_OWED: Final = frozenset({"death", "pension"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPeriod:
    """A period of self-employed activity.

    Attributes:
        starts_on: first day of the activity.
        ceased_on: last day of the activity, or None while it lasts.
        cessation_reason: why it ended, as affiliation tells it.
        first_activity: True for a beginning in the sense of RGS art. 38 (no activity in the quarter before).
    """

    starts_on: date
    ceased_on: date | None
    cessation_reason: str | None
    first_activity: bool


def is_subject(*, period: ActivityPeriod, quarter: Quarter) -> bool:
    """Tell whether the quarter is owed because of a period of activity.

    Owed from the quarter of the start to the quarter of the end, both whole; the quarter of a death is not owed, nor
    that in which somebody stopped who reached the pension age or obtained a pension in it (royal decree 38, art. 15
    par. 2).
    """
    if Quarter.of(period.starts_on) > quarter:
        return False
    if period.ceased_on is None:
        return True
    last = Quarter.of(period.ceased_on)
    # see limits: quarter-of-death-or-pension-does-not-count
    return quarter < last if period.cessation_reason in LAST_QUARTER_NOT_OWED else quarter <= last


def subject_period(*, periods: Sequence[ActivityPeriod], quarter: Quarter) -> ActivityPeriod | None:
    """Give the latest period of activity for which the quarter is owed, or None."""
    owed = [period for period in periods if is_subject(period=period, quarter=quarter)]
    return max(owed, key=lambda period: period.starts_on, default=None)


def subject_quarters(*, periods: Sequence[ActivityPeriod], year: int) -> tuple[Quarter, ...]:
    """Give the quarters of a year that are owed because of an activity, also of several with a gap between them.

    Their number is the denominator that brings the income of an incomplete year to a whole one (royal decree 38,
    art. 11 par. 3 al. 4 and par. 5 al. 3). A quarter that is relieved stays one of them.
    """
    return tuple(
        quarter for quarter in quarters_of_year(year) if subject_period(periods=periods, quarter=quarter) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryOptions:
    """What else decides within a category, from the same day on.

    Attributes:
        political_mandate: article 37 with the lower limit of a political mandate (RGS art. 37).
        old_age_opt_out: beyond pension age without pension, and asked not to contribute as main (RGS art. 37/1).
        helped_dossier: whom a helping spouse helps.
    """

    political_mandate: bool = False
    old_age_opt_out: bool = False
    helped_dossier: UUID | None = None

    @property
    def choices(self) -> dict[str, bool]:
        """What was chosen within the category, by the name of its column, as ``rule_of`` reads it."""
        return {"political_mandate": self.political_mandate, "old_age_opt_out": self.old_age_opt_out}


NO_OPTIONS: Final = CategoryOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedCategory:
    """A category from a day on, with what else decides within it."""

    applies_from: date
    category: Category
    options: CategoryOptions


def dated_category(
    *, applies_from: date, category: str, political_mandate: bool, old_age_opt_out: bool, helped_dossier: UUID | None
) -> DatedCategory:
    """Give a dated category of the columns it is kept in."""
    options = CategoryOptions(
        political_mandate=political_mandate, old_age_opt_out=old_age_opt_out, helped_dossier=helped_dossier
    )
    return DatedCategory(applies_from=applies_from, category=Category(category), options=options)


def category_in(*, categories: Sequence[tuple[date, Category]], quarter: Quarter) -> Category | None:
    """Give the category of a quarter from dated categories; the last that applies from that quarter or before.

    Which quarter a change counts from is not decided here: between main occupation and complementary activity
    affiliation works it out from the day of the event when that was told (RGS art. 39); for every other change, and
    when an agent told the quarter, the first day is the one that was told.
    """
    day = category_day(categories=categories, quarter=quarter)
    return None if day is None else dict(categories)[day]


def category_day(*, categories: Sequence[tuple[date, Category]], quarter: Quarter) -> date | None:
    """Give the day from which the category of a quarter holds; None when none is known."""
    return max((day for day, _ in categories if Quarter.of(day) <= quarter), default=None)
