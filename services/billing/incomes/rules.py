"""Income files: what the tax administration told about the years of people, one line a year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.received_files.rules import RowRefused, RowReject, day, file_number, read_rows, whole_number
from shared.law.money import cents_from_euro

HEADER: Final = ("file_number", "year", "income", "known_on")
_YEARS: Final = range(1960, 2101)
#: What ``_AMOUNT`` lets through at most.
_CENTS_MAX: Final = 99_999_999_999_999
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeLine:
    """One income as it was known on a day; ``line`` is its line of a file, or its place from 1 where it was told."""

    line: int
    file_number: int
    year: int
    income_cents: int
    known_on: date


def read_incomes(content: bytes) -> tuple[list[IncomeLine], list[RowReject]]:
    """Read an income file (UTF-8, semicolons, ``file_number;year;income;known_on``).

    Raises ``RowFileRefused`` for a file that cannot be read at all.
    """
    return read_rows(content, header=HEADER, read=_line)


def told_incomes(told: Sequence[IncomeLine]) -> tuple[list[IncomeLine], list[RowReject]]:
    """Take incomes that were told one by one, except amounts a file could not hold."""
    detail = "an amount of at most twelve digits of euro is expected"
    rejects = [
        RowReject(line=one.line, field="income", rule="amount", detail=detail)
        for one in told
        if abs(one.income_cents) > _CENTS_MAX
    ]
    return [one for one in told if abs(one.income_cents) <= _CENTS_MAX], rejects


def _line(number: int, row: list[str]) -> IncomeLine:
    file, year, income, known_on = row
    if not _AMOUNT.fullmatch(income):
        raise RowRefused("income", "amount", "an amount in euro with a point and two decimals is expected")
    return IncomeLine(
        line=number,
        file_number=file_number(file),
        year=whole_number(year, field="year", allowed=_YEARS),
        income_cents=cents_from_euro(Decimal(income)),
        known_on=day(known_on, field="known_on"),
    )
