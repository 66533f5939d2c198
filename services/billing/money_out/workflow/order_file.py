"""BankFileRun: what is paid back or collected becomes one file, approved by two people and reported by the bank."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.money_out.activities.announcements import CollectionLetterActivities
    from services.billing.money_out.activities.order_file import BankFileActivities
    from services.billing.money_out.procedure import (
        AnnounceStep,
        BankReported,
        BankRunEnd,
        BankRunInput,
        BankRunStep,
        BankRunTask,
    )
    from shared.law.calendar import add_working_days
    from shared.platform.approvals import ApprovalDecided
    from shared.platform.persistence import insist
    from shared.platform.workflow_clock import business_today, wait_until

#: Working days after which a person is told that nobody approved, and that the bank is silent.
APPROVAL_WORKING_DAYS = 3
BANK_WORKING_DAYS = 15


@workflow.defn
class BankFileRun:
    """Pays back each refund once, or collects each debt once, in a file whose very bytes two people saw."""

    @workflow.init
    def __init__(self, run: BankRunInput) -> None:
        """Begin with nothing heard."""
        self._run_id = run.run_id
        self._decisions = 0
        self._reports = 0

    @workflow.run
    async def run(self, run: BankRunInput) -> BankRunEnd:
        """Play one run to its end."""
        built = await insist(BankFileActivities.build_bank_file, self._step(), timeout_seconds=120)
        if built.file_sha256 is None:
            return BankRunEnd(outcome="nothingDue")
        await self._announce()
        if not await self._approved():
            await insist(BankFileActivities.release_bank_orders, self._step())
            return await self._end(BankRunEnd(outcome="refused"))
        await insist(BankFileActivities.order_bank_file, self._step())
        if not await self._sent():
            return await self._end(BankRunEnd(outcome="withdrawn"))
        await self._settle(run.run_id)
        return await self._end(BankRunEnd(outcome="completed"))

    async def _announce(self) -> None:
        """Tell the debtors of direct debits, page after page."""
        after: int | None = 0
        while after is not None:
            step = AnnounceStep(run_id=self._run_id, today=business_today(), after=after)
            told = await insist(
                CollectionLetterActivities.write_prenotifications, step, timeout_seconds=300, heartbeat_seconds=60
            )
            after = None if told is None else told.next_after

    async def _approved(self) -> bool:
        while True:
            heard = self._decisions
            progress = await insist(BankFileActivities.request_bank_file_approval, self._step())
            if progress.status != "waiting":
                return progress.status == "approved"
            wake_on = add_working_days(business_today(), APPROVAL_WORKING_DAYS)
            if not await wait_until(lambda heard=heard: self._decisions > heard, day=wake_on):  # type: ignore[misc]
                await self._task(self._run_id, "bankFileApprovalLate", business_today())

    async def _sent(self) -> bool:
        """Hand the file over; a bank that is down or refuses is tried again on the next working day.

        Two people can withdraw a file the bank refuses for good; then nothing is sent any more.
        """
        while True:
            heard = self._decisions
            answer = await insist(BankFileActivities.send_bank_file, self._step())
            if answer.outcome in {"accepted", "withdrawn"}:
                return answer.outcome == "accepted"
            if answer.outcome == "refused":
                await self._task(self._run_id, "bankFileRefused", add_working_days(business_today(), 1))
            again_on = add_working_days(business_today(), 1)
            await wait_until(lambda heard=heard: self._decisions > heard, day=again_on)  # type: ignore[misc]

    async def _settle(self, run_id: UUID) -> None:
        while True:
            heard = self._reports
            progress = await insist(BankFileActivities.check_bank_run, self._step())
            if progress.settled:
                return
            wake_on = add_working_days(business_today(), BANK_WORKING_DAYS)
            if not await wait_until(lambda heard=heard: self._reports > heard, day=wake_on):  # type: ignore[misc]
                await self._task(run_id, "bankSilentOnFile", business_today())

    async def _task(self, run_id: UUID, kind: str, due_on: date) -> None:
        await insist(BankFileActivities.open_bank_run_task, BankRunTask(run_id=run_id, kind=kind, due_on=due_on))

    def _step(self) -> BankRunStep:
        return BankRunStep(run_id=self._run_id, today=business_today(), workflow_id=workflow.info().workflow_id)

    async def _end(self, end: BankRunEnd) -> BankRunEnd:
        await workflow.wait_condition(workflow.all_handlers_finished)
        return end

    @workflow.signal(name="approval_decided")
    def approval_decided(self, decided: ApprovalDecided) -> None:
        """Hear that one of the two people decided; what they said is read where it was kept."""
        del decided
        self._decisions += 1

    @workflow.signal(name="bank_reported")
    def bank_reported(self, report: BankReported) -> None:
        """Hear that the bank told something."""
        del report
        self._reports += 1
