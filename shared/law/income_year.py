"""Which year's income makes the provisional contribution of a year (royal decree 38, art. 11 par. 3)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from shared.law.parameters import Parameters


def reference_year(year: int) -> int:
    """Give the year whose income, known on 1 January, makes the provisional contributions of a contribution year.

    Raises ``ParameterMissing`` for years before 2015: then contributions were computed and settled in another way.
    """
    return year - reference_years(year)


@lru_cache(maxsize=128)
def reference_years(year: int) -> int:
    """Give how many years the income is older than the contribution year; raises ``ParameterMissing`` before 2015.

    The law data itself is read: no scenario may assume another value where it holds one.
    """
    return Parameters.load().integer("contributions.incomeReferenceYears", on=date(year, 1, 1))
