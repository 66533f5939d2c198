"""YearlyCertificates: everybody who paid in a calendar year gets one certificate for the tax return of that year."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.certificates.activities import CertificateActivities
    from services.billing.certificates.procedure import CertificateProgress, CertificateStep
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import scheduled_date


@workflow.defn
class ScheduledYearlyCertificates:
    """Makes the certificates of the calendar year before the day it is started on."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self._progress = CertificateProgress()

    @workflow.query
    def progress(self) -> CertificateProgress:
        """Tell how many were made."""
        return self._progress

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> CertificateProgress:
        """Write batch after batch; who has a certificate of the year already gets no second one."""
        day = scheduled_date(scheduled)
        step = CertificateStep(year=day.year - 1, today=day)
        while True:
            done = await insist(CertificateActivities.write_certificates, step, timeout_seconds=300)
            self._progress = CertificateProgress(written=self._progress.written + done.written)
            if done.next_after is None:
                return self._progress
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(ScheduledRun(business_date=day))
            step = step.model_copy(update={"after": done.next_after})
