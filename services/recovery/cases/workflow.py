"""The procedure of one recovery case, from the first overdue debt to paid, relieved, or at the bailiff."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta

    from services.recovery.cases.activities import CaseActivities
    from services.recovery.ladder.procedure import (
        RECOVERY_CASE,
        STEP_ACTIVITIES,
        WITHDRAW_MANDATE,
        CaseEnd,
        CaseOutlook,
        CaseSignal,
        CaseStart,
        LookAtCase,
        StepFailed,
        StepResult,
        StepTaken,
        TakeStep,
        WithdrawMandate,
    )
    from services.recovery.ladder.rules.picture import OutlookKind, Step
    from shared.law.calendar import next_working_day
    from shared.platform.people.approvals import ApprovalDecided
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, sleep_until, wait_until


@workflow.defn(name=RECOVERY_CASE)
class RecoveryCase:
    """Looks at the case, takes the step that is due, or waits for its date or for news; ends when it is closed.

    What is next is decided in an activity from the rows and the rules in force that day, and its answer is kept in
    the history: a change of law or policy needs no change here.
    """

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        """Begin with a look at the debts: they may have changed before the procedure started."""
        self._case = start
        self._seen = list(start.seen_events)
        self._news = False
        self._debts_changed = True
        self._last_step: TakeStep | None = None

    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        """Play the case to its end."""
        while True:
            outlook = await self._look()
            if outlook.closed:
                await self._stop_bailiff(withdraw=outlook.withdraw)
                await workflow.wait_condition(workflow.all_handlers_finished)
                return CaseEnd(case_id=start.case_id, outcome=outlook.outcome or "")
            if outlook.kind is OutlookKind.DUE and outlook.step is not None:
                await self._take(outlook, outlook.step)
            elif not await wait_until(lambda: self._news, day=outlook.on):
                # A case that was looked at again on its date also asks whether its debts are still open.
                self._debts_changed = True
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(start.model_copy(update={"seen_events": tuple(self._seen)}))

    async def _look(self) -> CaseOutlook:
        today = business_today()
        self._news = False
        debts_changed, self._debts_changed = self._debts_changed, False
        request = LookAtCase(case_id=self._case.case_id, today=today, debts_changed=debts_changed)
        outlook = await insist(CaseActivities.look_at_case, request, timeout_seconds=60)
        if business_today() > today:
            # It took days: what was heard meanwhile is looked at next, and so is what billing says by now.
            self._news = self._debts_changed = True
        return outlook

    async def _take(self, outlook: CaseOutlook, step: Step) -> None:
        request = TakeStep(
            case_id=self._case.case_id,
            dossier=self._case.dossier,
            step=step,
            attempt=outlook.attempt,
            today=business_today(),
        )
        try:
            taken: StepTaken = await workflow.execute_activity(
                STEP_ACTIVITIES[step], request, result_type=StepTaken, **activity_options(timeout_seconds=60)
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            await self._report_failure(request)
            await self._wait_for_tomorrow(request)
            return
        if taken.result is StepResult.NOTHING_OPEN:
            self._debts_changed = True
        elif request == self._last_step:
            # Rows and rules ask the same step twice on one day: waiting for tomorrow or for news is right, turning
            # round is not.
            await self._wait_for_tomorrow(request)
        self._last_step = request

    async def _stop_bailiff(self, *, withdraw: bool) -> None:
        """See to it that nobody who paid is visited by a bailiff; tried each working day until it is heard."""
        while withdraw:
            today = business_today()
            request = WithdrawMandate(case_id=self._case.case_id, dossier=self._case.dossier, today=today)
            taken = await insist(WITHDRAW_MANDATE, request, StepTaken)
            withdraw = taken.result is StepResult.POSTPONED
            if withdraw:
                await sleep_until(next_working_day(business_today() + timedelta(days=1)))

    async def _report_failure(self, request: TakeStep) -> None:
        failed = StepFailed(case_id=request.case_id, dossier=request.dossier, step=request.step, today=request.today)
        await insist(CaseActivities.report_failure, failed)

    async def _wait_for_tomorrow(self, request: TakeStep) -> None:
        await wait_until(lambda: self._news, day=request.today + timedelta(days=1))

    def _note(self, event_id: str, *, debts: bool = False) -> None:
        if event_id in self._seen:
            return
        # Only the latest are kept: a dispatch row is delivered again within minutes, or never.
        self._seen = [*self._seen[-199:], event_id]
        self._news = True
        self._debts_changed = self._debts_changed or debts

    @workflow.signal
    def debts_changed(self, signal: CaseSignal) -> None:
        """A debt joined the case or was partly paid."""
        self._note(str(signal.event_id), debts=True)

    @workflow.signal
    def settled(self, signal: CaseSignal) -> None:
        """A quarter was paid or waived."""
        self._note(str(signal.event_id), debts=True)

    @workflow.signal
    def contact_recorded(self, signal: CaseSignal) -> None:
        """Somebody spoke with the debtor, or tried to."""
        self._note(str(signal.event_id))

    @workflow.signal
    def delivery_reported(self, signal: CaseSignal) -> None:
        """The post told what became of the registered letter."""
        self._note(str(signal.event_id))

    @workflow.signal
    def approval_decided(self, decided: ApprovalDecided) -> None:
        """A second person approved or refused the warrant."""
        self._note(f"{decided.approval_id}:{decided.decision}")

    @workflow.signal
    def bailiff_reported(self, signal: CaseSignal) -> None:
        """The bailiff told what became of the warrant."""
        self._note(str(signal.event_id))

    @workflow.signal
    def hold_changed(self, signal: CaseSignal) -> None:
        """A hold was placed or lifted, or a claim was decided."""
        self._note(str(signal.event_id))

    @workflow.signal
    def resumed(self, signal: CaseSignal) -> None:
        """A person took up a blocked case again."""
        self._note(str(signal.event_id))
