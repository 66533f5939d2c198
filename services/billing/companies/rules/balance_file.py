"""Balance sheet totals, as the central balance sheet office of the National Bank publishes them: a line a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.received_files.rules import RowRefused, RowReject, day, file_number, read_rows
from shared.law.money import cents_from_euro

HEADER: Final = ("file_number", "financial_year_end", "balance_total", "known_on")
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """A balance sheet total (rubric 20/58) as it became known on a day; None when no accounts were deposited."""

    line: int
    file_number: int
    financial_year_end: date
    balance_total_cents: int | None
    known_on: date


def read_balances(content: bytes) -> tuple[list[BalanceLine], list[RowReject]]:
    """Read a file of balance sheet totals (UTF-8, semicolons, ``HEADER``); an empty total says: nothing deposited.

    Raises ``RowFileRefused`` for a file that cannot be read at all.
    """
    return read_rows(content, header=HEADER, read=_line)


def _line(number: int, row: list[str]) -> BalanceLine:
    file, year_end, total, known_on = row
    if total and not _AMOUNT.fullmatch(total):
        raise RowRefused("balance_total", "amount", "an amount in euro, or nothing when no accounts were deposited")
    line = BalanceLine(
        line=number,
        file_number=file_number(file),
        financial_year_end=day(year_end, field="financial_year_end"),
        balance_total_cents=cents_from_euro(Decimal(total)) if total else None,
        known_on=day(known_on, field="known_on"),
    )
    if line.known_on < line.financial_year_end:
        raise RowRefused("known_on", "invalidPeriod", "accounts are not known before their financial year ends")
    return line
