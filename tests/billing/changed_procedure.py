"""QuarterlyBilling as somebody might carelessly change it: letters before contributions."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.quarterly.activities import BillingRunActivities
    from services.billing.quarterly.procedure import BillingRunInput, RunProgress, RunReference
    from shared.platform.temporal.connecting import activity_options


@workflow.defn(name="QuarterlyBilling")
class CarelesslyChanged:
    """Asks for the partitions first."""

    @workflow.run
    async def run(self, run: BillingRunInput) -> RunProgress:
        """Do something else than the procedure that was recorded."""
        await workflow.execute_activity_method(
            BillingRunActivities.partitions_of_run,
            RunReference(run_id=run.run_id, quarter=run.quarter),
            **activity_options(),
        )
        return RunProgress()
