"""Decisions of the institute and summonses, as a person recorded them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.law.quarter import Quarter
from shared.platform.database import Connection


class RecordedOtherwise(ValueError):
    """A decision of this kind and reference was recorded before with another content."""


async def save_decision(
    connection: Connection,
    *,
    decision_id: UUID,
    kind: str,
    dossier: UUID,
    reference: str,
    decided_on: date,
    content: Mapping[str, Any],
    recorded_on: date,
    recorded_by: str,
) -> tuple[UUID, bool]:
    """Keep a decision; return its id and whether this call wrote it.

    Raises:
        RecordedOtherwise: the same reference was recorded with another content.
    """
    cursor = await connection.execute(
        "insert into institute_decision (decision_id, kind, dossier, reference, decided_on, content, recorded_on, "
        "recorded_by) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (kind, reference) do nothing",
        (decision_id, kind, dossier, reference, decided_on, Jsonb(dict(content)), recorded_on, recorded_by),
    )
    if cursor.rowcount == 1:
        return decision_id, True
    cursor = await connection.execute(
        "select decision_id, content from institute_decision where kind = %s and reference = %s", (kind, reference)
    )
    known = await cursor.fetchone()
    if known is None or known["content"] != dict(content):
        raise RecordedOtherwise(reference)
    return UUID(str(known["decision_id"])), False


async def decisions_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return what was recorded about a debtor, the oldest decision first."""
    cursor = await connection.execute(
        "select decision_id, kind, reference, decided_on, recorded_on, recorded_by, content from institute_decision "
        "where dossier = %s order by decided_on, kind, reference",
        (dossier,),
    )
    return await cursor.fetchall()


async def fines_final_on(connection: Connection, *, dossier: UUID) -> dict[Quarter, date]:
    """Return the first day beyond appeal of the fines of a debtor, by the quarter the books keep them under.

    Of several fines of one quarter the one that prescribes first stands for all.
    """
    cursor = await connection.execute(
        "select recorded_on, (content ->> 'finalOn')::date as final_on from institute_decision "
        "where dossier = %s and kind = 'fine'",
        (dossier,),
    )
    found: dict[Quarter, date] = {}
    for row in await cursor.fetchall():
        quarter = Quarter.of(row["recorded_on"])
        found[quarter] = min(row["final_on"], found.get(quarter, row["final_on"]))
    return found
