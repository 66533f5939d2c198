"""The calendar of a played instance, as its conductor sees one service.

The conductor asks every service whether it is settled and when it next has something to do, sets the next date
everywhere, lets services move their open procedures to it and start what is scheduled, and waits until all is
settled again. On an instance that is not marked as played all of this is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Protocol

from fastapi import Depends
from temporalio.exceptions import WorkflowAlreadyStartedError

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import AnyContext
from shared.platform.http.problems import Conflict, InvalidInput, Issue, ServiceUnavailable
from shared.platform.http.routing import ApiRouter
from shared.platform.http.security import require
from shared.platform.messages_in.lag import LagMeter
from shared.platform.messages_out.outbox import waiting_facts
from shared.platform.observation import metrics
from shared.platform.people.audit import record
from shared.platform.temporal.clock import CalendarNotSet, business_moment, read_calendar, write_calendar
from shared.platform.temporal.connecting import start_workflow
from shared.platform.temporal.dispatch import delivered_after, waiting_dispatches
from shared.platform.temporal.quiet import OpenProcedures, ProcedureWatch, earliest, next_scheduled_date
from shared.platform.temporal.schedules import ScheduledProcedure, ScheduledRun
from shared.platform.temporal.time_skipping import TimeSkippingUnavailable, fast_forward

_TAG: Final = "Operations"


class Reader(Protocol):
    """What reads facts from Kafka."""

    @property
    def group(self) -> str:
        """Its consumer group."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """What it reads."""
        ...


class BusinessDate(ApiModel):
    """A day of the played calendar."""

    business_date: date


class CalendarState(ApiModel):
    """Where a service is in the played calendar."""

    business_date: date | None = None
    next_date: date | None = None
    settled: bool
    reasons: tuple[str, ...] = ()


class FastForwardFailure(ApiModel):
    """A procedure that did not arrive."""

    workflow_id: str
    reason: str


class FastForwarded(ApiModel):
    """What happened to the open procedures."""

    moved: int
    already_there: int
    asleep: int
    finished: int
    failures: tuple[FastForwardFailure, ...] = ()


class ScheduledWindow(ApiModel):
    """Days after ``after``, up to and including ``until``."""

    after: date
    until: date


class StartedRun(ApiModel):
    """A scheduled procedure that was started, or had been before."""

    procedure: str
    business_date: date
    workflow_id: str
    already_started: bool


class StartedRuns(ApiModel):
    """Everything that was due."""

    started: tuple[StartedRun, ...]


class PlayedCalendar:
    """What the calendar's routes do."""

    def __init__(self, context: AnyContext, procedures: Sequence[ScheduledProcedure], consumer: Reader | None) -> None:
        self._context = context
        self._procedures = procedures
        self._lag = LagMeter(
            bootstrap=context.platform.kafka_bootstrap,
            group="" if consumer is None else consumer.group,
            topics=() if consumer is None else consumer.topics,
        )
        self._watch = ProcedureWatch(context.temporal, task_queue=context.name)
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._told: dict[str, datetime] = {}
        self._scheduled: set[str] = set()

    async def state(self) -> CalendarState:
        """Return date, next date and whether nothing is left to do today."""
        self._refuse_unless_played()
        today = await self._today()
        if today is None:
            return CalendarState(settled=True)
        reasons, next_date = await self._look(today)
        return CalendarState(business_date=today, next_date=next_date, settled=not reasons, reasons=tuple(reasons))

    async def set_date(self, day: date, *, actor: str) -> CalendarState:
        """Set the date; never back, since letters and entries of later days exist.

        Raises:
            Conflict: the date is before the present one.
        """
        self._refuse_unless_played()
        async with self._context.database.transaction() as connection:
            present = await read_calendar(connection)
            if present is not None and day < present:
                raise Conflict(detail=f"The played date is {present}; it never goes back.")
            if day != present:
                await write_calendar(connection, business_date=day)
                await record(
                    connection,
                    actor=actor,
                    action="calendar.set",
                    dossier=None,
                    purpose="playedInstance",
                    details={"businessDate": day.isoformat()},
                )
        return CalendarState(business_date=day, settled=False)

    async def fast_forward(self) -> FastForwarded:
        """Move every open procedure to the played moment."""
        self._refuse_unless_played()
        today = await self._required_today()
        procedures = await self._look_at_procedures(today)
        try:
            report = await fast_forward(
                self._context.temporal,
                task_queue=self._context.name,
                target=business_moment(today),
                workflow_ids=procedures.awake,
            )
        except TimeSkippingUnavailable as error:
            raise ServiceUnavailable(detail=str(error)) from error
        finally:
            self._watch.forget(procedures.awake)
        return FastForwarded(
            moved=report.moved,
            already_there=report.already_there,
            asleep=procedures.count - len(procedures.awake),
            finished=report.finished,
            failures=tuple(
                FastForwardFailure(workflow_id=workflow_id, reason=reason)
                for workflow_id, reason in sorted(report.failures.items())
            ),
        )

    async def run_scheduled(self, window: ScheduledWindow) -> StartedRuns:
        """Start the procedures that are due in a window, each once however often it is asked."""
        self._refuse_unless_played()
        if window.until < window.after:
            raise InvalidInput(issues=[Issue(name="until", detail="Must not be before after.", rule="invalidPeriod")])
        due = sorted(
            (day, procedure.id, procedure)
            for procedure in self._procedures
            for day in procedure.due_between(window.after, window.until)
        )
        shift = await self._context.clock.shift()
        started = []
        for day, _, procedure in due:
            workflow_id = procedure.workflow_id(day)
            already = False
            self._scheduled.add(workflow_id)
            try:
                await start_workflow(
                    self._context.temporal,
                    workflow=procedure.workflow,
                    workflow_id=workflow_id,
                    task_queue=self._context.name,
                    argument=ScheduledRun(business_date=day),
                    shift=shift,
                )
            except WorkflowAlreadyStartedError:
                already = True
            started.append(
                StartedRun(procedure=procedure.id, business_date=day, workflow_id=workflow_id, already_started=already)
            )
        return StartedRuns(started=tuple(started))

    async def _look(self, today: date) -> tuple[list[str], date | None]:
        """Return why the service is busy (nothing when it is quiet) and when it next has something to do.

        The order matters: facts become starts and signals, and those become work of procedures. What is seen empty
        first can't be filled by what is seen empty later. Procedures are looked at only when nothing else is left to
        do: whoever waits for the service asks often, and what they do costs the server of procedures a question each.
        """
        lag = await self._lag.lag()
        async with self._context.database.transaction() as connection:
            facts, dispatches = await waiting_facts(connection), await waiting_dispatches(connection)
        metrics.CONSUMER_LAG.labels(self._context.name).set(lag)
        if lag or facts or dispatches:
            return _waiting(facts=facts, dispatches=dispatches, lag=lag), None
        still_busy = await self._watch.still_busy()
        if still_busy:
            return still_busy, None
        procedures = await self._look_at_procedures(today)
        async with self._context.database.transaction() as connection:
            facts, dispatches = await waiting_facts(connection), await waiting_dispatches(connection)
        metrics.OPEN_WORKFLOWS.labels(self._context.name).set(procedures.count)
        reasons = [*procedures.busy, *_waiting(facts=facts, dispatches=dispatches, lag=0)]
        scheduled = next_scheduled_date(self._procedures, after=today)
        return reasons, earliest(procedures.next_date, scheduled)

    async def _look_at_procedures(self, today: date) -> OpenProcedures:
        async with self._looking:
            async with self._context.database.transaction() as connection:
                told, looked_at = await delivered_after(connection, self._looked_at)
            touched = {workflow_id for workflow_id, at in told.items() if self._told.get(workflow_id) != at}
            # What is scheduled is not started through the database. When another process of this service was asked to
            # start it, its id is known nevertheless: it bears the day.
            scheduled, self._scheduled = self._scheduled, set()
            touched |= scheduled | {
                procedure.workflow_id(today) for procedure in self._procedures if _begins_on(procedure, today)
            }
            procedures = await self._watch.look(business_date=today, touched=touched, all_named=True)
            self._told, self._looked_at = told, looked_at
            return procedures

    async def _today(self) -> date | None:
        async with self._context.database.transaction() as connection:
            return await read_calendar(connection)

    async def _required_today(self) -> date:
        today = await self._today()
        if today is None:
            raise Conflict(detail=str(CalendarNotSet()))
        return today

    def _refuse_unless_played(self) -> None:
        if not self._context.platform.played:
            raise Conflict(detail="This instance is not played: its calendar is the real one.")


