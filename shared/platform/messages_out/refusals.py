"""A start or a signal that Temporal refused for good: a person hears of it, and may have it tried again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

from shared.law.calendar import next_working_day
from shared.platform.database.connections import Connection
from shared.platform.database.wake import wake_relay
from shared.platform.people.tasks import TaskAlreadyResolved, open_task, resolve_task

REFUSED_TASK: Final = "dispatchRefused"
_REFUSAL_DETAILS: Final = {
    "dispatchId": "id",
    "workflowId": "workflow_id",
    "workflow": "workflow",
    "signal": "signal",
    "problem": "problem",
}


async def open_refusal_tasks(connection: Connection, *, row_ids: Sequence[int], today: date) -> None:
    """Give operators a task for each start or signal Temporal refused for good: its procedure sleeps until then.

    Args:
        connection: inside the transaction that keeps the refusals.
        row_ids: rows that may have been refused just now.
        today: the business date; the task is for the next working day.
    """
    cursor = await connection.execute(
        "select id, workflow_id, workflow, signal, dossier, problem, attempts from dispatch "
        "where id = any(%s) and outcome = 'refused' order by id",
        (list(row_ids),),
    )
    for row in await cursor.fetchall():
        await open_task(
            connection,
            kind=REFUSED_TASK,
            reference=_refusal(row),
            dossier=row["dossier"],
            due_on=next_working_day(today + timedelta(days=1)),
            role="operator",
            details={name: row[column] for name, column in _REFUSAL_DETAILS.items() if row[column] is not None},
        )


async def try_again(connection: Connection, *, dispatch_id: int, actor: str) -> dict[str, Any] | None:
    """Have the relay deliver a refused start or signal once more, and end its task; None when it was not refused.

    Args:
        connection: inside the transaction of the request.
        dispatch_id: the row.
        actor: who asks.
    """
    cursor = await connection.execute(
        "update dispatch set outcome = null, delivered_at = null, next_attempt_at = now() "
        "where id = %s and outcome = 'refused' returning id, workflow_id, dossier, attempts",
        (dispatch_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    with suppress(TaskAlreadyResolved):
        await resolve_task(
            connection, kind=REFUSED_TASK, reference=_refusal(row), resolved_by=actor, resolution="triedAgain"
        )
    wake_relay()
    return row


def _refusal(row: dict[str, Any]) -> str:
    """Return the reference of a refusal: what is tried again and refused again is another one."""
    return f"{row['id']}|{row['attempts']}"
