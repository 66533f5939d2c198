"""Oppositions against warrants, and their judgments: each written down once, never rewritten."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.recovery.ladder.rules.picture import OppositionJudgment
from shared.platform.database.connections import Connection


# see limits: oppositions-are-told-to-nobody
async def save_opposition(
    connection: Connection,
    *,
    case_id: UUID,
    warrant_id: UUID,
    lodged_on: date,
    in_time: bool,
    recorded_on: date,
    recorded_by: str,
) -> bool:
    """Write down that the debtor opposed the warrant of a case; False when that was written before."""
    cursor = await connection.execute(
        """
        insert into opposition (case_id, warrant_id, lodged_on, in_time, recorded_on, recorded_by)
        values (%s, %s, %s, %s, %s, %s) on conflict (case_id) do nothing
        """,
        (case_id, warrant_id, lodged_on, in_time, recorded_on, recorded_by),
    )
    return cursor.rowcount == 1


async def save_judgment(
    connection: Connection,
    *,
    case_id: UUID,
    judged_on: date,
    judgment: OppositionJudgment,
    recorded_on: date,
    recorded_by: str,
) -> bool:
    """Write down what the tribunal said of an opposition; False when that was written before."""
    cursor = await connection.execute(
        """
        insert into opposition_judgment (case_id, judged_on, judgment, recorded_on, recorded_by)
        values (%s, %s, %s, %s, %s) on conflict (case_id) do nothing
        """,
        (case_id, judged_on, judgment.value, recorded_on, recorded_by),
    )
    return cursor.rowcount == 1