def _waiting(*, facts: int, dispatches: int, lag: int) -> list[str]:
    counts = ((facts, "facts to tell"), (dispatches, "starts or signals"), (lag, "facts to hear"))
    return [f"{count} {what}" for count, what in counts if count]


def _begins_on(procedure: ScheduledProcedure, day: date) -> bool:
    return day.day == procedure.day and day.month in procedure.months


def played_router(
    context: AnyContext, *, procedures: Sequence[ScheduledProcedure], consumer: Reader | None
) -> ApiRouter:
    """Return the routes of the calendar of a service."""
    router = ApiRouter(prefix="/v1/calendar", tags=[_TAG])
    calendar = PlayedCalendar(context, procedures, consumer)

    @router.get("", summary="Where the service is in the played calendar")
    async def get_calendar(_: Principal = Depends(require("operator", "service"))) -> CalendarState:
        """Give the played date, the next day on which something happens, and whether all work of today is done."""
        return await calendar.state()

    @router.put("", summary="Set the played date")
    async def put_calendar(body: BusinessDate, principal: Principal = Depends(require("operator"))) -> CalendarState:
        """Set the date of this service; it never goes back."""
        return await calendar.set_date(body.business_date, actor=principal.subject)

    @router.post("/fastForward", summary="Move open procedures to the played date")
    async def fast_forward_calendar(_: Principal = Depends(require("operator"))) -> FastForwarded:
        """Move the time of every open procedure to 08:00 of the played date, running what wakes up on the way."""
        return await calendar.fast_forward()

    @router.post("/runScheduled", summary="Start the procedures scheduled in a window of days")
    async def run_scheduled(body: ScheduledWindow, _: Principal = Depends(require("operator"))) -> StartedRuns:
        """Start each due procedure once."""
        return await calendar.run_scheduled(body)

    return router
