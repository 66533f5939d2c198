"""A procedure of recovery that somebody changed carelessly: it waits a day before it looks at the case."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta

    from services.recovery.ladder.procedure import RECOVERY_CASE, CaseEnd, CaseStart
    from shared.platform.temporal.workflow_clock import business_today, sleep_until


@workflow.defn(name=RECOVERY_CASE)
class CarelesslyChanged:
    """Does the steps in another order than the histories that are running."""

    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        """Sleep first."""
        await sleep_until(business_today() + timedelta(days=1))
        return CaseEnd(case_id=start.case_id, outcome="")
