"""QuarterClosing: what was unpaid at the end of a quarter bears its surcharges and is told to recovery."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from services.billing.lateness.activities import ClosingActivities
    from services.billing.lateness.procedure import (
        ClosingInput,
        ClosingProgress,
        ClosingReference,
        ClosingStatus,
        ClosingStep,
    )
    from services.billing.subjects.procedure import BusinessDay
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import business_today, scheduled_date

#: Pages that are closed side by side.
PAGES_AT_ONCE = 4


@workflow.defn
class ScheduledQuarterClosing:
    """Asks for the closing of the quarter before the day it is started on."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> ClosingReference:
        """Ask for the closing; asking twice gives the same closing."""
        return await insist(
            ClosingActivities.request_quarter_closing, BusinessDay(business_date=scheduled_date(scheduled))
        )


@workflow.defn
class QuarterClosing:
    """Closes the pages of a quarter side by side; a page that fails is noted and the rest goes on."""

    @workflow.init
    def __init__(self, closing: ClosingInput) -> None:
        """Start where the closing is."""
        self._input = closing
        self._progress = closing.progress

    @workflow.query
    def progress(self) -> ClosingProgress:
        """Tell how far the closing is."""
        return self._progress

    @workflow.run
    async def run(self, closing: ClosingInput) -> ClosingProgress:
        """Do the closing to its end."""
        if self._progress.stage == "planning":
            plan = await insist(
                ClosingActivities.plan_quarter_closing,
                ClosingReference(closing_id=closing.closing_id, quarter=closing.quarter),
                timeout_seconds=120,
            )
            self._advance(stage="closing", pages=plan.pages)
        for first in range(closing.ordinal, self._progress.pages, PAGES_AT_ONCE):
            window = range(first, min(first + PAGES_AT_ONCE, self._progress.pages))
            await asyncio.gather(*(self._close_page(ordinal) for ordinal in window))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    closing.model_copy(update={"ordinal": first + PAGES_AT_ONCE, "progress": self._progress})
                )
        status = "done" if self._progress.pages_failed == 0 else "incomplete"
        await insist(
            ClosingActivities.note_closing_status,
            ClosingStatus(closing_id=closing.closing_id, status=status, business_date=business_today()),
        )
        self._advance(stage=status)
        return self._progress

    async def _close_page(self, ordinal: int) -> None:
        step = ClosingStep(closing_id=self._input.closing_id, ordinal=ordinal)
        try:
            outcome = await workflow.execute_activity_method(
                ClosingActivities.close_page, step, **activity_options(timeout_seconds=120)
            )
        except ActivityError:
            await insist(ClosingActivities.note_failed_closing_page, step, part=str(ordinal))
            self._advance(pages_failed=self._progress.pages_failed + 1)
            return
        self._advance(
            pages_done=self._progress.pages_done + 1,
            overdue=self._progress.overdue + outcome.overdue,
            surcharges=self._progress.surcharges + outcome.surcharges,
        )

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
