"""QuarterlyBilling: everybody who owes a quarter is billed for it exactly once."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from services.billing.activities.billing_run import (
        BillingRunActivities,
        LettersStep,
        PageStep,
        RunReference,
        RunStatus,
        ScheduledQuarter,
    )
    from services.billing.domain.procedures import BillingRunInput, RunProgress
    from shared.platform.persistence import insist
    from shared.platform.schedules import ScheduledRun
    from shared.platform.temporal import activity_options
    from shared.platform.workflow_clock import business_today, scheduled_date

#: Pages that are billed side by side.
PAGES_AT_ONCE = 4


@workflow.defn
class ScheduledQuarterlyBilling:
    """Asks for the billing of the quarter of the day it is started on (royal decree of 19-12-1967, art. 42)."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> RunReference:
        """Ask for the run; asking twice gives the same run."""
        return await insist(
            BillingRunActivities.request_quarterly_billing, ScheduledQuarter(business_date=scheduled_date(scheduled))
        )


@workflow.defn
class QuarterlyBilling:
    """Bills the pages of a run side by side, then makes the letters; what fails is noted and the rest goes on."""

    @workflow.init
    def __init__(self, run: BillingRunInput) -> None:
        """Start where the run is."""
        self._input = run
        self._progress = run.progress

    @workflow.query
    def progress(self) -> RunProgress:
        """Tell how far the run is."""
        return self._progress

    @workflow.run
    async def run(self, run: BillingRunInput) -> RunProgress:
        """Do the run to its end."""
        reference = RunReference(run_id=run.run_id, quarter=run.quarter)
        if self._progress.stage == "planning":
            plan = await insist(BillingRunActivities.plan_billing_run, reference, timeout_seconds=120)
            self._advance(stage="billing", pages=plan.pages)
        if self._progress.stage == "billing":
            await self._bill_pages(run)
            await self._note("letters")
            self._advance(stage="letters")
        await self._write_letters(reference)
        complete = self._progress.pages_failed == 0
        await self._note("done" if complete else "incomplete")
        self._advance(stage="done" if complete else "incomplete")
        return self._progress

    async def _bill_pages(self, run: BillingRunInput) -> None:
        for first in range(run.ordinal, self._progress.pages, PAGES_AT_ONCE):
            window = range(first, min(first + PAGES_AT_ONCE, self._progress.pages))
            await asyncio.gather(*(self._bill_page(ordinal) for ordinal in window))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    run.model_copy(update={"ordinal": first + PAGES_AT_ONCE, "progress": self._progress})
                )

    async def _bill_page(self, ordinal: int) -> None:
        step = PageStep(run_id=self._input.run_id, ordinal=ordinal)
        try:
            outcome = await workflow.execute_activity_method(
                BillingRunActivities.bill_page, step, **activity_options(timeout_seconds=120)
            )
        except ActivityError:
            await insist(BillingRunActivities.note_failed_page, step, part=str(ordinal))
            self._advance(pages_failed=self._progress.pages_failed + 1)
            return
        self._advance(
            pages_done=self._progress.pages_done + 1,
            billed=self._progress.billed + outcome.billed,
            parked=self._progress.parked + outcome.parked,
        )

    async def _write_letters(self, reference: RunReference) -> None:
        cursors = dict(self._input.cursors)
        if not cursors:
            found = await insist(BillingRunActivities.partitions_of_run, reference)
            cursors = dict.fromkeys(found.partitions)
        while cursors:
            partitions = sorted(cursors)
            following = await asyncio.gather(*(self._write_batch(reference, p, cursors[p]) for p in partitions))
            cursors = {
                partition: after for partition, after in zip(partitions, following, strict=True) if after is not None
            }
            if cursors and workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    self._input.model_copy(update={"cursors": cursors, "progress": self._progress})
                )

    async def _write_batch(self, reference: RunReference, partition: int, after: str | None) -> str | None:
        step = LettersStep(run_id=reference.run_id, quarter=reference.quarter, partition=partition, after=after)
        try:
            outcome = await workflow.execute_activity_method(
                BillingRunActivities.write_notice_letters, step, **activity_options(timeout_seconds=180)
            )
        except ActivityError:
            self._advance(pages_failed=self._progress.pages_failed + 1)
            return None
        self._advance(letters=self._progress.letters + outcome.written)
        return outcome.next_after

    async def _note(self, status: str) -> None:
        await insist(
            BillingRunActivities.note_run_status,
            RunStatus(run_id=self._input.run_id, status=status, business_date=business_today()),
        )

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
