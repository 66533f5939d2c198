"""Reader of income files: what the tax administration told about the years of people, one line a year.

A file whose encoding or header is wrong is refused whole; a line that breaks a rule is refused alone, with its field
and rule, and the others are accepted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from shared.law.money import NotWholeCents, cents_from_euro, euro_text

HEADER: Final = ("file_number", "year", "income", "known_on")
_YEARS: Final = range(1960, 2101)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}")


class IncomeFileRefused(ValueError):
    """The file as a whole cannot be read; ``rule`` names why."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeLine:
    """One income as it was known on a day."""

    line: int
    file_number: int
    year: int
    income_cents: int
    known_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeReject:
    """One line that was not accepted; the detail does not repeat the amount."""

    line: int
    field: str
    rule: str
    detail: str


def income_file(lines: Iterable[tuple[int, int, int, date]]) -> bytes:
    """Write incomes as the file that ``read_incomes`` reads; the same incomes give the same file.

    Args:
        lines: file number, year, income in cents and day it became known of each.
    """
    rows = [f"{number};{year};{euro_text(cents)};{known_on.isoformat()}" for number, year, cents, known_on in lines]
    return "\n".join([";".join(HEADER), *rows, ""]).encode()


def read_incomes(content: bytes) -> tuple[list[IncomeLine], list[IncomeReject]]:
    """Read an income file (UTF-8, semicolons, ``file_number;year;income;known_on``).

    Raises:
        IncomeFileRefused: ``encoding`` or ``header``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise IncomeFileRefused("encoding", "the file is not written in UTF-8") from None
    rows = csv.reader(io.StringIO(text), delimiter=";")
    header = next(rows, [])
    if tuple(header) != HEADER:
        raise IncomeFileRefused("header", f"the first line must be {';'.join(HEADER)}")
    accepted: list[IncomeLine] = []
    rejected: list[IncomeReject] = []
    for row in rows:
        if not row:
            continue
        try:
            accepted.append(_line(rows.line_num, row))
        except _Broken as broken:
            rejected.append(
                IncomeReject(line=rows.line_num, field=broken.field, rule=broken.rule, detail=broken.detail)
            )
    return accepted, rejected


class _Broken(ValueError):
    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.rule, self.detail = field, rule, detail


def _line(number: int, row: list[str]) -> IncomeLine:
    if len(row) != len(HEADER):
        raise _Broken("line", "columns", f"a line has {len(HEADER)} columns")
    file_number, year, income, known_on = (value.strip() for value in row)
    return IncomeLine(
        line=number,
        file_number=_number(file_number, "file_number", range(1, 10_000_000)),
        year=_number(year, "year", _YEARS),
        income_cents=_cents(income),
        known_on=_day(known_on),
    )


def _number(text: str, field: str, allowed: range) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in allowed:
        raise _Broken(field, "range", f"a whole number from {allowed.start} to {allowed.stop - 1} is expected")
    return int(text)


def _cents(text: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise _Broken("income", "amount", "an amount in euro with a point and two decimals is expected")
    try:
        return cents_from_euro(Decimal(text))
    except (InvalidOperation, NotWholeCents):
        raise _Broken("income", "amount", "an amount in euro with a point and two decimals is expected") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Broken("known_on", "date", "a date written as YYYY-MM-DD is expected") from None
