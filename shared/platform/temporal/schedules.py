"""Procedures that begin on fixed days of the year, such as the quarterly billing.

In production a Temporal schedule starts them at 06:00 in Brussels and adds the moment to the workflow's id. In a played
instance the conductor asks which are due between two played dates and starts exactly those, with the date in the id.
So a scheduled workflow is only a starter: it takes the day it was meant for (``workflow_clock.scheduled_date``), not
the day it began on, and asks for the real procedure through ``dispatch``, under an id of its own for that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from pydantic import BaseModel, ConfigDict
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from shared.platform.temporal.clock import WAKE_TIME
from shared.platform.temporal.codec import EncryptionCodec
from shared.platform.temporal.search_attributes import search_attributes

_CATCH_UP: Final = timedelta(days=10)


class ScheduledRun(BaseModel):
    """The one argument of a scheduled workflow; without a date it is the day the schedule meant."""

    model_config = ConfigDict(frozen=True)

    business_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class ScheduledProcedure:
    """A workflow that begins on a day of the month, in some months or in all.

    Attributes:
        daily: in production it begins every day. A played instance, where nothing happens between the days on which
            something is due, begins it on the day of the month only.
    """

    id: str
    workflow: str
    months: tuple[int, ...]
    day: int
    description: str
    daily: bool = False

    def __post_init__(self) -> None:
        """Refuse a day that some month does not have: such a run would be skipped silently."""
        if not 1 <= self.day <= 28:
            raise ValueError(f"{self.id}: day must be from 1 to 28, is {self.day}")
        if not self.months or any(not 1 <= month <= 12 for month in self.months):
            raise ValueError(f"{self.id}: months must be from 1 to 12")

    def due_between(self, after: date, until: date) -> list[date]:
        """Return the days on which it begins, later than ``after`` and not later than ``until``."""
        days = [
            date(year, month, self.day)
            for year in range(after.year, until.year + 1)
            for month in sorted(set(self.months))
        ]
        return [day for day in days if after < day <= until]

    def next_after(self, day: date) -> date:
        """Return the first day later than ``day`` on which it begins."""
        return self.due_between(day, date(day.year + 1, 12, 28))[0]

    def workflow_id(self, day: date) -> str:
        """Return the id of the run of a day; the same run never starts twice."""
        return f"{self.id}-{day.isoformat()}"


async def provision_schedules(client: Client, *, task_queue: str, procedures: Sequence[ScheduledProcedure]) -> None:
    """Create or update the Temporal schedules of a production instance; safe to call again."""
    client = _not_binding(client)
    for procedure in procedures:
        schedule = _schedule(procedure, task_queue)
        schedule_id = f"{task_queue}-{procedure.id}"
        try:
            await client.create_schedule(schedule_id, schedule)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(schedule_id).update(partial(_keep_pause, schedule))


def _not_binding(client: Client) -> Client:
    """Return a client that does not bind what it writes to a workflow id: a run gets its id when it begins."""
    config = client.config()
    codec = client.data_converter.payload_codec
    if isinstance(codec, EncryptionCodec):
        config["data_converter"] = replace(client.data_converter, payload_codec=codec.unbound())
    return Client(**config)


def _schedule(procedure: ScheduledProcedure, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            procedure.workflow,
            ScheduledRun(),
            id=procedure.id,
            task_queue=task_queue,
            typed_search_attributes=search_attributes(procedure=procedure.workflow),
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(WAKE_TIME.hour)],
                    minute=[ScheduleRange(WAKE_TIME.minute)],
                    day_of_month=[ScheduleRange(1, 31) if procedure.daily else ScheduleRange(procedure.day)],
                    month=[ScheduleRange(month) for month in sorted(set(procedure.months))],
                    comment=procedure.description,
                )
            ],
            time_zone_name="Europe/Brussels",
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=_CATCH_UP),
    )


def _keep_pause(new: Schedule, given: ScheduleUpdateInput) -> ScheduleUpdate:
    """Update what a schedule does without starting one that an operator paused."""
    new.state = given.description.schedule.state
    return ScheduleUpdate(schedule=new)
