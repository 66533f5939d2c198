"""Ages that decide on a category: the age of the student and the legal pension age of the self-employed."""

from __future__ import annotations

from datetime import date
from typing import Final

from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: Legal pension age by day of birth (royal decree of 30-01-1997, art. 3, as amended by the law of 10-08-2015): 65 for
#: pensions that start before 01-02-2025, 66 before 01-02-2030, 67 afterwards. A pension starts the month after the
#: birthday, so who was born in January 1960 is the first to wait until 66.
_PENSION_AGES: Final = ((date(1964, 1, 1), 67), (date(1960, 1, 1), 66), (date.min, 65))
#: From this day a student who already has the status keeps it after 25 (royal decree of 05-06-2026, art. 5).
_STUDENT_MAY_CONTINUE_FROM: Final = date(2026, 10, 1)


def birthday(birth_date: date, *, age: int) -> date:
    """Return the day somebody reaches an age; who was born on 29 February reaches it on 1 March of a short year."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def pension_age_reached_on(birth_date: date) -> date:
    """Return the birthday on which somebody reaches the legal pension age."""
    age = next(age for first, age in _PENSION_AGES if birth_date >= first)
    return birthday(birth_date, age=age)


def has_pension_age(birth_date: date, *, quarter: Quarter) -> bool:
    """Return whether a quarter is one from the legal pension age on: that in which it is reached, or a later one.

    Source: royal decree 38, art. 13 par. 1.
    """
    return quarter >= Quarter.of(pension_age_reached_on(birth_date))


def may_be_student(birth_date: date, *, quarter: Quarter, already_student: bool, parameters: Parameters) -> bool:
    """Return whether somebody's age allows the status of student self-employed in a quarter.

    From the quarter in which they turn 18 (royal decree 38, art. 5quater par. 1, 1°; RGS art. 5bis par. 4) until the
    fourth quarter of the year of the 25th birthday (RGS art. 5bis par. 5, 3°). From 01-10-2026 somebody who has the
    status in the third quarter of that year keeps it (RGS art. 5bis par. 5).

    Args:
        birth_date: day of birth.
        quarter: the quarter asked about.
        already_student: they had the status in the quarter before.
        parameters: the dated law.

    Raises:
        ParameterMissing: there was no such status in that quarter (before 2017).
    """
    age_min = parameters.integer("contributions.studentAgeMin", on=quarter.starts_on)
    if quarter < Quarter.of(birthday(birth_date, age=age_min)):
        return False
    age_max = parameters.integer("contributions.studentAgeMax", on=quarter.starts_on)
    may_continue = already_student and quarter.starts_on >= _STUDENT_MAY_CONTINUE_FROM
    return quarter < Quarter(birth_date.year + age_max, 4) or may_continue
