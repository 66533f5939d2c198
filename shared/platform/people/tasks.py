"""Work for a person: what a procedure can't or mustn't do by itself, with a role and a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from shared.platform.database.connections import Connection


class TaskNotFound(LookupError):
    """No such task."""


class TaskAlreadyResolved(RuntimeError):
    """The task was resolved differently before."""


async def open_task(
    connection: Connection,
    *,
    kind: str,
    reference: str,
    dossier: UUID | None,
    due_on: date,
    role: str,
    details: Mapping[str, Any],
) -> UUID:
    """Ask a role to do something before a day; asking for the same again returns the same task.

    Args:
        connection: inside the transaction that found the work.
        kind: what must be done, lowerCamelCase.
        reference: what makes it unique within its kind.
        dossier: whom it is about.
        due_on: last day on which it is in time.
        role: who may do it.
        details: what the person needs to know; ids, dates and codes, no personal data.

    Returns:
        The id of the new or the existing task.
    """
    identifier = UUID(int=uuid7().int)
    cursor = await connection.execute(
        "insert into task (id, kind, reference, dossier, due_on, role, details) values (%s, %s, %s, %s, %s, %s, %s) "
        "on conflict (kind, reference) do nothing returning id",
        (identifier, kind, reference, dossier, due_on, role, Jsonb(dict(details))),
    )
    if await cursor.fetchone() is not None:
        return identifier
    cursor = await connection.execute("select id from task where kind = %s and reference = %s", (kind, reference))
    row = await cursor.fetchone()
    if row is None:
        raise TaskNotFound(f"{kind} {reference}: seen by another transaction only; do this again")
    return UUID(str(row["id"]))


async def resolve_task(connection: Connection, *, kind: str, reference: str, resolved_by: str, resolution: str) -> bool:
    """Say how a task ended; saying it again changes nothing.

    Args:
        connection: inside the transaction that does what ended it.
        kind: kind of the task.
        reference: its reference within the kind.
        resolved_by: subject of the person, or the service when events overtook the task.
        resolution: one word for how it ended.

    Returns:
        True when the task was open, False when it had been resolved in the same way, or never existed.

    Raises:
        TaskAlreadyResolved: it ended otherwise before.
    """
    cursor = await connection.execute(
        "update task set resolved_at = now(), resolved_by = %s, resolution = %s "
        "where kind = %s and reference = %s and resolved_at is null returning id",
        (resolved_by, resolution, kind, reference),
    )
    if await cursor.fetchone() is not None:
        return True
    cursor = await connection.execute(
        "select resolution from task where kind = %s and reference = %s", (kind, reference)
    )
    row = await cursor.fetchone()
    if row is not None and row["resolution"] != resolution:
        raise TaskAlreadyResolved(f"{kind} {reference}: ended before as {row['resolution']}")
    return False


async def overtake_task(
    connection: Connection, *, kind: str, reference: str, resolved_by: str, resolution: str
) -> bool:
    """End a task because its work was done otherwise; a task that somebody ended before, in any way, stays as it is.

    For what a program does: the word a person ended a task with must never stop the procedure behind it.

    Args:
        connection: inside the transaction that did the work.
        kind: kind of the task.
        reference: its reference within the kind.
        resolved_by: the service, or the subject of the person whose act did the work.
        resolution: one word for how it ended.

    Returns:
        True when the task was open.
    """
    cursor = await connection.execute(
        "update task set resolved_at = now(), resolved_by = %s, resolution = %s "
        "where kind = %s and reference = %s and resolved_at is null returning id",
        (resolved_by, resolution, kind, reference),
    )
    return await cursor.fetchone() is not None


async def task_by_id(connection: Connection, *, task_id: UUID) -> dict[str, Any]:
    """Return one task.

    Raises:
        TaskNotFound: there is no such task.
    """
    cursor = await connection.execute("select * from task where id = %s", (task_id,))
    row = await cursor.fetchone()
    if row is None:
        raise TaskNotFound(str(task_id))
    return row


async def list_tasks(
    connection: Connection,
    *,
    role: str | None = None,
    dossier: UUID | None = None,
    is_open: bool | None = True,
    limit: int = 100,
    after: UUID | None = None,
) -> list[dict[str, Any]]:
    """Return tasks, the most urgent first.

    Args:
        connection: any transaction.
        role: only those of this role.
        dossier: only those about this dossier.
        is_open: only open (True) or resolved (False) ones; None for both.
        limit: how many at most.
        after: continue after this task of an earlier answer.
    """
    cursor = await connection.execute(
        "select * from task where (%(role)s::text is null or role = %(role)s) "
        "and (%(dossier)s::uuid is null or dossier = %(dossier)s) "
        "and (%(is_open)s::boolean is null or (resolved_at is null) = %(is_open)s) "
        "and (%(after)s::uuid is null or (due_on, id) > (select due_on, id from task where id = %(after)s)) "
        "order by due_on, id limit %(limit)s",
        {"role": role, "dossier": dossier, "is_open": is_open, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def open_references(connection: Connection, *, kind: str, beginning: str) -> list[str]:
    """Return the references of open tasks of a kind that begin with a text."""
    cursor = await connection.execute(
        "select reference from task where kind = %s and starts_with(reference, %s) and resolved_at is null "
        "order by reference",
        (kind, beginning),
    )
    return [row["reference"] for row in await cursor.fetchall()]


async def open_task_count(connection: Connection) -> int:
    """Return how many tasks wait for a person."""
    cursor = await connection.execute("select count(*) as waiting from task where resolved_at is null")
    row = await cursor.fetchone()
    return 0 if row is None else int(row["waiting"])
