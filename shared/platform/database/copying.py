"""Many rows into a table at once (COPY), with values written as PostgreSQL's text format wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.platform.database.connections import Connection

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": " "})
#: How a null is written.
NULL: Final = "\\N"


def row(*values: object) -> str:
    """Write one row of values that need no escaping: numbers, dates, ids and codes; None is null."""
    return "\t".join([NULL if value is None else str(value) for value in values]) + "\n"


def free_text(text: str | None) -> str | None:
    """Write a text that may hold anything; a zero character, which PostgreSQL cannot keep, becomes a blank."""
    if text is None or (text.isprintable() and "\\" not in text):
        return text
    return text.translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a table, written out and ready to be copied."""

    table: str
    columns: str
    content: bytes


def block(table: str, columns: str, rows: Iterable[str]) -> Block:
    """Write rows out for ``copy_blocks``, in any thread: for thousands of them this is work for the processor.

    Args:
        table: name of the table.
        columns: its columns, in the order of the values.
        rows: the rows, each written by ``row``.
    """
    return Block(table, columns, "".join(rows).encode())


async def copy_blocks(connection: Connection, blocks: Sequence[Block]) -> None:
    """Add rows to their tables, block after block; none of them may break a constraint."""
    for part in blocks:
        if not part.content:
            continue
        async with (
            connection.cursor() as cursor,
            cursor.copy(f"copy {part.table} ({part.columns}) from stdin") as copy,
        ):
            await copy.write(part.content)


async def copy_rows(connection: Connection, table: str, columns: str, rows: Iterable[str]) -> None:
    """Add rows written by ``row`` to a table, as ``block`` and ``copy_blocks`` do.

    Args:
        connection: inside a transaction.
        table: name of the table.
        columns: its columns, in the order of the values.
        rows: the rows; none of them may break a constraint.
    """
    await copy_blocks(connection, [block(table, columns, rows)])
