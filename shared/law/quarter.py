"""Calendar quarters, the unit in which contributions are owed (royal decree 38, art. 15)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

#: How a quarter is named for a reader of a language: the first one, then the others.
_NAMES: Final = {
    "fr": ("1er trimestre {year}", "{number}e trimestre {year}"),
    "nl": ("1e kwartaal van {year}", "{number}e kwartaal van {year}"),
    "de": ("1. Quartal {year}", "{number}. Quartal {year}"),
    "en": ("{year:04d}Q1", "{year:04d}Q{number}"),
}
#: How quarters are counted: a single one, then several.
_COUNTED: Final = {
    "fr": ("{count} trimestre", "{count} trimestres"),
    "nl": ("{count} kwartaal", "{count} kwartalen"),
    "de": ("{count} Quartal", "{count} Quartale"),
    "en": ("{count} quarter", "{count} quarters"),
}
_PATTERN: Final = re.compile(r"([0-9]{4})Q([1-4])")


class InvalidQuarter(ValueError):
    """A text is not a quarter such as ``2026Q1``."""


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """One calendar quarter; quarters sort in time and print as ``2026Q1``."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4:
            raise InvalidQuarter("the number of a quarter lies between 1 and 4")
        if not 1 <= self.year <= 9998:
            raise InvalidQuarter("the year of a quarter lies between 1 and 9998")

    def __hash__(self) -> int:
        """Hash by the index, which is the same for equal quarters: quarters are keys of every account."""
        return self.year * 4 + self.number

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2026Q1``; raises ``InvalidQuarter`` for anything else."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise InvalidQuarter("a quarter is written as four digits, Q and a number from 1 to 4, such as 2026Q1")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Give the quarter a civil date lies in."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def from_index(cls, index: int) -> Quarter:
        """Give back the quarter whose ``index`` this is."""
        return cls(index // 4, index % 4 + 1)

    @property
    def index(self) -> int:
        """Quarters counted from year zero: the difference of two indexes is the distance of two quarters."""
        return self.year * 4 + self.number - 1

    @property
    def starts_on(self) -> date:
        """First day of the quarter."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends_before(self) -> date:
        """First day that is no longer in the quarter."""
        return self.next().starts_on

    @property
    def last_day(self) -> date:
        """Last day of the quarter, on which its contribution must have arrived at the latest (RGS art. 42)."""
        return self.ends_before - timedelta(days=1)

    def next(self, count: int = 1) -> Quarter:
        """Give the quarter ``count`` quarters later."""
        return Quarter.from_index(self.index + count)

    def previous(self, count: int = 1) -> Quarter:
        """Give the quarter ``count`` quarters earlier."""
        return Quarter.from_index(self.index - count)

    def contains(self, day: date) -> bool:
        """Tell whether a civil date lies in the quarter."""
        return self.starts_on <= day < self.ends_before

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


def quarters_between(first: Quarter, last: Quarter) -> list[Quarter]:
    """List the quarters from ``first`` to ``last``, both included; nothing when ``last`` is earlier."""
    return [Quarter.from_index(index) for index in range(first.index, last.index + 1)]


def quarters_of_year(year: int) -> list[Quarter]:
    """List the four quarters of a calendar year."""
    return [Quarter(year, number) for number in range(1, 5)]


def format_quarter(quarter: Quarter, language: str) -> str:
    """Name a quarter for a reader of a language: ``1er trimestre 2026``, ``2e kwartaal van 2026``, ``3. Quartal 2026``.

    English, which no letter is written in, names it as programs do: ``2026Q1``.
    Raises ``KeyError`` for a language in which the fund does not write.
    """
    first, later = _NAMES[language]
    return (first if quarter.number == 1 else later).format(number=quarter.number, year=quarter.year)


def format_quarter_count(count: int, language: str) -> str:
    """Write how many quarters: ``1 trimestre``, ``3 kwartalen``; raises ``KeyError`` for an unknown language."""
    one, several = _COUNTED[language]
    return (one if count == 1 else several).format(count=count)
