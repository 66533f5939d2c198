"""Reader of balance sheet totals, as the central balance sheet office of the National Bank publishes them.

One line a company and financial year. A file whose encoding or header is wrong is refused whole; a line that breaks a
rule is refused alone, with its field and rule, and the others are accepted.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from shared.law.money import cents_from_euro

HEADER: Final = ("file_number", "financial_year_end", "balance_total", "known_on")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{2})?")
_FILES: Final = range(1, 10_000_000)


class BalanceFileRefused(ValueError):
    """The file as a whole cannot be read; ``rule`` names why."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """A balance sheet total (rubric 20/58) as it became known on a day; None when no accounts were deposited."""

    line: int
    file_number: int
    financial_year_end: date
    balance_total_cents: int | None
    known_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReject:
    """One line that was not accepted; the detail does not repeat the amount."""

    line: int
    field: str
    rule: str
    detail: str


def read_balances(content: bytes) -> tuple[list[BalanceLine], list[BalanceReject]]:
    """Read a file of balance sheet totals (UTF-8, semicolons, ``HEADER``); an empty total says: nothing deposited.

    Raises:
        BalanceFileRefused: ``encoding`` or ``header``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BalanceFileRefused("encoding", "the file is not written in UTF-8") from None
    rows = csv.reader(io.StringIO(text), delimiter=";")
    if tuple(next(rows, [])) != HEADER:
        raise BalanceFileRefused("header", f"the first line must be {';'.join(HEADER)}")
    accepted: list[BalanceLine] = []
    rejected: list[BalanceReject] = []
    for row in rows:
        if not row:
            continue
        try:
            accepted.append(_line(rows.line_num, [value.strip() for value in row]))
        except _Broken as broken:
            rejected.append(
                BalanceReject(line=rows.line_num, field=broken.field, rule=broken.rule, detail=broken.detail)
            )
    return accepted, rejected


class _Broken(ValueError):
    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.rule, self.detail = field, rule, detail


def _line(number: int, row: list[str]) -> BalanceLine:
    if len(row) != len(HEADER):
        raise _Broken("line", "columns", f"a line has {len(HEADER)} columns")
    file_number, year_end, total, known_on = row
    if not (file_number.isascii() and file_number.isdigit()) or int(file_number) not in _FILES:
        raise _Broken("file_number", "range", "a whole number from 1 to 9999999 is expected")
    if total and not _AMOUNT.fullmatch(total):
        raise _Broken("balance_total", "amount", "an amount in euro, or nothing when no accounts were deposited")
    line = BalanceLine(
        line=number,
        file_number=int(file_number),
        financial_year_end=_day(year_end, "financial_year_end"),
        balance_total_cents=cents_from_euro(Decimal(total)) if total else None,
        known_on=_day(known_on, "known_on"),
    )
    if line.known_on < line.financial_year_end:
        raise _Broken("known_on", "invalidPeriod", "accounts are not known before their financial year ends")
    return line


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Broken(field, "date", "a date written as YYYY-MM-DD is expected") from None
