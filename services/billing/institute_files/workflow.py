"""Files for the national institute that are written on their day without anybody asking."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.institute_files.activities import InastiFileActivities
    from services.billing.institute_files.procedure import InstituteDay, InstituteFiles
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import scheduled_date


@workflow.defn
class ScheduledInastiTransfers:
    """Writes the transfer of the day before, and of every day that was forgotten."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> InstituteFiles:
        """Write until no day is left."""
        day = InstituteDay(today=scheduled_date(scheduled))
        written = 0
        while True:
            done = await insist(InastiFileActivities.write_inasti_transfers, day)
            written += done.written
            if not done.more:
                return InstituteFiles(written=written)


@workflow.defn
class ScheduledInastiStatistics:
    """Writes the statistics of the quarter before the day it is started on."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> InstituteFiles:
        """Write them once; who asked by hand before had the same file."""
        day = InstituteDay(today=scheduled_date(scheduled))
        return await insist(InastiFileActivities.write_inasti_statistics, day)
