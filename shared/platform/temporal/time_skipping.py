"""Moves the time of running procedures forward: the only module that uses the server's experimental time skipping.

It works on a Temporal server of version 1.32 or later whose setting ``frontend.WorkflowTimeSkippingEnabled`` is true.
Production servers keep it false, so a procedure of production can't be moved even by mistake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from shared.platform.temporal.search_attributes import NEXT_DATE
from shared.platform.temporal.workflow_clock import CLOCK_SHIFT_MEMO

_CONCURRENCY: Final = 100
_ATTEMPTS: Final = 3
#: A procedure that is nearer to the target than this is there already.
_NEAR: Final = timedelta(seconds=1)
_TOO_LATE: Final = "did not arrive in time: an activity is still running"
#: Children are for work of one day. A procedure that lasts is started through ``dispatch``, not as a child.
_WAITS_FOR_CHILD: Final = "waits for a child procedure, which makes its own time stand still"


class TimeSkippingUnavailable(RuntimeError):
    """The server can't move the time of procedures."""

    def __init__(self) -> None:
        super().__init__(
            "this Temporal server can't move time: it must be 1.32 or later, with the dynamic setting "
            "frontend.WorkflowTimeSkippingEnabled set to true"
        )


class NotThereYet(RuntimeError):
    """A procedure did not arrive at the moment it was moved to."""


@dataclass(kw_only=True)
class FastForwardReport:
    """What happened to the open procedures of a service."""

    moved: int = 0
    already_there: int = 0
    asleep: int = 0
    finished: int = 0
    failures: dict[str, str] = field(default_factory=dict)


async def fast_forward(
    client: Client,
    *,
    task_queue: str,
    target: datetime,
    workflow_ids: Collection[str] | None = None,
    timeout_seconds: float = 30.0,
) -> FastForwardReport:
    """Move the open procedures of a service that wake up by a business moment to that moment, and wait for them.

    One that sleeps longer is left alone: it is brought up to date when something happens to it (``bring_up_to_date``)
    or when its own day comes. So a day costs as much as what happens on it, however many procedures are open.

    A procedure's time stands still while an activity runs or while it waits for a child, and what its timers wake up
    may run activities. One that does not arrive in time is reported, and moves on by itself when its activity is
    over; asking again is safe.

    Args:
        client: the service's client.
        task_queue: name of the service.
        target: business moment to move to; never moves backwards.
        workflow_ids: look at these only, when it is known which may have to move; all open ones otherwise.
        timeout_seconds: how long each procedure gets to arrive.

    Raises:
        TimeSkippingUnavailable: the server can't do this.
    """
    report = FastForwardReport()
    pending: Collection[str]
    pending = await open_workflow_ids(client, task_queue=task_queue) if workflow_ids is None else workflow_ids
    limit = asyncio.Semaphore(_CONCURRENCY)

    async def move(workflow_id: str) -> tuple[str, str | None]:
        async with limit:
            return workflow_id, await _move_one(client, workflow_id, target, timeout_seconds, report, only_due=True)

    for attempt in range(_ATTEMPTS):
        problems = await asyncio.gather(*(move(workflow_id) for workflow_id in pending))
        report.failures = {workflow_id: problem for workflow_id, problem in problems if problem is not None}
        pending = [workflow_id for workflow_id in report.failures if not _is_final(report.failures[workflow_id])]
        if not pending:
            break
        await asyncio.sleep(0.2 * (attempt + 1))
    return report


async def bring_up_to_date(
    client: Client, *, workflow_id: str, target: datetime, timeout_seconds: float = 10.0
) -> None:
    """Move one procedure to the present business moment before something happens to it, such as a signal.

    Without this a procedure that sleeps for a month would believe that it is still the day on which it fell asleep.
    One that ended or never existed is none of our business here.

    Raises:
        NotThereYet: it did not arrive in time; try again later.
        TimeSkippingUnavailable: the server can't do this.
    """
    report = FastForwardReport()
    problem = await _move_one(client, workflow_id, target, timeout_seconds, report, only_due=False)
    if problem is not None:
        raise NotThereYet(f"{workflow_id}: {problem}")


async def open_workflow_ids(client: Client, *, task_queue: str) -> Sequence[str]:
    """Return the ids of the procedures of a service that run, as the server's index knows them."""
    query = f"TaskQueue = '{task_queue}' and ExecutionStatus = 'Running'"
    return [workflow.id async for workflow in client.list_workflows(query, page_size=1000)]


async def business_time(handle: WorkflowHandle[Any, Any]) -> datetime | None:
    """Return a procedure's business moment; None when it does not run any more."""
    return await _business_time(await handle.describe())


async def _business_time(description: WorkflowExecutionDescription) -> datetime | None:
    if description.status != WorkflowExecutionStatus.RUNNING:
        return None
    shift = timedelta(seconds=int(await description.memo_value(CLOCK_SHIFT_MEMO, 0, type_hint=int)))
    extended = description.raw_description.workflow_extended_info
    if extended.HasField("time_skipping_info"):
        return extended.time_skipping_info.current_time.ToDatetime(tzinfo=UTC) + shift
    return datetime.now(UTC) + shift


async def _move_one(
    client: Client,
    workflow_id: str,
    target: datetime,
    timeout_seconds: float,
    report: FastForwardReport,
    *,
    only_due: bool,
) -> str | None:
    """Move one procedure; return why it could not be moved, None when it was."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(timeout_seconds):
            description = await handle.describe()
            now = await _business_time(description)
            if now is None:
                report.finished += 1
            elif target - now < _NEAR:
                report.already_there += 1
            elif only_due and _sleeps_until_later(description, target):
                report.asleep += 1
            elif description.raw_description.pending_children:
                return _WAITS_FOR_CHILD
            elif await TimeSkipper(client).fast_forward(handle, target - now):
                report.moved += 1
            else:
                report.finished += 1
    except TimeoutError:
        return _TOO_LATE
    except RPCError as error:
        return _problem_of(error, report)
    except RuntimeError:
        # Somebody else moved it meanwhile; the next attempt looks where it is.
        return "was moved by somebody else at the same time"
    return None


def _problem_of(error: RPCError, report: FastForwardReport) -> str | None:
    if error.status == RPCStatusCode.NOT_FOUND or "already completed" in error.message:
        report.finished += 1
        return None
    if error.status == RPCStatusCode.UNIMPLEMENTED or "time skipping" in error.message.lower():
        raise TimeSkippingUnavailable from error
    return f"the server answered {error.status.name}"


def _sleeps_until_later(description: WorkflowExecutionDescription, target: datetime) -> bool:
    """Return whether a procedure only waits, for a later moment or for somebody."""
    raw = description.raw_description
    if raw.pending_activities or raw.pending_children or raw.HasField("pending_workflow_task"):
        return False
    wakes_at = description.typed_search_attributes.get(NEXT_DATE)
    return wakes_at is None or wakes_at.astimezone(UTC) > target


def _is_final(problem: str) -> bool:
    return problem in {_TOO_LATE, _WAITS_FOR_CHILD}
