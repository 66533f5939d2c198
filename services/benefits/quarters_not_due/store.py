"""Rows of decisions by which quarters are not due, and of the quarters they gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from services.benefits.quarters_not_due.rules import Authority, Relief, ReliefGround
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

_RELIEFS: Final = (
    "select r.relief_id, r.dossier, i.file_number, r.ground, r.event_on, r.resumed_on, r.ended_on, r.quarters, "
    "r.authority, r.evidence, r.decided_on, r.recorded_on, r.recorded_by, d.decision, d.decided_by as confirmed_by, "
    "d.decided_on as confirmed_on, d.reason from contribution_relief r join insured i using (dossier) "
    "left join contribution_relief_decision d using (relief_id)"
)


@dataclass(frozen=True, kw_only=True)
class ReliefRow:
    """A decision as it was written down, with what the second person said of it."""

    relief_id: UUID
    dossier: UUID
    file_number: int
    ground: ReliefGround
    event_on: date
    resumed_on: date | None
    ended_on: date | None
    quarters: Sequence[str]
    authority: Authority
    evidence: str
    decided_on: date
    recorded_on: date
    recorded_by: str
    decision: Literal["confirmed", "refused"] | None
    confirmed_by: str | None
    confirmed_on: date | None
    reason: str | None


def _relief(*, ground: str, authority: str, **columns: Any) -> ReliefRow:
    return ReliefRow(ground=ReliefGround(ground), authority=Authority(authority), **columns)


async def lock_dossier(connection: Connection, *, dossier: UUID) -> bool:
    """Let one decision of a dossier be counted after the other; False when affiliation never told of it."""
    found = await fetch_value(connection, "select dossier from insured where dossier = %s for update", (dossier,))
    return found is not None


async def find_relief(connection: Connection, *, relief_id: UUID) -> ReliefRow | None:
    """Return a decision, or None."""
    return await fetch_one(connection, _relief, f"{_RELIEFS} where r.relief_id = %s", (relief_id,))


async def standing_reliefs(connection: Connection, *, dossier: UUID) -> list[ReliefRow]:
    """Return the decisions of a dossier that nobody refused, in the order in which they were written down."""
    return await fetch_all(
        connection,
        _relief,
        f"{_RELIEFS} where r.dossier = %s and d.decision is distinct from 'refused' order by r.relief_id",
        (dossier,),
    )


async def list_reliefs(
    connection: Connection, *, dossier: UUID | None, waiting: bool, after: UUID | None, limit: int
) -> list[ReliefRow]:
    """Return decisions in the order in which they were written down.

    Args:
        connection: a transaction.
        dossier: of one dossier only.
        waiting: only those no second person has looked at.
        after: the last one of the page before.
        limit: how many at most.
    """
    return await fetch_all(
        connection,
        _relief,
        f"{_RELIEFS} where (%(dossier)s::uuid is null or r.dossier = %(dossier)s) "
        "and (not %(waiting)s or d.relief_id is null) and (%(after)s::uuid is null or r.relief_id > %(after)s) "
        "order by r.relief_id limit %(limit)s",
        {"dossier": dossier, "waiting": waiting, "after": after, "limit": limit},
    )


async def insert_relief(
    connection: Connection,
    *,
    relief_id: UUID,
    dossier: UUID,
    relief: Relief,
    authority: Authority,
    evidence: str,
    recorded_on: date,
    recorded_by: str,
) -> None:
    """Keep a decision; its attempt counts those under the same reference that were refused before."""
    await connection.execute(
        "insert into contribution_relief (relief_id, dossier, ground, event_on, resumed_on, ended_on, quarters, "
        "authority, evidence, decided_on, recorded_on, recorded_by, attempt) select %s, %s, %s, %s, %s, %s, %s, %s, "
        "%s, %s, %s, %s, count(*) + 1 from contribution_relief where dossier = %s and evidence = %s",
        (
            relief_id,
            dossier,
            str(relief.ground),
            relief.event_on,
            relief.resumed_on,
            relief.ended_on,
            [str(quarter) for quarter in relief.quarters],
            authority.value,
            evidence,
            relief.decided_on,
            recorded_on,
            recorded_by,
            dossier,
            evidence,
        ),
    )


async def insert_decision(
    connection: Connection, *, relief: ReliefRow, decision: str, decided_by: str, decided_on: date, reason: str
) -> None:
    """Keep what the second person said; the quarters of what is confirmed are given."""
    await connection.execute(
        "insert into contribution_relief_decision (relief_id, recorded_by, decision, decided_by, decided_on, reason) "
        "values (%s, %s, %s, %s, %s, %s)",
        (relief.relief_id, relief.recorded_by, decision, decided_by, decided_on, reason),
    )
    if decision == "confirmed":
        await connection.execute(
            "insert into relieved_quarter (dossier, quarter, relief_id) select %s, unnest(%s::text[]), %s",
            (relief.dossier, list(relief.quarters), relief.relief_id),
        )
