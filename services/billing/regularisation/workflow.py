"""IncomeRegularisation: every year of which the definitive income came gets its statement in time (RGS art. 43)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from services.billing.regularisation.activities.runs import RegularisationActivities
    from services.billing.regularisation.procedure import (
        RegularisationInput,
        RegularisationOutcome,
        RegularisationProgress,
        RegularisationReference,
        RegularisationRequested,
        RegularisationStatus,
        RegularisationStep,
        StatementLettersStep,
    )
    from services.billing.subjects.procedure import BusinessDay
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import business_today, scheduled_date


@workflow.defn
class ScheduledIncomeRegularisation:
    """Asks each month for the statements that no import of incomes asked for."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> RegularisationRequested:
        """Ask for the run; asking twice on a day gives the same run."""
        return await insist(
            RegularisationActivities.request_regularisation_sweep,
            BusinessDay(business_date=scheduled_date(scheduled)),
            timeout_seconds=120,
        )


@workflow.defn
class IncomeRegularisation:
    """Books the statements of a run page by page, then writes their letters.

    A page that fails does not hold up the others; at the end it is insisted on, for the law sets a day.
    """

    @workflow.init
    def __init__(self, run: RegularisationInput) -> None:
        """Start where the run is."""
        self._input = run
        self._progress = run.progress

    @workflow.query
    def progress(self) -> RegularisationProgress:
        """Tell how far the run is."""
        return self._progress

    @workflow.run
    async def run(self, run: RegularisationInput) -> RegularisationProgress:
        """Do the run to its end."""
        reference = RegularisationReference(run_id=run.run_id)
        if self._progress.stage == "planning":
            plan = await insist(RegularisationActivities.plan_regularisation, reference)
            self._advance(stage="regularising", pages=plan.pages)
        if self._progress.stage == "regularising":
            await self._pages()
            for ordinal in self._input.failed:
                self._count(
                    await insist(RegularisationActivities.regularise_page, self._step(ordinal), part=str(ordinal))
                )
            await self._note("letters")
            self._advance(stage="letters")
        await self._letters()
        await self._note("done")
        self._advance(stage="done")
        return self._progress

    async def _pages(self) -> None:
        # One page after the other: two years of one dossier can lie on two pages, and the second sees the first.
        for ordinal in range(self._input.ordinal, self._progress.pages):
            try:
                self._count(
                    await workflow.execute_activity_method(
                        RegularisationActivities.regularise_page,
                        self._step(ordinal),
                        **activity_options(timeout_seconds=180),
                    )
                )
            except ActivityError:
                failed = (*self._input.failed, ordinal)
                self._input = self._input.model_copy(update={"failed": failed})
                self._advance(pages_failed=len(failed))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    self._input.model_copy(update={"ordinal": ordinal + 1, "progress": self._progress})
                )

    def _step(self, ordinal: int) -> RegularisationStep:
        return RegularisationStep(run_id=self._input.run_id, ordinal=ordinal, today=business_today())

    def _count(self, outcome: RegularisationOutcome) -> None:
        self._advance(
            pages_done=self._progress.pages_done + 1,
            issued=self._progress.issued + outcome.issued,
            parked=self._progress.parked + outcome.parked,
        )

    async def _letters(self) -> None:
        after = self._input.after
        while True:
            step = StatementLettersStep(run_id=self._input.run_id, after=after, today=business_today())
            outcome = await insist(RegularisationActivities.write_statement_letters, step, timeout_seconds=180)
            self._advance(letters=self._progress.letters + outcome.written)
            after = outcome.next_after
            if after is None:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._input.model_copy(update={"after": after, "progress": self._progress}))

    async def _note(self, status: str) -> None:
        await insist(
            RegularisationActivities.note_regularisation_status,
            RegularisationStatus(run_id=self._input.run_id, status=status),
        )

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
