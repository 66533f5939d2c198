"""PayoutRun: what is due becomes one bank file, released and approved by two people and confirmed by the bank."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.benefits.payouts.procedure import STEPS, CollectedRun, CollectInput, PayoutDay
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import scheduled_date
    from shared.treasury.procedure import BuiltFile, FileAsked, FileRunEnd
    from shared.treasury.workflow import FileProcedure, file_step


@workflow.defn(name="ScheduledPayoutRun")
class ScheduledPayoutRun:
    """Asks for the payout run of the day it was scheduled for, when that is the fund's day of payment."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> FileAsked:
        """Ask for the run; a day has one run under one id, whoever asks and however often."""
        day = PayoutDay(business_date=scheduled_date(scheduled))
        return await insist("request_payout_run", day, FileAsked)


@workflow.defn(name="PayoutRun")
class PayoutRun(FileProcedure):
    """Pays each month of each claim once, in a file whose very bytes two people saw."""

    steps = STEPS

    @workflow.run
    async def run(self, start: ScheduledRun) -> FileRunEnd:
        """Play one run (programme law of 26-12-2022, art. 195: pay as soon as it is decided)."""
        collect = CollectInput(business_date=scheduled_date(start), workflow_id=workflow.info().workflow_id)
        collected = await insist("collect_payouts", collect, CollectedRun)
        if collected.payouts == 0:
            return FileRunEnd(outcome="nothingDue")
        built = await insist("build_payment_file", file_step(collected.run_id), BuiltFile)
        if built.file_sha256 is None:
            return FileRunEnd(outcome="nothingDue")
        return await self.deliver(collected.run_id)
