"""Typed rows: what a statement selects becomes a frozen dataclass, so that strict mypy sees every column that is used.

    found = await fetch_one(connection, Debtor, "select dossier, language from debtor where dossier = %s", (dossier,))

A column is a field by its name; a class with a column too many or too few fails at the first row. Where a column
becomes something else than PostgreSQL gives, such as an enumeration, a function that takes the columns by name stands
in the place of the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from psycopg.rows import kwargs_row, scalar_row

from shared.platform.database import Connection

#: A JSON object as PostgreSQL keeps it in ``jsonb``, or as a letter's template reads it.
JsonObject = dict[str, Any]

Row = TypeVar("Row")
Values = Sequence[Any] | Mapping[str, Any]


async def fetch_one(connection: Connection, row: Callable[..., Row], statement: str, values: Values = ()) -> Row | None:
    """Return the first row a statement gives, None when it gives none."""
    async with connection.cursor(row_factory=kwargs_row(row)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchone()


async def fetch_all(connection: Connection, row: Callable[..., Row], statement: str, values: Values = ()) -> list[Row]:
    """Return every row a statement gives."""
    async with connection.cursor(row_factory=kwargs_row(row)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


async def fetch_value(connection: Connection, statement: str, values: Values = ()) -> Any:
    """Return the first column of the first row, None when there is no row; the caller names its type."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchone()


async def fetch_values(connection: Connection, statement: str, values: Values = ()) -> list[Any]:
    """Return the first column of every row; the caller names its type."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
