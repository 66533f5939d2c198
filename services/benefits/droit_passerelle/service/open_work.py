"""Claims that are open, each with the procedure that must be alive for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.benefits.claims.service import claims
from services.benefits.decisions.service import ARRIVED
from shared.platform.database import Connection
from shared.platform.sleepers import OpenWork

#: Who answers for claims until somebody takes a task.
_OWNER: Final = "benefitsAgent"


async def open_claims(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return claims that are not decided, not paid to the last month or not yet with the applicant, in order of id."""
    cursor = await connection.execute(
        "select id, dossier from claim where (status in ('received', 'waiting') or "
        "(status = 'decided' and outcome = 'granted') or not exists (select from decision_letter "
        "where claim_id = claim.id and settled_as = any(%(arrived)s))) "
        "and (%(after)s::uuid is null or id > %(after)s) order by id limit %(limit)s",
        {"after": after, "limit": limit, "arrived": list(ARRIVED)},
    )
    return [
        OpenWork(workflow_id=claims.workflow_id(row["id"]), reference=row["id"], dossier=row["dossier"], owner=_OWNER)
        for row in await cursor.fetchall()
    ]
