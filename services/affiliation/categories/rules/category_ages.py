"""Whether somebody's day of birth allows a category in a quarter; asked of declarations and of changes of category."""

from __future__ import annotations

from datetime import date
from typing import Final, assert_never

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.age import has_pension_age, may_be_student
from shared.contracts.vocabulary import Category
from shared.law.categories import Age, meaning_of, named_where
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter

#: Spouses born before this day may stay in the smaller status (royal decree 38, art. 7bis par. 3).
_SPOUSE_MINI_BORN_BEFORE: Final = date(1956, 1, 1)


def check_birth_date(
    category: Category, *, birth_date: date, quarter: Quarter, already_student: bool, parameters: Parameters
) -> tuple[Breach, ...]:
    """Return why the day of birth does not allow a category; the category pensioner may follow an early pension.

    A quarter is never cut: the one in which an age is reached counts as a quarter of that age.

    Args:
        category: the category somebody should have.
        birth_date: their day of birth.
        quarter: the first quarter that matters.
        already_student: they were a self-employed student in the quarter before.
        parameters: the dated law.
    """
    match meaning_of(category).age.value:
        case Age.STUDENT:
            return _student_age(birth_date, quarter=quarter, already_student=already_student, parameters=parameters)
        case Age.SMALLER_STATUS:
            return _spouse_mini(birth_date)
        case Age.BELOW_PENSION_AGE | Age.FROM_PENSION_AGE as age:
            return _pension_age(age, birth_date=birth_date, quarter=quarter)
        case Age.ANY:
            return ()
        case other:
            assert_never(other)


def _student_age(
    birth_date: date, *, quarter: Quarter, already_student: bool, parameters: Parameters
) -> tuple[Breach, ...]:
    try:
        if may_be_student(birth_date, quarter=quarter, already_student=already_student, parameters=parameters):
            return ()
    except ParameterMissing:
        message = "there were no self-employed students before 01-01-2017"
        article = "royal decree 38, art. 5quater"
        return (Breach(rule="category.studentNotYet", field="category", message=message, article=article),)
    message = (
        "a self-employed student is at least 18 and has not reached the fourth quarter of the year of the 25th birthday"
    )
    article = "royal decree 38, art. 5quater; RGS art. 5bis par. 4 and 5"
    return (Breach(rule="category.studentAge", field="category", message=message, article=article),)


def _pension_age(age: Age, *, birth_date: date, quarter: Quarter) -> tuple[Breach, ...]:
    reached = has_pension_age(birth_date, quarter=quarter)
    # see limits: early-pension-taken-at-their-word
    if age is Age.FROM_PENSION_AGE and not reached:
        message = "this category is for persons who have reached the legal pension age and receive no pension"
    elif age is Age.BELOW_PENSION_AGE and reached:
        beyond = named_where(lambda one: one.age.value is Age.FROM_PENSION_AGE)
        message = (
            "from the quarter in which the legal pension age is reached, somebody belongs to the category pensioner or "
            f"{beyond}"
        )
    else:
        return ()
    article = "royal decree 38, art. 13"
    return (Breach(rule="category.pensionAge", field="category", message=message, article=article),)


def _spouse_mini(birth_date: date) -> tuple[Breach, ...]:
    if birth_date < _SPOUSE_MINI_BORN_BEFORE:
        return ()
    message = "only helping spouses born before 1956 may keep the smaller status"
    article = "royal decree 38, art. 7bis par. 3"
    return (Breach(rule="category.spouseMini", field="category", message=message, article=article),)
