"""Whether a service has nothing left to do on its day, and on which day it next has.

A conductor moves the calendar only when every service is quiet: otherwise work of one day would be done on another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from shared.law.calendar import BRUSSELS
from shared.platform.clock import business_moment
from shared.platform.schedules import ScheduledProcedure
from shared.platform.search_attributes import NEXT_DATE

_CONCURRENCY: Final = 40
_REASONS_MAX: Final = 20


@dataclass(frozen=True, kw_only=True)
class OpenProcedures:
    """What the open procedures of a service do."""

    count: int
    busy: Sequence[str]
    next_date: date | None


async def look_at_procedures(client: Client, *, task_queue: str, business_date: date) -> OpenProcedures:
    """Return which open procedures are working now, and the first day on which one wakes up by itself.

    Working means: an activity or a child start is pending, code is about to run, or a wake-up is due and not handled.

    Args:
        client: the service's client.
        task_queue: name of the service.
        business_date: the played day.
    """
    query = f"TaskQueue = '{task_queue}' and ExecutionStatus = 'Running'"
    listed = [execution async for execution in client.list_workflows(query, page_size=1000)]
    limit = asyncio.Semaphore(_CONCURRENCY)
    now = business_moment(business_date)

    async def look(execution: WorkflowExecution) -> tuple[str | None, datetime | None]:
        async with limit:
            return await _look_at_one(client, execution, now)

    looks = await asyncio.gather(*(look(execution) for execution in listed))
    wakes = [wake for _, wake in looks if wake is not None]
    return OpenProcedures(
        count=len(listed),
        busy=[reason for reason, _ in looks if reason is not None][:_REASONS_MAX],
        next_date=min(wakes).astimezone(BRUSSELS).date() if wakes else None,
    )


def next_scheduled_date(procedures: Sequence[ScheduledProcedure], *, after: date) -> date | None:
    """Return the first day after a day on which a scheduled procedure begins."""
    return min((procedure.next_after(after) for procedure in procedures), default=None)


def earliest(*days: date | None) -> date | None:
    """Return the earliest of some days, leaving out the absent ones."""
    return min((day for day in days if day is not None), default=None)


async def _look_at_one(
    client: Client, execution: WorkflowExecution, now: datetime
) -> tuple[str | None, datetime | None]:
    """Return why a procedure is busy (None when it waits) and when it wakes up by itself."""
    try:
        description = await client.get_workflow_handle(execution.id).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None, None
        raise
    if description.status != WorkflowExecutionStatus.RUNNING:
        return None, None
    raw = description.raw_description
    if raw.pending_activities:
        return f"{execution.id}: activity {raw.pending_activities[0].activity_type.name}", None
    if raw.HasField("pending_workflow_task"):
        return f"{execution.id}: about to run", None
    if raw.pending_children:
        # A child is an open procedure of its own and is looked at by itself.
        return None, None
    wake = description.typed_search_attributes.get(NEXT_DATE)
    if wake is not None and wake.astimezone(UTC) <= now:
        return f"{execution.id}: due since {wake.astimezone(BRUSSELS).date()}", None
    return None, wake
