"""QuarterlyBilling: everybody who owes a quarter is billed for it exactly once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from services.billing.notices.procedure import HAND_OVER_NOTICES, HandedOver, HandOverStep
    from services.billing.quarterly.activities import BillingRunActivities
    from services.billing.quarterly.procedure import (
        BillingRunInput,
        LettersStep,
        PageStep,
        RunOrder,
        RunOrderGiven,
        RunProgress,
        RunReference,
        RunStatus,
    )
    from services.billing.subjects.procedure import BusinessDay
    from shared.law.calendar import next_working_day
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import business_today, scheduled_date, wait_until

#: Pages that are billed side by side, and how many went so in runs that began before that was raised.
PAGES_AT_ONCE = 6
_PAGES_AT_ONCE_BEFORE = 4
_SIX_PAGES = "six-pages-at-once"
_LETTERS_LATER = "letters-later"
#: Holds no notice: an execution that begins anew while letters are handed over has none to write.
_NO_PARTITION = -1


@workflow.defn
class ScheduledQuarterlyBilling:
    """Asks for the billing of the quarter of the day it is started on (royal decree of 19-12-1967, art. 42)."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> RunReference:
        """Ask for the run; asking twice gives the same run."""
        return await insist(
            BillingRunActivities.request_quarterly_billing, BusinessDay(business_date=scheduled_date(scheduled))
        )


