"""What the watch over the law data brings to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.assessment.activities import LawWatchActivities
from services.billing.assessment.workflow import ScheduledLawWatch
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    return LawWatchActivities(
        database=context.database, parameters=context.parameters, days_ahead=context.settings.law_days_ahead
    ).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="law-watch",
            workflow="ScheduledLawWatch",
            months=tuple(range(1, 13)),
            day=5,
            daily=True,
            description="Asks for numbers of the law that run out soon.",
        ),
    )


SUBJECT: Final = Subject(
    name="assessment",
    workflows=(ScheduledLawWatch,),
    activities=_activities,
    schedules=_schedules,
)
