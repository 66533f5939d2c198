"""Payers whose money does not go to a dossier without a person: which there are, and lifting one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from shared.platform.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """What became of an exclusion: whose it was, and whether this call lifted it."""

    dossier: UUID
    now: bool


async def exclusions(connection: Connection, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Return exclusions that hold, the newest first; of the account the last four digits only."""
    cursor = await connection.execute(
        "select x.position as exclusion_id, right(x.counterparty_account, 4) as account_ending, x.dossier, "
        "s.file_number, x.noted_on, x.noted_by from payer_excluded x join subject s using (dossier) "
        "where %(before)s::bigint is null or x.position < %(before)s order by x.position desc limit %(limit)s",
        {"before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def lift(connection: Connection, *, exclusion_id: int, lifted_on: date, lifted_by: str, reason: str) -> Lifted:
    """Let a payer's money go to a dossier by itself again; lifting what was lifted changes nothing.

    Raises:
        LookupError: there is no such exclusion.
    """
    # Two who lift at once wait for each other: the rules of a pair have no row of their own to lock.
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('payer_rule', 0))")
    cursor = await connection.execute(
        "select r.counterparty_account, r.dossier, exists (select from payer_excluded x where x.position = r.position) "
        "as holds from payer_rule r where r.position = %s and not r.automatic",
        (exclusion_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("there is no such exclusion")
    if row["holds"]:
        await connection.execute(
            "insert into payer_rule (counterparty_account, dossier, automatic, noted_on, noted_by, reason) "
            "values (%s, %s, true, %s, %s, %s)",
            (row["counterparty_account"], row["dossier"], lifted_on, lifted_by, reason),
        )
    return Lifted(dossier=row["dossier"], now=bool(row["holds"]))
