"""Quarters that were relieved."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_values


async def insert_relief(connection: Connection, *, fact: ContributionReliefGranted, quarter: str) -> bool:
    """Keep the relief of a quarter; tell whether it was not relieved before."""
    cursor = await connection.execute(
        "insert into relief (dossier, quarter, claim_id, ground, article, granted_on) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (dossier, quarter) do nothing",
        (fact.dossier, quarter, fact.claim_id, fact.ground, fact.article, fact.occurred_on),
    )
    return cursor.rowcount > 0


async def charged_and_not_relieved(connection: Connection, *, dossier: UUID) -> list[Quarter]:
    """Return the quarters that were billed or taken over and not relieved, the oldest first."""
    quarters = await fetch_values(
        connection,
        "select q.quarter from (select quarter from contribution where dossier = %(dossier)s and kind = 'provisional' "
        "union select quarter from quarter_taken_over where dossier = %(dossier)s) q where not exists "
        "(select from relief r where r.dossier = %(dossier)s and r.quarter = q.quarter) order by q.quarter",
        {"dossier": dossier},
    )
    return [Quarter.parse(quarter) for quarter in quarters]
