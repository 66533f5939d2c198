"""Claims as screens show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.benefits.claims.service.claims import months_of, read_decision
from services.benefits.decisions.service import letters_of
from shared.platform.database import Connection


async def list_claims(
    connection: Connection, *, status: str | None, dossier: UUID | None, after: UUID | None, page_size: int
) -> list[dict[str, Any]]:
    """List claims in the order in which they came."""
    cursor = await connection.execute(
        """
        select c.*, i.file_number from claim c left join insured i using (dossier)
        where (%(status)s::text is null or c.status = %(status)s)
          and (%(dossier)s::uuid is null or c.dossier = %(dossier)s)
          and (%(after)s::uuid is null or c.id > %(after)s)
        order by c.id limit %(page_size)s
        """,
        {"status": status, "dossier": dossier, "after": after, "page_size": page_size},
    )
    return await cursor.fetchall()


async def claim_detail(connection: Connection, *, claim_id: UUID) -> dict[str, Any] | None:
    """Give a claim with its requests, assessments, decision, registered letters and payouts, or None."""
    cursor = await connection.execute(
        "select c.*, i.file_number from claim c left join insured i using (dossier) where c.id = %s", (claim_id,)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    for name, query in {
        "requests": "select * from information_request where claim_id = %s order by number",
        "assessments": "select * from assessment where claim_id = %s order by assessed_on, id",
        "payouts": "select * from payout where claim_id = %s order by month",
    }.items():
        cursor = await connection.execute(query, (claim_id,))
        row[name] = await cursor.fetchall()
    row["letters"] = await letters_of(connection, claim_id=claim_id)
    row["decision"] = await read_decision(connection, claim_id=claim_id)
    row["months"] = await months_of(connection, claim_id=claim_id)
    return row
