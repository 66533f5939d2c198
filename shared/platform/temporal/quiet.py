"""Whether a service has nothing left to do on its day, and on which day it next has.

A conductor moves the calendar only when every service is quiet: otherwise work of one day would be done on another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from shared.law.calendar import BRUSSELS
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.schedules import ScheduledProcedure
from shared.platform.temporal.search_attributes import NEXT_DATE

_CONCURRENCY: Final = 40
_REASONS_MAX: Final = 20
#: What was learned of waiting procedures is trusted this long, even when nothing is known to have touched them.
_TRUSTED_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class OpenProcedures:
    """What the open procedures of a service do.

    Attributes:
        count: how many are open.
        busy: why some are busy, for a person to read; the first few.
        awake: ids of those that work or whose wake-up is due: their time must be moved to the present.
        next_date: the first day on which one that sleeps wakes up by itself.
    """

    count: int
    busy: Sequence[str]
    awake: frozenset[str]
    next_date: date | None


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What one look at a procedure showed."""

    open: bool = True
    ended: bool = False
    busy: str | None = None
    wakes_at: datetime | None = None
    children: tuple[str, ...] = ()


class ProcedureWatch:
    """Looks at the open procedures of a service, and not again at those that wait and were left alone since.

    A waiting procedure begins to work only when it is signalled or when its time is moved. The service's own database
    knows of signals, and whoever moves time calls ``forget``.
    """

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._waiting: dict[str, _Seen] = {}
        self._open: set[str] = set()
        self._busy: set[str] = set()
        self._ended: set[str] = set()
        self._trusted_since: float | None = None

    def forget(self, workflow_ids: Iterable[str]) -> None:
        """Look at some procedures again next time, because something happened to them."""
        for workflow_id in workflow_ids:
            self._waiting.pop(workflow_id, None)

    def forget_all(self) -> None:
        """Look at everything again next time."""
        self._waiting.clear()
        self._ended.clear()
        self._trusted_since = None

    async def still_busy(self) -> list[str]:
        """Return why some of the procedures that were busy at the last look still are; nothing when none of them is.

        Costs a handful of questions however many procedures are open, so whoever waits asks this first.
        """
        some = sorted(self._busy)[:_REASONS_MAX]
        return [one.busy for one in (await self._see(some)).values() if one.busy is not None]

    async def look(
        self, *, business_date: date, touched: Iterable[str] = (), all_named: bool = False
    ) -> OpenProcedures:
        """Return which open procedures are working now, and the first day on which one wakes up by itself.

        Working means: an activity is pending, code is about to run, or a wake-up is due and not handled.

        Args:
            business_date: the played day.
            touched: procedures that were started or signalled since the last look; the server's index of open
                procedures is a moment late, so they are looked at whether it knows them or not.
            all_named: ``touched`` names every procedure that was started since the last look, so the server's index,
                a costly question, is asked again only when what is known is no longer trusted.
        """
        touched = set(touched)
        if self._trusted_since is None or time.monotonic() - self._trusted_since > _TRUSTED_SECONDS:
            self.forget_all()
            self._trusted_since = time.monotonic()
            all_named = False
        self.forget(touched)
        # Kept before anything is asked: an answer that fails must not lose them.
        self._open |= touched
        if not all_named:
            self._open |= await self._listed()
        known = self._open - self._ended
        seen = {workflow_id: self._waiting[workflow_id] for workflow_id in known if workflow_id in self._waiting}
        to_see = known - seen.keys()
        while to_see:
            seen.update(await self._see(to_see))
            # Children that just began may not be listed yet.
            to_see = {child for one in seen.values() for child in one.children} - seen.keys() - self._ended
        self._open = {workflow_id for workflow_id, one in seen.items() if one.open}
        self._ended |= {workflow_id for workflow_id, one in seen.items() if one.ended}
        self._waiting = {
            workflow_id: one for workflow_id, one in seen.items() if one.open and not one.busy and not one.children
        }
        self._busy = {workflow_id for workflow_id, one in seen.items() if one.busy}
        return _summary(seen, business_moment(business_date))

    async def _listed(self) -> set[str]:
        query = f"TaskQueue = '{self._task_queue}' and ExecutionStatus = 'Running'"
        return {execution.id async for execution in self._client.list_workflows(query, page_size=1000)}

    async def _see(self, workflow_ids: Iterable[str]) -> dict[str, _Seen]:
        limit = asyncio.Semaphore(_CONCURRENCY)

        async def see(workflow_id: str) -> tuple[str, _Seen]:
            async with limit:
                return workflow_id, await _see_one(self._client, workflow_id)

        return dict(await asyncio.gather(*(see(workflow_id) for workflow_id in workflow_ids)))


async def look_at_procedures(client: Client, *, task_queue: str, business_date: date) -> OpenProcedures:
    """Look once at the open procedures of a service, without knowing anything from before."""
    return await ProcedureWatch(client, task_queue=task_queue).look(business_date=business_date)


def next_scheduled_date(procedures: Sequence[ScheduledProcedure], *, after: date) -> date | None:
    """Return the first day after a day on which a scheduled procedure begins."""
    return min((procedure.next_after(after) for procedure in procedures), default=None)


def earliest(*days: date | None) -> date | None:
    """Return the earliest of some days, leaving out the absent ones."""
    return min((day for day in days if day is not None), default=None)


async def _see_one(client: Client, workflow_id: str) -> _Seen:
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return _Seen(open=False)
        raise
    if description.status != WorkflowExecutionStatus.RUNNING:
        return _Seen(open=False, ended=True)
    raw = description.raw_description
    children = tuple(child.workflow_id for child in raw.pending_children)
    if raw.pending_activities:
        return _Seen(busy=f"{workflow_id}: activity {raw.pending_activities[0].activity_type.name}", children=children)
    if raw.HasField("pending_workflow_task"):
        return _Seen(busy=f"{workflow_id}: about to run", children=children)
    wakes_at = description.typed_search_attributes.get(NEXT_DATE)
    return _Seen(wakes_at=None if children else wakes_at, children=children)


def _summary(seen: Mapping[str, _Seen], now: datetime) -> OpenProcedures:
    busy = {workflow_id: one.busy for workflow_id, one in seen.items() if one.busy is not None}
    sleeping: list[datetime] = []
    for workflow_id, one in seen.items():
        if one.wakes_at is None:
            continue
        if one.wakes_at.astimezone(UTC) <= now:
            busy[workflow_id] = f"{workflow_id}: due since {one.wakes_at.astimezone(BRUSSELS).date()}"
        else:
            sleeping.append(one.wakes_at)
    return OpenProcedures(
        count=sum(one.open for one in seen.values()),
        busy=sorted(busy.values())[:_REASONS_MAX],
        awake=frozenset(busy),
        next_date=min(sleeping).astimezone(BRUSSELS).date() if sleeping else None,
    )
