"""What the twins remember, in one table: an item is something a twin was sent and may still have to act upon.

An item with a ``due_on`` waits for that day; without one it is done. Everything is safe to do twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from shared.platform.database.connections import Connection


@dataclass(frozen=True, kw_only=True)
class TwinItem:
    """Something a twin was sent."""

    id: UUID
    twin: str
    kind: str
    reference: str
    state: str
    due_on: date | None
    payload: Mapping[str, Any]
    content: bytes | None
    created_on: date


async def add_item(
    connection: Connection,
    *,
    twin: str,
    kind: str,
    reference: str,
    created_on: date,
    due_on: date | None,
    payload: Mapping[str, Any],
    state: str = "received",
    content: bytes | None = None,
) -> tuple[TwinItem, bool]:
    """Remember an item; what was remembered before under the same kind and reference stays as it is.

    Args:
        connection: a transaction.
        twin: post, bailiff, mutuality or bank.
        kind: what it is, within the twin.
        reference: the sender's own reference.
        created_on: the played day.
        due_on: when the twin acts upon it; None when there is nothing to do.
        payload: what was sent, as JSON.
        state: where it stands.
        content: a file that came with it.

    Returns:
        The item and whether it is new.
    """
    cursor = await connection.execute(
        "insert into twin_item (id, twin, kind, reference, state, due_on, payload, content, created_on) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (twin, kind, reference) do nothing returning *",
        (UUID(int=uuid7().int), twin, kind, reference, state, due_on, Jsonb(dict(payload)), content, created_on),
    )
    row = await cursor.fetchone()
    if row is not None:
        return _item(row), True
    found = await find_item(connection, twin=twin, kind=kind, reference=reference)
    if found is None:
        raise RuntimeError(f"{twin} {kind}: seen by another transaction only; do this again")
    return found, False


async def find_item(connection: Connection, *, twin: str, kind: str, reference: str) -> TwinItem | None:
    """Return an item by its sender's reference, None when there is none."""
    cursor = await connection.execute(
        "select * from twin_item where twin = %s and kind = %s and reference = %s", (twin, kind, reference)
    )
    row = await cursor.fetchone()
    return None if row is None else _item(row)


async def item_by_id(connection: Connection, *, item_id: UUID) -> TwinItem | None:
    """Return an item by its own id (the ticket a twin gives), None when there is none."""
    cursor = await connection.execute("select * from twin_item where id = %s", (item_id,))
    row = await cursor.fetchone()
    return None if row is None else _item(row)


async def list_items(connection: Connection, *, twin: str, kind: str | None = None) -> list[TwinItem]:
    """Return the items of a twin in the order they came."""
    cursor = await connection.execute(
        "select * from twin_item where twin = %(twin)s and (%(kind)s::text is null or kind = %(kind)s) "
        "order by created_on, id",
        {"twin": twin, "kind": kind},
    )
    return [_item(row) for row in await cursor.fetchall()]


async def due_items(connection: Connection, *, twin: str, today: date, limit: int = 500) -> list[TwinItem]:
    """Return the items on which a twin must act today, in order of day and arrival."""
    cursor = await connection.execute(
        "select * from twin_item where twin = %s and due_on <= %s order by due_on, created_on, id limit %s",
        (twin, today, limit),
    )
    return [_item(row) for row in await cursor.fetchall()]


async def count_due(connection: Connection, *, twin: str, today: date) -> int:
    """Return on how many items a twin must act today."""
    cursor = await connection.execute(
        "select count(*) as due from twin_item where twin = %s and due_on <= %s", (twin, today)
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["due"])


async def next_due(connection: Connection, *, after: date) -> date | None:
    """Return the first later day on which any twin acts."""
    cursor = await connection.execute("select min(due_on) as day from twin_item where due_on > %s", (after,))
    row = await cursor.fetchone()
    return None if row is None else row["day"]


async def move_item(
    connection: Connection,
    *,
    item_id: UUID,
    state: str,
    due_on: date | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Say where an item stands and when the twin acts next; ``details`` are added to its payload."""
    await connection.execute(
        "update twin_item set state = %s, due_on = %s, payload = payload || %s, changed_at = now() where id = %s",
        (state, due_on, Jsonb(dict(details or {})), item_id),
    )


async def set_behaviour(connection: Connection, *, twin: str, subject: str, behaviour: Mapping[str, Any]) -> None:
    """Make a twin behave in some way towards a subject (an insurer, or ``*`` for all)."""
    await connection.execute(
        "insert into twin_behaviour (twin, subject, behaviour) values (%s, %s, %s) "
        "on conflict (twin, subject) do update set behaviour = excluded.behaviour",
        (twin, subject, Jsonb(dict(behaviour))),
    )


async def behaviour_of(connection: Connection, *, twin: str, subject: str) -> dict[str, Any]:
    """Return how a twin behaves towards a subject, else towards all; empty when it behaves well."""
    cursor = await connection.execute(
        "select behaviour from twin_behaviour where twin = %s and subject in (%s, '*') order by subject = '*' limit 1",
        (twin, subject),
    )
    row = await cursor.fetchone()
    return {} if row is None else dict(row["behaviour"])


async def read_ticked_on(connection: Connection) -> date | None:
    """Return the last day on which the twins were told to act."""
    cursor = await connection.execute("select ticked_on from twin_day")
    row = await cursor.fetchone()
    return None if row is None else row["ticked_on"]


async def write_ticked_on(connection: Connection, *, today: date) -> None:
    """Keep the day on which the twins were told to act."""
    await connection.execute(
        "insert into twin_day (only_row, ticked_on) values (true, %s) "
        "on conflict (only_row) do update set ticked_on = excluded.ticked_on",
        (today,),
    )


def _item(row: Mapping[str, Any]) -> TwinItem:
    return TwinItem(
        id=UUID(str(row["id"])),
        twin=row["twin"],
        kind=row["kind"],
        reference=row["reference"],
        state=row["state"],
        due_on=row["due_on"],
        payload=row["payload"],
        content=None if row["content"] is None else bytes(row["content"]),
        created_on=row["created_on"],
    )
