"""Rows of PostgreSQL's binary COPY, made over whole columns: rows of one width, filled in byte by byte of a column.

Source: PostgreSQL's documentation of COPY, "Binary Format". Rows of one width are repeated whole, then each byte of a
column that differs from row to row is written into all rows at once; nothing is done per row.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_FIRST_DAY: Final = date(2000, 1, 1)
_WIDTHS: Final = {"b": 1, "h": 2, "i": 4, "q": 8}


@dataclass(frozen=True, slots=True)
class Column:
    """A value of each row: as many bytes for every one of them, one after the other.

    Attributes:
        width: bytes of each value in ``content``.
        after: what follows each of them in its row, as part of the value.
    """

    width: int
    content: bytes
    after: bytes = b""


#: What all rows have in common, what differs, or null.
Field = bytes | Column | None


def integers(values: Sequence[int], code: Literal["b", "h", "i", "q"]) -> Column:
    """Write integers of 1, 2, 4 or 8 bytes; a boolean is an integer of one byte. Raises ``OverflowError``."""
    column = array(code, values)
    column.byteswap()
    if column.itemsize != _WIDTHS[code]:
        raise OverflowError(f"integers of type {code} have {column.itemsize} bytes on this machine")
    return Column(column.itemsize, column.tobytes())


def texts(values: Sequence[str], *, width: int, after: str = "") -> Column:
    """Write texts of one length in ASCII, each with the same words after it; raises ``ValueError`` for other texts."""
    content = "".join(values).encode("ascii")
    if len(content) != width * len(values):
        raise ValueError(f"the texts of this column do not have {width} characters each")
    return Column(width, content, after.encode())


def uuids(content: bytes) -> Column:
    """Write UUIDs given as sixteen bytes each."""
    return Column(16, content)


def same(value: str | date | UUID) -> bytes:
    """Write a value all rows have in common."""
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, date):
        return (value - _FIRST_DAY).days.to_bytes(4, signed=True)
    return value.encode()


def row(*fields: Field) -> list[bytes | Column]:
    """Lay out the fields of a row."""
    pieces: list[bytes | Column] = [len(fields).to_bytes(2)]
    for field in fields:
        if field is None:
            pieces.append(_NULL)
        elif isinstance(field, Column):
            pieces += [(field.width + len(field.after)).to_bytes(4), field, field.after]
        else:
            pieces += [len(field).to_bytes(4), field]
    return pieces


def rows(count: int, pieces: Sequence[bytes | Column]) -> bytearray:
    """Repeat one or more laid out rows so many times, each time with the next value of every column."""
    template = b"".join(piece if isinstance(piece, bytes) else bytes(piece.width) for piece in pieces)
    buffer = bytearray(template * count)
    # A column that stands in a row more than once, as the id of an entry in each of its lines, is taken apart once.
    apart: dict[int, list[bytes]] = {}
    offset = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            offset += len(piece)
            continue
        if id(piece) not in apart:
            apart[id(piece)] = [piece.content[byte :: piece.width] for byte in range(piece.width)]
        for values in apart[id(piece)]:
            buffer[offset :: len(template)] = values
            offset += 1
    return buffer
