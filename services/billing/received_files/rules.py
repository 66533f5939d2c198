"""Files others send with one row a line: UTF-8, semicolons, one header line.

A file whose encoding or header is wrong is refused whole; a row that breaks a rule is refused alone, with its line,
field and rule, and the others are accepted. What is refused is never repeated in the words that say why.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

_Line = TypeVar("_Line")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_FILE_NUMBERS: Final = range(1, 10_000_000)


class RowFileRefused(ValueError):
    """The file as a whole cannot be read; ``rule`` names why."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


class RowRefused(ValueError):
    """A row breaks a rule; ``field`` and ``rule`` name which, the detail says what is expected."""

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReject:
    """One row that was not accepted."""

    line: int
    field: str
    rule: str
    detail: str


def read_rows(
    content: bytes, *, header: Sequence[str], read: Callable[[int, list[str]], _Line]
) -> tuple[list[_Line], list[RowReject]]:
    """Read a file into what ``read`` makes of each row, given its line and its texts; empty lines are passed over.

    Args:
        content: the file as it came, with or without a byte order mark.
        header: the names of the columns, all of them and in this order.
        read: makes one line of a row with as many texts as the header; raises ``RowRefused``.

    Raises:
        RowFileRefused: ``encoding``, ``header`` or ``rows``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RowFileRefused("encoding", "the file is not written in UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    accepted: list[_Line] = []
    rejected: list[RowReject] = []
    try:
        if tuple(next(rows, [])) != tuple(header):
            raise RowFileRefused("header", f"the first line must be {';'.join(header)}")
        for row in rows:
            if not row:
                continue
            try:
                accepted.append(read(rows.line_num, _texts(row, columns=len(header))))
            except RowRefused as broken:
                rejected.append(
                    RowReject(line=rows.line_num, field=broken.field, rule=broken.rule, detail=broken.detail)
                )
    except csv.Error:
        raise RowFileRefused("rows", f"line {rows.line_num + 1} cannot be read as texts and semicolons") from None
    return accepted, rejected


def _texts(row: Sequence[str], *, columns: int) -> list[str]:
    if len(row) != columns:
        raise RowRefused("line", "columns", f"a line has {columns} columns")
    return [value.strip() for value in row]


def whole_number(text: str, *, field: str, allowed: range) -> int:
    """Read a whole number within bounds; raises ``RowRefused``."""
    if not _NUMBER.fullmatch(text) or int(text) not in allowed:
        raise RowRefused(field, "range", f"a whole number from {allowed.start} to {allowed.stop - 1} is expected")
    return int(text)


def file_number(text: str) -> int:
    """Read the number of a file of the fund; raises ``RowRefused``."""
    return whole_number(text, field="file_number", allowed=_FILE_NUMBERS)


def day(text: str, *, field: str) -> date:
    """Read a date as 2026-01-31; raises ``RowRefused``."""
    refused = RowRefused(field, "date", "a date written as YYYY-MM-DD is expected")
    if not _DAY.fullmatch(text):
        raise refused
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refused from None
