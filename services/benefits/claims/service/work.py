"""Work for people: opened again as long as its cause lasts, ended by itself once it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.people import tasks


async def ensure_task(
    connection: Connection,
    *,
    kind: str,
    about: str,
    dossier: UUID | None,
    today: date,
    due_on: date,
    role: str,
    details: Mapping[str, Any],
) -> None:
    """Make sure that somebody has a task of this kind; one that was closed too early is opened anew on a later day.

    Args:
        connection: inside the transaction that found the work.
        kind: what must be done.
        about: the claim or run and, where it matters, the round of it; unique within the kind.
        dossier: whom it is about, if anybody.
        today: the business date; a task is opened at most once a day.
        due_on: last day on which it is in time.
        role: who may do it.
        details: ids, dates and codes a person needs.
    """
    if await tasks.open_references(connection, kind=kind, beginning=f"{about}|"):
        return
    await tasks.open_task(
        connection,
        kind=kind,
        reference=f"{about}|{today.isoformat()}",
        dossier=dossier,
        due_on=due_on,
        role=role,
        details=details,
    )


async def end_tasks(connection: Connection, *, kinds: Sequence[str], about: str, resolution: str) -> None:
    """End the open tasks of some kinds about a claim or run; what a person ended before stays as that person said."""
    for kind in kinds:
        for reference in await tasks.open_references(connection, kind=kind, beginning=f"{about}|"):
            await tasks.overtake_task(
                connection, kind=kind, reference=reference, resolved_by="benefits", resolution=resolution
            )
