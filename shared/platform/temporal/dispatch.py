"""Starting and signalling procedures: a row of the same transaction, delivered to Temporal by the relay.

A row is delivered after everything written before it for the same workflow id. Starting an id that is running or has
ended is a no-op. A signal to a procedure that has ended is kept with the outcome ``workflowGone``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.platform.database.connections import PURGED_AT_ONCE, Connection
from shared.platform.database.wake import wake_relay
from shared.platform.observation.correlation import current_correlation, current_traceparent


async def start_workflow(
    connection: Connection,
    *,
    workflow: str,
    workflow_id: str,
    argument: BaseModel,
    dossier: UUID | None = None,
    signal: str | None = None,
    signal_argument: BaseModel | None = None,
) -> None:
    """Start a procedure when this transaction commits; once, however often it is asked.

    With a signal, the procedure gets that signal with its start, or only the signal when it runs already.

    Args:
        connection: inside the transaction that writes what the procedure is about.
        workflow: name of the workflow.
        workflow_id: deterministic id, for example ``recovery-case:{case_id}``; never personal data.
        argument: the workflow's one argument: ids, dates, statuses.
        dossier: whom the procedure is about; becomes a search attribute.
        signal: name of a signal, when one must come with the start.
        signal_argument: the signal's one argument.

    Raises:
        ValueError: a signal without argument or an argument without signal.
    """
    if (signal is None) != (signal_argument is None):
        raise ValueError("signal, signal_argument: both or none")
    await _record(
        connection,
        workflow=workflow,
        workflow_id=workflow_id,
        argument=_text(argument),
        signal=signal,
        signal_argument=None if signal_argument is None else _text(signal_argument),
        dossier=dossier,
    )


async def signal_workflow(
    connection: Connection,
    *,
    workflow_id: str,
    signal: str,
    argument: BaseModel,
    dossier: UUID | None = None,
) -> None:
    """Signal a procedure when this transaction commits.

    Each call is one signal; the server recognises a row that the relay delivers twice. Callers that may run again
    guard the call with what they write in the same transaction (an inbox row, a unique constraint).

    Args:
        connection: inside the transaction that writes what the signal is about.
        workflow_id: id of the procedure.
        signal: name of the signal.
        argument: the signal's one argument: ids, dates, statuses.
        dossier: whom the procedure is about.
    """
    await _record(
        connection,
        workflow=None,
        workflow_id=workflow_id,
        argument=None,
        signal=signal,
        signal_argument=_text(argument),
        dossier=dossier,
    )


async def undeliverable(connection: Connection, *, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """Return the newest rows that reached no procedure: signals to ended ones, and what Temporal refused.

    Args:
        connection: any transaction.
        limit: how many at most.
        before: continue with older rows than this one of an earlier answer.
    """
    cursor = await connection.execute(
        "select id, workflow_id, workflow, signal, dossier, outcome, problem, attempts, recorded_at, delivered_at "
        "from dispatch where outcome in ('workflowGone', 'refused') "
        "and (%(before)s::bigint is null or id < %(before)s) "
        "order by id desc limit %(limit)s",
        {"before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def undeliverable_counts(connection: Connection) -> dict[str, int]:
    """Return how many rows reached no procedure, by outcome; an outcome without rows is 0."""
    cursor = await connection.execute(
        "select outcome, count(*) as found from dispatch where outcome in ('workflowGone', 'refused') group by outcome"
    )
    found = {row["outcome"]: int(row["found"]) for row in await cursor.fetchall()}
    return {outcome: found.get(outcome, 0) for outcome in ("refused", "workflowGone")}


async def waiting_dispatches(connection: Connection) -> int:
    """Return how many starts and signals Temporal has not yet been told."""
    cursor = await connection.execute("select count(*) as waiting from dispatch where delivered_at is null")
    row = await cursor.fetchone()
    return 0 if row is None else int(row["waiting"])


async def delivered_after(connection: Connection, moment: datetime | None) -> tuple[dict[str, datetime], datetime]:
    """Return which procedures were started or signalled after a moment (None: lately) and when, and the present moment.

    Moments are the database's own. Those just before the given one are included: a row shows a little after it was
    marked. Whoever asks again recognises by its moment what was told before.
    """
    cursor = await connection.execute(
        "select now() as present, coalesce((select jsonb_object_agg(workflow_id, at) from (select workflow_id, "
        "max(delivered_at) as at from dispatch where delivered_at > coalesce(%s::timestamptz, now() - interval "
        "'20 seconds') - interval '2 seconds' group by workflow_id) as lately), '{}') as touched",
        (moment,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("the database did not tell the time")
    touched = {workflow_id: datetime.fromisoformat(at) for workflow_id, at in row["touched"].items()}
    return touched, row["present"]


async def purge_delivered(connection: Connection, *, older_than_days: int, at_most: int = PURGED_AT_ONCE) -> int:
    """Delete delivered signals older than that; starts and what reached nobody are kept.

    Returns:
        How many rows were deleted.
    """
    cursor = await connection.execute(
        "delete from dispatch where id in (select id from dispatch "
        "where outcome = 'signalled' and delivered_at < now() - make_interval(days => %s) limit %s)",
        (older_than_days, at_most),
    )
    return cursor.rowcount


async def _record(
    connection: Connection,
    *,
    workflow: str | None,
    workflow_id: str,
    argument: str | None,
    signal: str | None,
    signal_argument: str | None,
    dossier: UUID | None,
) -> None:
    await connection.execute(
        "insert into dispatch (workflow, workflow_id, argument, signal, signal_argument, dossier, correlation_id, "
        "traceparent) values (%s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (workflow_id) where workflow is not null and signal is null do nothing",
        (
            workflow,
            workflow_id,
            argument,
            signal,
            signal_argument,
            dossier,
            current_correlation(),
            current_traceparent(),
        ),
    )
    wake_relay()


def _text(argument: BaseModel) -> str:
    return argument.model_dump_json(by_alias=True)
