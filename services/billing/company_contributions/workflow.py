"""CompanyContribution: every company that owes a year is billed exactly once, and 1 % a month when it pays late."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.company_contributions.activities import CompanyActivities
    from services.billing.company_contributions.procedure import (
        AskedMonth,
        AskedRuns,
        CompanyIncreaseInput,
        CompanyIncreaseProgress,
        CompanyLettersStep,
        CompanyRunInput,
        CompanyRunProgress,
        CompanyRunStage,
        CompanyStep,
        IncreaseStep,
        ScheduledDay,
    )
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import business_today, scheduled_date


@workflow.defn
class ScheduledCompanyContribution:
    """Asks for the company contribution of the year of the day it is started on (law of 30-12-1992, art. 91)."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> AskedRuns:
        """Ask for the runs; asking twice gives the same runs."""
        day = ScheduledDay(business_date=scheduled_date(scheduled))
        return await insist(CompanyActivities.request_company_contribution, day)


@workflow.defn
class CompanyContribution:
    """Bills the companies of a year batch by batch, then makes their letters."""

    @workflow.init
    def __init__(self, run: CompanyRunInput) -> None:
        """Start where the run is."""
        self._progress = run.progress

    @workflow.query
    def progress(self) -> CompanyRunProgress:
        """Tell how far the run is."""
        return self._progress

    @workflow.run
    async def run(self, run: CompanyRunInput) -> CompanyRunProgress:
        """Do the run to its end."""
        if self._progress.stage == "billing":
            await self._bill(run)
            await self._note(run, "letters")
        await self._write_letters(run)
        await self._note(run, "done")
        return self._progress

    async def _bill(self, run: CompanyRunInput) -> None:
        after = run.after
        while True:
            step = CompanyStep(run_id=run.run_id, after=after)
            done = await insist(CompanyActivities.bill_companies, step, timeout_seconds=120)
            self._advance(billed=self._progress.billed + done.billed, parked=self._progress.parked + done.parked)
            after = done.next_after
            if after is None:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(run.model_copy(update={"after": after, "progress": self._progress}))

    async def _write_letters(self, run: CompanyRunInput) -> None:
        after: str | None = None
        while True:
            step = CompanyLettersStep(run_id=run.run_id, after=after, today=business_today())
            done = await insist(CompanyActivities.write_company_letters, step, timeout_seconds=180)
            self._advance(letters=self._progress.letters + done.written)
            after = done.next_after
            if after is None:
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(run.model_copy(update={"after": None, "progress": self._progress}))

    async def _note(self, run: CompanyRunInput, status: str) -> None:
        await insist(CompanyActivities.note_company_run, CompanyRunStage(run_id=run.run_id, status=status))
        self._advance(stage=status)

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)


@workflow.defn
class ScheduledCompanyIncrease:
    """Asks for the increases of the month of the day it is started on (art. 93)."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> AskedMonth:
        """Ask for the month; nothing begins when nobody is late."""
        day = ScheduledDay(business_date=scheduled_date(scheduled))
        return await insist(CompanyActivities.request_company_increases, day)


@workflow.defn
class CompanyIncrease:
    """Charges the 1 % of a month batch by batch and tells what is overdue."""

    @workflow.init
    def __init__(self, month: CompanyIncreaseInput) -> None:
        """Start where the month is."""
        self._progress = month.progress

    @workflow.query
    def progress(self) -> CompanyIncreaseProgress:
        """Tell how far the month is."""
        return self._progress

    @workflow.run
    async def run(self, month: CompanyIncreaseInput) -> CompanyIncreaseProgress:
        """Do the month to its end."""
        after = month.after
        while True:
            step = IncreaseStep(month=month.month, after=after)
            done = await insist(CompanyActivities.charge_company_increases, step, timeout_seconds=120)
            self._progress = CompanyIncreaseProgress(
                companies=self._progress.companies + done.companies,
                changed=self._progress.changed + done.changed,
                overdue=self._progress.overdue + done.overdue,
            )
            after = done.next_after
            if after is None:
                break
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(month.model_copy(update={"after": after, "progress": self._progress}))
        await insist(CompanyActivities.finish_company_increases, IncreaseStep(month=month.month))
        return self._progress
