"""Typed rows: what a statement selects becomes a frozen dataclass, so that strict mypy sees every column that is used.

    found = await fetch_one(connection, Debtor, "select dossier, language from debtor where dossier = %s", (dossier,))

A column is a field by its name, and becomes a member where the field is an enumeration; a class with a column too many
or too few fails at the first row. Where a column becomes something else than PostgreSQL gives, a function that takes
the columns by name stands in the place of the class; it may give the rest to ``row_of``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from psycopg.rows import kwargs_row, scalar_row

from shared.platform.database.connections import Connection

#: A JSON object as PostgreSQL keeps it in ``jsonb``, or as a letter's template reads it.
JsonObject = dict[str, Any]

Row = TypeVar("Row")
Values = Sequence[Any] | Mapping[str, Any]


def row_of(kind: Callable[..., Row], /, **columns: Any) -> Row:
    """Return a row; a column becomes a member where the field of a class is an enumeration, or None and one."""
    for name, enumeration in _enumerations(kind).items():
        if columns.get(name) is not None:
            columns[name] = enumeration(columns[name])
    return kind(**columns)


@cache
def _enumerations(kind: Callable[..., object]) -> Mapping[str, type[Enum]]:
    hints = get_type_hints(kind) if isinstance(kind, type) else {}
    meant = {
        name: get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,) for name, hint in hints.items()
    }
    return {
        name: one for name, kinds in meant.items() for one in kinds if isinstance(one, type) and issubclass(one, Enum)
    }


async def fetch_one(connection: Connection, row: Callable[..., Row], statement: str, values: Values = ()) -> Row | None:
    """Return the first row a statement gives, None when it gives none."""
    async with connection.cursor(row_factory=kwargs_row(partial(row_of, row))) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchone()


async def fetch_all(connection: Connection, row: Callable[..., Row], statement: str, values: Values = ()) -> list[Row]:
    """Return every row a statement gives."""
    async with connection.cursor(row_factory=kwargs_row(partial(row_of, row))) as cursor:
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
