"""LawWatch: every day somebody looks whether a number of the law runs out soon."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.assessment.activities import LawWatchActivities
    from services.billing.assessment.procedure import LawWatched
    from services.billing.subjects.procedure import BusinessDay
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import scheduled_date


@workflow.defn
class ScheduledLawWatch:
    """Looks at the law data of the day it is started on."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> LawWatched:
        """Open a task for what runs out; looking twice asks once."""
        return await insist(LawWatchActivities.watch_law, BusinessDay(business_date=scheduled_date(scheduled)))
