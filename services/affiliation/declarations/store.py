"""Declarations that are open, each with the procedure that must be alive for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.affiliation.declarations.procedure import application_workflow_id
from shared.platform.database import Connection
from shared.platform.sleepers import OpenWork


async def open_applications(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return declarations that were neither affiliated, refused nor withdrawn, in order of id."""
    cursor = await connection.execute(
        "select application_id, dossier from application where status in ('received', 'waiting') "
        "and (%(after)s::uuid is null or application_id > %(after)s) order by application_id limit %(limit)s",
        {"after": after, "limit": limit},
    )
    return [
        OpenWork(
            workflow_id=application_workflow_id(row["application_id"]),
            reference=row["application_id"],
            dossier=row["dossier"],
            owner="affiliationAgent",
        )
        for row in await cursor.fetchall()
    ]
