"""Reads a semicolon-separated file strictly: what can't be read for sure is refused as a whole, with the line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BYTE_ORDER_MARK: Final = "\ufeff"


class FileRefused(ValueError):
    """The whole file is refused: ``rule`` names why, ``line`` says where when it is known."""

    def __init__(self, rule: str, detail: str, *, line: int | None = None) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.line = line


@dataclass(frozen=True, kw_only=True, repr=False)
class Row:
    """One line of data: its number in the file, its fields by name, None when their number is wrong."""

    line: int
    values: dict[str, str] | None
    raw: str


def read_rows(content: bytes, *, header: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """Return the data lines of a file.

    Args:
        content: the bytes as received.
        header: the exact names and order the first line must have.
        optional: names that may follow these, each at most once, in any order.

    Raises:
        FileRefused: the file is empty, not UTF-8, has another header, or a quotation mark that never closes.
    """
    text = _decoded(content)
    lines = text.splitlines()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    rows: list[Row] = []
    names: Sequence[str] = header
    previous_line = 0
    try:
        for fields in reader:
            line, previous_line = previous_line + 1, reader.line_num
            if line == 1:
                names = _checked_header(fields, header, optional)
            elif any(field.strip() for field in fields):
                values = dict(zip(names, fields, strict=True)) if len(fields) == len(names) else None
                rows.append(Row(line=line, values=values, raw="\n".join(lines[line - 1 : reader.line_num])))
    except csv.Error as error:
        raise FileRefused("file.format", f"line {previous_line + 1} is not semicolon-separated text: {error}",
                          line=previous_line + 1) from error  # fmt: skip
    if previous_line == 0:
        raise FileRefused("file.empty", "the file is empty: the first line must be the header", line=1)
    return rows


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            "file.encoding", f"the file is not UTF-8: byte {error.start} on line {line}", line=line
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise FileRefused("file.encoding", f"the file holds a null character on line {line}", line=line)
    return text.removeprefix(_BYTE_ORDER_MARK)


def _checked_header(fields: Sequence[str], header: Sequence[str], optional: Sequence[str]) -> Sequence[str]:
    """Give the names of the columns, or name what differs: a header that is nearly right is the most common mistake."""
    added = fields[len(header) :]
    if list(fields[: len(header)]) == list(header) and len(set(added)) == len(added) and set(added) <= set(optional):
        return fields
    missing = [name for name in header if name not in fields]
    unknown = [name for name in fields if name not in (*header, *optional)]
    parts = []
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if unknown:
        parts.append(f"{len(unknown)} unknown column(s)")
    if not parts:
        parts.append("the columns are in another order")
    raise FileRefused("file.header", f"the first line must be {';'.join(header)} ({'; '.join(parts)})", line=1)
