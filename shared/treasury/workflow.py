"""The procedure of a file for the bank from when it is built: two people, sending, the bank's reports."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from shared.law.calendar import add_working_days
    from shared.platform.people.approvals import ApprovalDecided
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, wait_until
    from shared.treasury.procedure import (
        ApprovalProgress,
        BankAnswer,
        BankReported,
        FileRunEnd,
        FileStep,
        RunProgress,
        RunTask,
        Steps,
    )

#: Working days after which a person is told that nobody approved.
APPROVAL_WORKING_DAYS = 3


class FileProcedure:
    """What the workflows of files have in common; a service's own builds the file and calls ``deliver``."""

    steps: ClassVar[Steps]

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._decisions = 0
        self._reports = 0

    async def deliver(self, run_id: UUID) -> FileRunEnd:
        """Play a run whose very bytes two people have to see, to its end."""
        if not await self._approved(run_id):
            await insist(self.steps.release, file_step(run_id), object)
            return await _end(FileRunEnd(outcome="refused"))
        await insist(self.steps.order, file_step(run_id), object)
        if not await self._sent(run_id):
            return await _end(FileRunEnd(outcome="withdrawn"))
        await self._settle(run_id)
        return await _end(FileRunEnd(outcome="completed"))

    async def _approved(self, run_id: UUID) -> bool:
        while True:
            heard = self._decisions
            progress = await insist(self.steps.ask, file_step(run_id), ApprovalProgress)
            if progress.status != "waiting":
                return progress.status == "approved"
            wake_on = add_working_days(business_today(), APPROVAL_WORKING_DAYS)
            if not await wait_until(lambda heard=heard: self._decisions > heard, day=wake_on):  # type: ignore[misc]
                await self._task(run_id, self.steps.approval_late, business_today())

    async def _sent(self, run_id: UUID) -> bool:
        """Hand the file over; a bank that is down or refuses is tried again on the next working day.

        Two people can withdraw a file the bank refuses for good; then nothing is sent any more.
        """
        while True:
            heard = self._decisions
            answer = await insist(self.steps.send, file_step(run_id), BankAnswer)
            if answer.outcome in {"accepted", "withdrawn"}:
                return answer.outcome == "accepted"
            if answer.outcome == "refused":
                await self._task(run_id, self.steps.file_refused, add_working_days(business_today(), 1))
            again_on = add_working_days(business_today(), 1)
            await wait_until(lambda heard=heard: self._decisions > heard, day=again_on)  # type: ignore[misc]

    async def _settle(self, run_id: UUID) -> None:
        while True:
            heard = self._reports
            progress = await insist(self.steps.check, file_step(run_id), RunProgress)
            if progress.settled:
                return
            wake_on = add_working_days(business_today(), self.steps.bank_working_days)
            if not await wait_until(lambda heard=heard: self._reports > heard, day=wake_on):  # type: ignore[misc]
                await self._task(run_id, self.steps.bank_silent, business_today())

    async def _task(self, run_id: UUID, kind: str, due_on: date) -> None:
        task = RunTask(run_id=run_id, kind=kind, due_on=due_on, today=business_today())
        await insist(self.steps.open_task, task, object)

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


def file_step(run_id: UUID) -> FileStep:
    """Give the argument of a step of this procedure's run today."""
    return FileStep(run_id=run_id, today=business_today(), workflow_id=workflow.info().workflow_id)


async def _end(end: FileRunEnd) -> FileRunEnd:
    await workflow.wait_condition(workflow.all_handlers_finished)
    return end