@workflow.defn
class QuarterlyBilling:
    """Bills the pages of a run side by side, then makes the letters; what fails is noted and the rest goes on.

    With a canary a person sees what the first dossiers got before the others begin; with waves each begins on the next
    working day. A person can pause, resume and cancel it at any time: a page is billed whole or not at all.
    """

    @workflow.init
    def __init__(self, run: BillingRunInput) -> None:
        """Start where the run is."""
        self._input = run
        self._progress = run.progress
        self._paused = run.paused
        self._cancelled = run.cancelled
        self._go = False

    @workflow.query
    def progress(self) -> RunProgress:
        """Tell how far the run is."""
        return self._progress

    @workflow.signal
    def order(self, given: RunOrderGiven) -> None:
        """Take an order of a person; it holds from the next page on."""
        if given.order is RunOrder.CANCEL:
            self._cancelled = True
        elif given.order is RunOrder.GO:
            self._go = True
        else:
            self._paused = given.order is RunOrder.PAUSE

    @workflow.run
    async def run(self, run: BillingRunInput) -> RunProgress:
        """Do the run to its end."""
        reference = RunReference(run_id=run.run_id, quarter=run.quarter)
        if self._progress.stage == "planning":
            plan = await insist(BillingRunActivities.plan_billing_run, reference, timeout_seconds=120)
            self._input = run.model_copy(update={"wave_ends": plan.wave_ends, "has_canary": plan.has_canary})
            self._advance(stage="billing", pages=plan.pages)
        if self._progress.stage == "billing":
            await self._bill_pages()
            await self._note("letters")
            self._advance(stage="letters")
        # Who was billed before a cancellation owes the quarter, and must be told like everybody else.
        await self._write_letters(reference)
        await self._hand_over_letters(reference)
        ending = self._ending()
        await self._note(ending)
        self._advance(stage=ending)
        return self._progress

    def _ending(self) -> str:
        if self._progress.pages_failed:
            return "incomplete"
        return "done" if self._progress.pages_done == self._progress.pages else "cancelled"

    async def _bill_pages(self) -> None:
        first, pages = self._input.ordinal, self._progress.pages
        for wave_end in self._input.wave_ends or (pages,):
            while first < wave_end:
                if not await self._may_go_on():
                    return
                self._begin_anew_when_long(ordinal=first)
                at_once = PAGES_AT_ONCE if workflow.patched(_SIX_PAGES) else _PAGES_AT_ONCE_BEFORE
                window = range(first, min(first + at_once, wave_end))
                await asyncio.gather(*(self._bill_page(ordinal) for ordinal in window))
                first = window.stop
                if first == wave_end < pages:
                    await self._wait_for_next_wave(after_canary=self._input.has_canary and self._is_first(wave_end))

    def _is_first(self, wave_end: int) -> bool:
        return wave_end == self._input.wave_ends[0]

    async def _wait_for_next_wave(self, *, after_canary: bool) -> None:
        """Wait for a person's go; a wave that is no canary also ends by itself, on the next working day."""
        self._go = False
        await self._note("awaitingGo" if after_canary else "betweenWaves")
        day = None if after_canary else next_working_day(business_today() + timedelta(days=1))
        await wait_until(lambda: self._go or self._cancelled, day=day)
        if not self._cancelled:
            await self._note("billing")

    async def _may_go_on(self) -> bool:
        """Wait while the run is paused; tell whether it was not cancelled."""
        if self._paused and not self._cancelled:
            await self._note("paused")
            await wait_until(lambda: not self._paused or self._cancelled, day=None)
            if not self._cancelled:
                await self._note(self._progress.stage)
        return not self._cancelled

    def _begin_anew_when_long(self, **where: object) -> None:
        """Go on in a new execution when this one's history is long; orders that were given are taken along."""
        if not workflow.info().is_continue_as_new_suggested():
            return
        given = {"paused": self._paused, "cancelled": self._cancelled, "progress": self._progress}
        workflow.continue_as_new(self._input.model_copy(update={**where, **given}))

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
            await self._may_go_on()
            partitions = sorted(cursors)
            following = await asyncio.gather(*(self._write_batch(reference, p, cursors[p]) for p in partitions))
            cursors = {
                partition: after for partition, after in zip(partitions, following, strict=True) if after is not None
            }
            if cursors:
                self._begin_anew_when_long(cursors=cursors)

    async def _write_batch(self, reference: RunReference, partition: int, after: str | None) -> str | None:
        step = LettersStep(run_id=reference.run_id, quarter=reference.quarter, partition=partition, after=after)
        if workflow.patched(_LETTERS_LATER):
            outcome = await insist(
                BillingRunActivities.write_notice_letters, step, part=str(partition), timeout_seconds=180
            )
        else:
            try:
                outcome = await workflow.execute_activity_method(
                    BillingRunActivities.write_notice_letters, step, **activity_options(timeout_seconds=180)
                )
            except ActivityError:
                self._advance(pages_failed=self._progress.pages_failed + 1)
                return None
        self._advance(letters=self._progress.letters + outcome.written)
        return outcome.next_after

    async def _hand_over_letters(self, reference: RunReference) -> None:
        """Hand the letters to who carries them; a post that is closed is tried again on the next working day."""
        found = await insist(BillingRunActivities.partitions_of_run, reference)
        cursors: dict[int, str | None] = dict.fromkeys(found.partitions)
        while cursors:
            await self._may_go_on()
            partitions = sorted(cursors)
            following = await asyncio.gather(*(self._hand_over_batch(reference, p, cursors[p]) for p in partitions))
            cursors = {
                partition: after for partition, after in zip(partitions, following, strict=True) if after is not None
            }
            if cursors:
                # What was handed over is not found again, so a new execution can begin at the front.
                self._begin_anew_when_long(cursors={_NO_PARTITION: None})

    async def _hand_over_batch(self, reference: RunReference, partition: int, after: str | None) -> str | None:
        step = HandOverStep(quarter=reference.quarter, partition=partition, today=business_today(), after=after)
        outcome = await insist(HAND_OVER_NOTICES, step, HandedOver, part=str(partition), timeout_seconds=180)
        self._advance(handed_over=self._progress.handed_over + outcome.taken)
        return outcome.next_after

    async def _note(self, status: str) -> None:
        await insist(
            BillingRunActivities.note_run_status,
            RunStatus(run_id=self._input.run_id, status=status, business_date=business_today()),
        )

    def _advance(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
