"""Decisions of the institute and summonses, as a person recorded them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one


@dataclass(frozen=True)
class DecisionRecord:
    """A decision as it was recorded; ``content`` is the whole report."""

    decision_id: UUID
    kind: str
    reference: str
    decided_on: date
    recorded_on: date
    recorded_by: str
    content: JsonObject


async def save_decision(
    connection: Connection,
    *,
    decision_id: UUID,
    kind: str,
    dossier: UUID,
    reference: str,
    decided_on: date,
    content: JsonObject,
    recorded_on: date,
    recorded_by: str,
) -> bool:
    """Keep a decision; False when one of this kind and reference was recorded before."""
    cursor = await connection.execute(
        "insert into institute_decision (decision_id, kind, dossier, reference, decided_on, content, recorded_on, "
        "recorded_by) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (kind, reference) do nothing",
        (decision_id, kind, dossier, reference, decided_on, Jsonb(content), recorded_on, recorded_by),
    )
    return cursor.rowcount == 1


async def find_decision(connection: Connection, *, kind: str, reference: str) -> DecisionRecord | None:
    """Return the decision of a kind that bears a reference."""
    return await fetch_one(
        connection,
        DecisionRecord,
        "select decision_id, kind, reference, decided_on, recorded_on, recorded_by, content from institute_decision "
        "where kind = %s and reference = %s",
        (kind, reference),
    )


async def decisions_of(connection: Connection, *, dossier: UUID) -> list[DecisionRecord]:
    """Return what was recorded about a debtor, the oldest decision first."""
    return await fetch_all(
        connection,
        DecisionRecord,
        "select decision_id, kind, reference, decided_on, recorded_on, recorded_by, content from institute_decision "
        "where dossier = %s order by decided_on, kind, reference",
        (dossier,),
    )
