"""Many rows into a table at once (COPY), with values written as PostgreSQL's text format wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.platform.database import Connection

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": " "})
_NULL: Final = "\\N"


def row(*values: object) -> str:
    """Write one row of values that need no escaping: numbers, dates, ids and codes; None is null."""
    return "\t".join([_NULL if value is None else str(value) for value in values]) + "\n"


def free_text(text: str | None) -> str | None:
    """Write a text that may hold anything; a zero character, which PostgreSQL cannot keep, becomes a blank."""
    return None if text is None else text.translate(_ESCAPES)


async def copy_rows(connection: Connection, table: str, columns: str, rows: Iterable[str]) -> None:
    """Add rows written by ``row`` to a table.

    Args:
        connection: inside a transaction.
        table: name of the table.
        columns: its columns, in the order of the values.
        rows: the rows; none of them may break a constraint.
    """
    content = "".join(rows)
    if not content:
        return
    async with connection.cursor() as cursor, cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
        await copy.write(content)
