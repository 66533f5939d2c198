"""What files for the institute bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.institute_files.activities import InastiFileActivities
from services.billing.institute_files.api import router
from services.billing.institute_files.workflow import ScheduledInastiStatistics, ScheduledInastiTransfers
from shared.platform.composition import Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="inasti-transfers",
            workflow="ScheduledInastiTransfers",
            months=tuple(range(1, 13)),
            day=1,
            daily=True,
            description="Writes the transfer to the institute of each day that is over.",
        ),
        ScheduledProcedure(
            id="inasti-statistics",
            workflow="ScheduledInastiStatistics",
            months=(1, 4, 7, 10),
            day=12,
            description="Writes the statistics of the quarter that has ended for the institute.",
        ),
    )


SUBJECT: Final = Subject(
    name="institute_files",
    routers=lambda context: [router(context)],
    workflows=(ScheduledInastiTransfers, ScheduledInastiStatistics),
    activities=lambda context: InastiFileActivities(database=context.database).all(),
    schedules=_schedules,
)
