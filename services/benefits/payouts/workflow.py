"""PayoutRun: what is due becomes one bank file, released and approved by two people and confirmed by the bank."""

from __future__ import annotations

from datetime import date
from typing import TypeVar
from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from services.benefits.claims.procedure import Nothing, OnDay
    from services.benefits.payouts.procedure import (
        ApprovalInput,
        ApprovalProgress,
        BankAnswer,
        BankReported,
        BuiltFile,
        CollectedRun,
        CollectInput,
        PayoutDay,
        PayoutRunAsked,
        PayoutRunEnd,
        RunProgress,
        RunTask,
    )
    from shared.law.calendar import add_working_days
    from shared.platform.approvals import ApprovalDecided
    from shared.platform.persistence import insist
    from shared.platform.schedules import ScheduledRun
    from shared.platform.workflow_clock import business_today, scheduled_date, wait_until

    Answer = TypeVar("Answer", bound=BaseModel)

#: Working days after which a person is told that nobody approved, and that the bank is silent.
APPROVAL_WORKING_DAYS = 3
BANK_WORKING_DAYS = 4


@workflow.defn(name="ScheduledPayoutRun")
class ScheduledPayoutRun:
    """Asks for the payout run of the day it was scheduled for, when that is the fund's day of payment."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> PayoutRunAsked:
        """Ask for the run; a day has one run under one id, whoever asks and however often."""
        day = PayoutDay(business_date=scheduled_date(scheduled))
        return await insist("request_payout_run", day, PayoutRunAsked)


@workflow.defn(name="PayoutRun")
class PayoutRun:
    """Pays each month of each claim once, in a file whose very bytes two people saw."""

    @workflow.init
    def __init__(self, start: ScheduledRun) -> None:  # noqa: ARG002 - the server gives it to both
        """Begin with nothing heard."""
        self._decisions = 0
        self._reports = 0

    @workflow.run
    async def run(self, start: ScheduledRun) -> PayoutRunEnd:
        """Play one run (programme law of 26-12-2022, art. 195: pay as soon as it is decided)."""
        business_date = scheduled_date(start)
        workflow_id = workflow.info().workflow_id
        collect = CollectInput(business_date=business_date, workflow_id=workflow_id)
        collected = await self._do("collect_payouts", collect, CollectedRun)
        run_id = collected.run_id
        if collected.payouts == 0:
            return PayoutRunEnd(outcome="nothingDue")
        built = await self._do("build_payment_file", self._today(run_id), BuiltFile)
        if built.file_sha256 is None:
            return PayoutRunEnd(outcome="nothingDue")
        if not await self._approved(run_id, workflow_id):
            await self._do("release_payouts", self._today(run_id), Nothing)
            return await self._end(PayoutRunEnd(outcome="refused"))
        await self._do("order_payouts", self._today(run_id), Nothing)
        if not await self._sent(run_id):
            return await self._end(PayoutRunEnd(outcome="withdrawn"))
        await self._settle(run_id)
        return await self._end(PayoutRunEnd(outcome="completed"))

    async def _approved(self, run_id: UUID, workflow_id: str) -> bool:
        request = ApprovalInput(run_id=run_id, today=business_today(), workflow_id=workflow_id)
        while True:
            heard = self._decisions
            progress = await self._do("request_payout_approval", request, ApprovalProgress)
            if progress.status != "waiting":
                return progress.status == "approved"
            wake_on = add_working_days(business_today(), APPROVAL_WORKING_DAYS)
            if not await wait_until(lambda heard=heard: self._decisions > heard, day=wake_on):  # type: ignore[misc]
                await self._task(run_id, "payoutApprovalLate", business_today())

    async def _sent(self, run_id: UUID) -> bool:
        """Hand the file over; a bank that is down or refuses is tried again on the next working day.

        Two people can withdraw a file the bank refuses for good; then nothing is sent any more.
        """
        while True:
            heard = self._decisions
            answer = await self._do("send_payment_file", self._today(run_id), BankAnswer)
            if answer.outcome in {"accepted", "withdrawn"}:
                return answer.outcome == "accepted"
            if answer.outcome == "refused":
                await self._task(run_id, "payoutFileRefused", add_working_days(business_today(), 1))
            again_on = add_working_days(business_today(), 1)
            await wait_until(lambda heard=heard: self._decisions > heard, day=again_on)  # type: ignore[misc]

    async def _settle(self, run_id: UUID) -> None:
        heard = 0
        while True:
            heard = self._reports
            progress = await self._do("check_payout_run", self._today(run_id), RunProgress)
            if progress.settled:
                return
            wake_on = add_working_days(business_today(), BANK_WORKING_DAYS)
            if not await wait_until(lambda heard=heard: self._reports > heard, day=wake_on):  # type: ignore[misc]
                await self._task(run_id, "bankSilent", business_today())

    async def _do(self, name: str, argument: BaseModel, answer: type[Answer]) -> Answer:
        return await insist(name, argument, answer)

    async def _task(self, run_id: UUID, kind: str, due_on: date) -> None:
        task = RunTask(run_id=run_id, kind=kind, due_on=due_on, today=business_today())
        await self._do("open_run_task", task, Nothing)

    def _today(self, run_id: UUID) -> OnDay:
        return OnDay(reference=run_id, today=business_today())

    async def _end(self, end: PayoutRunEnd) -> PayoutRunEnd:
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
