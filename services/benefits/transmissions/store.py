"""Transmissions as screens show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.platform.database import Connection


async def list_transmissions(
    connection: Connection,
    *,
    status: str | None,
    insurer: str | None,
    dossier: UUID | None,
    after: UUID | None,
    page_size: int,
) -> list[dict[str, Any]]:
    """List transmissions in the order of their ids, with the number of attempts of each."""
    cursor = await connection.execute(
        """
        select t.*, (select count(*) from transmission_attempt a where a.transmission_id = t.id) as attempts
        from transmission t
        where (%(status)s::text is null or t.status = %(status)s)
          and (%(insurer)s::text is null or t.insurer = %(insurer)s)
          and (%(dossier)s::uuid is null or t.dossier = %(dossier)s)
          and (%(after)s::uuid is null or t.id > %(after)s)
        order by t.id limit %(page_size)s
        """,
        {"status": status, "insurer": insurer, "dossier": dossier, "after": after, "page_size": page_size},
    )
    return await cursor.fetchall()


async def transmission_detail(connection: Connection, *, transmission: UUID) -> dict[str, Any] | None:
    """Give one transmission with all attempts and receipts, or None."""
    cursor = await connection.execute("select * from transmission where id = %s", (transmission,))
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "select * from transmission_attempt where transmission_id = %s order by attempt", (transmission,)
    )
    row["attempts"] = await cursor.fetchall()
    cursor = await connection.execute(
        "select * from transmission_receipt where transmission_id = %s order by received_on, ticket", (transmission,)
    )
    row["receipts"] = await cursor.fetchall()
    return row
