"""The proof of the ladder: steps with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.ladder.rules.picture import Step
from shared.platform.database import Connection
from shared.platform.rows import fetch_value


async def record_step(
    connection: Connection,
    *,
    case_id: UUID,
    step: Step,
    attempt: int,
    done_on: date,
    article: str,
    evidence: Mapping[str, Any],
    document_id: UUID | None = None,
) -> bool:
    """Write down that a step was taken, with its evidence; returns False when it was written before."""
    cursor = await connection.execute(
        """
        insert into case_step (case_id, step, attempt, done_on, elapsed_days, article, evidence, document_id)
        select case_id, %(step)s, %(attempt)s, %(done_on)s,
               greatest(0, %(done_on)s - coalesce(
                 (select max(done_on) from case_step where case_id = %(case_id)s), opened_on)),
               %(article)s, %(evidence)s, %(document_id)s
        from recovery_case where case_id = %(case_id)s
        on conflict (case_id, step, attempt) do nothing
        """,
        {
            "case_id": case_id,
            "step": step,
            "attempt": attempt,
            "done_on": done_on,
            "article": article,
            "evidence": Jsonb(dict(evidence)),
            "document_id": document_id,
        },
    )
    return cursor.rowcount == 1


async def step_date(connection: Connection, *, case_id: UUID, step: Step) -> date | None:
    """Return the day on which a step was last taken."""
    day: date | None = await fetch_value(
        connection, "select max(done_on) from case_step where case_id = %s and step = %s", (case_id, step)
    )
    return day
