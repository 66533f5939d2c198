"""What a page of a run reads and writes beside its contributions and notices."""

from __future__ import annotations

from uuid import UUID

from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_value, fetch_values


async def insert_law(connection: Connection, *, law_id: UUID, quarter: Quarter, numbers: str) -> None:
    """Keep the numbers of a law, once."""
    if not await fetch_value(connection, "select exists (select from assessment_law where law_id = %s)", (law_id,)):
        await connection.execute(
            "insert into assessment_law (law_id, quarter, numbers) values (%s, %s, %s) on conflict do nothing",
            (law_id, str(quarter), numbers),
        )


async def dossiers_with_credit(connection: Connection, *, first: UUID, last: UUID) -> list[UUID]:
    """Return the dossiers between two that have a credit."""
    return await fetch_values(
        connection,
        "select dossier from dossier_credit where dossier between %s and %s and credit_cents > 0 order by dossier",
        (first, last),
    )


async def parked_before(
    connection: Connection, *, quarter: Quarter, first: UUID, last: UUID, run_id: UUID
) -> list[UUID]:
    """Return the dossiers between two that another run of the quarter parked."""
    return await fetch_values(
        connection,
        "select distinct dossier from parked_subject where quarter = %s and dossier between %s and %s "
        "and run_id <> %s order by dossier",
        (str(quarter), first, last, run_id),
    )
