"""BillingTrial: the whole computation of a billing run, with totals and differences, and nothing charged."""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.trials.activities import BillingTrialActivities
    from services.billing.trials.procedure import BillingTrialInput, TrialProgress, TrialReference, TrialStep
    from shared.platform.temporal.persistence import insist

#: Pages that are computed side by side.
PAGES_AT_ONCE = 4


@workflow.defn
class BillingTrial:
    """Computes the pages of a trial side by side."""

    @workflow.init
    def __init__(self, trial: BillingTrialInput) -> None:
        """Start where the trial is."""
        self._progress = trial.progress

    @workflow.query
    def progress(self) -> TrialProgress:
        """Tell how far the trial is."""
        return self._progress

    @workflow.run
    async def run(self, trial: BillingTrialInput) -> TrialProgress:
        """Do the trial to its end."""
        reference = TrialReference(trial_id=trial.trial_id)
        if self._progress.stage == "planning":
            plan = await insist(BillingTrialActivities.plan_billing_trial, reference, timeout_seconds=120)
            self._advance(stage="computing", pages=plan.pages)
        for first in range(trial.ordinal, self._progress.pages, PAGES_AT_ONCE):
            window = range(first, min(first + PAGES_AT_ONCE, self._progress.pages))
            await asyncio.gather(*(self._try_page(trial, ordinal) for ordinal in window))
            if workflow.info().is_continue_as_new_suggested():
                following = {"ordinal": first + PAGES_AT_ONCE, "progress": self._progress}
                workflow.continue_as_new(trial.model_copy(update=following))
        await insist(BillingTrialActivities.finish_billing_trial, reference)
        self._advance(stage="done")
        return self._progress

    async def _try_page(self, trial: BillingTrialInput, ordinal: int) -> None:
        step = TrialStep(trial_id=trial.trial_id, ordinal=ordinal)
        done = await insist(BillingTrialActivities.try_page, step, part=str(ordinal), timeout_seconds=120)
        self._advance(
            pages_done=self._progress.pages_done + 1,
            billed=self._progress.billed + done.billed,
            parked=self._progress.parked + done.parked,
        )

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
