"""Income files: what the tax administration told about the years of people, one line a year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.received_files.rules import RowRefused, RowReject, day, file_number, read_rows, whole_number
from shared.law.money import cents_from_euro, euro_text

HEADER: Final = ("file_number", "year", "income", "known_on")
_YEARS: Final = range(1960, 2101)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeLine:
    """One income as it was known on a day."""

    line: int
    file_number: int
    year: int
    income_cents: int
    known_on: date


def income_file(lines: Iterable[tuple[int, int, int, date]]) -> bytes:
    """Write incomes as the file that ``read_incomes`` reads; the same incomes give the same file.

    Args:
        lines: file number, year, income in cents and day it became known of each.
    """
    rows = [f"{number};{year};{euro_text(cents)};{known_on.isoformat()}" for number, year, cents, known_on in lines]
    return "\n".join([";".join(HEADER), *rows, ""]).encode()


def read_incomes(content: bytes) -> tuple[list[IncomeLine], list[RowReject]]:
    """Read an income file (UTF-8, semicolons, ``file_number;year;income;known_on``).

    Raises ``RowFileRefused`` for a file that cannot be read at all.
    """
    return read_rows(content, header=HEADER, read=_line)


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
