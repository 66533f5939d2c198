"""Claims and transmissions that are open, each with the procedure that must be alive for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.benefits.store import claims, transmissions
from shared.platform.database import Connection
from shared.platform.sleepers import OpenWork

#: Who answers for claims and messages until somebody takes a task.
_OWNER: Final = "benefitsAgent"


async def open_claims(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return claims that are not decided, or granted and not yet paid to the last month, in order of id."""
    cursor = await connection.execute(
        "select id, dossier from claim where (status in ('received', 'waiting') or "
        "(status = 'decided' and outcome = 'granted')) and (%(after)s::uuid is null or id > %(after)s) "
        "order by id limit %(limit)s",
        {"after": after, "limit": limit},
    )
    return [
        OpenWork(workflow_id=claims.workflow_id(row["id"]), reference=row["id"], dossier=row["dossier"], owner=_OWNER)
        for row in await cursor.fetchall()
    ]


async def open_transmissions(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return messages that are neither acknowledged nor closed by a person, in order of id."""
    cursor = await connection.execute(
        "select id, dossier from transmission where status = any(%(open)s) "
        "and (%(after)s::uuid is null or id > %(after)s) order by id limit %(limit)s",
        {"open": list(transmissions.OPEN_STATUSES), "after": after, "limit": limit},
    )
    return [
        OpenWork(
            workflow_id=transmissions.workflow_id(row["id"]), reference=row["id"], dossier=row["dossier"], owner=_OWNER
        )
        for row in await cursor.fetchall()
    ]
