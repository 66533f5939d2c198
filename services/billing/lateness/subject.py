"""What closings of quarters bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.lateness.activities import ClosingActivities
from services.billing.lateness.api import router
from services.billing.lateness.store import OPEN_CLOSINGS
from services.billing.lateness.workflow import QuarterClosing, ScheduledQuarterClosing
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    return ClosingActivities(
        database=context.database, parameters=context.parameters, page_size=context.settings.closing_page_size
    ).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="quarter-closing",
            workflow="ScheduledQuarterClosing",
            months=(1, 4, 7, 10),
            day=1,
            description="Closes the quarter that has ended: surcharges and overdue debts.",
        ),
    )


SUBJECT: Final = Subject(
    name="lateness",
    routers=lambda context: [router(context)],
    workflows=(ScheduledQuarterClosing, QuarterClosing),
    activities=_activities,
    schedules=_schedules,
    open_work=(OpenWorkKind(what="quarterClosings", tag="Runs", page_of=page_of_open(OPEN_CLOSINGS)),),
)
