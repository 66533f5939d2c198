"""Activities of a file for the bank from when it is built: ask two people, order, hand over, withdraw, follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import wraps
from hashlib import sha256
from typing import Any, Final, Generic

from temporalio import activity

from shared.platform.calls.auth import Role
from shared.platform.calls.partners import raise_while_quick
from shared.platform.calls.service_client import CallFailed, PeerRefused
from shared.platform.database.connections import Connection, Database
from shared.platform.people.approvals import approval_by_id, request_approval, require_approval
from shared.platform.people.documents import store_document
from shared.treasury.bank import Bank
from shared.treasury.files import FileWork, RunT
from shared.treasury.procedure import ApprovalProgress, BankAnswer, FileStep, RunProgress, RunTask
from shared.treasury.withdrawals import withdrawal_of

#: Who decides first and second; the second person is asked in the name of the first, so that nobody decides both.
_ROLES: Final = ("finance", "teamLead")


@dataclass(frozen=True, kw_only=True)
class FileActivities(Generic[RunT]):
    """What every file goes through, under the names of a service."""

    database: Database
    bank: Bank
    work: FileWork[RunT]

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        steps = self.work.steps
        return [
            _named(steps.ask, self.ask),
            _named(steps.order, self.order),
            _named(steps.release, self.release),
            _named(steps.send, self.send),
            _named(steps.check, self.check),
            _named(steps.open_task, self.open_task),
        ]

    async def ask(self, step: FileStep) -> ApprovalProgress:
        """Ask whoever of the two people has not been asked yet to look at exactly these bytes; say how far they are."""
        async with self.database.transaction() as connection:
            run = await self.work.tables.read(connection, run_id=step.run_id)
            requested_by = self.work.service
            for action, role in zip(self.work.kind_of(run).acts, _ROLES, strict=True):
                approval_id = await request_approval(
                    connection,
                    action=action,
                    reference=str(step.run_id),
                    payload=run.approved(),
                    requested_by=requested_by,
                    summary={**run.approved(), "businessDate": run.business_date.isoformat()},
                    workflow_id=step.workflow_id,
                    role=role,
                )
                decided = await approval_by_id(connection, approval_id=approval_id)
                if decided["decision"] != "approved":
                    return ApprovalProgress(status=decided["decision"] or "waiting")
                requested_by = decided["decided_by"]
        return ApprovalProgress(status="approved")

    async def order(self, step: FileStep) -> None:
        """Check both approvals against the very bytes, keep the file and mark what is in it, in one transaction."""
        tables = self.work.tables
        async with self.database.transaction() as connection:
            run = await tables.read(connection, run_id=step.run_id, lock=True)
            if run.status != "approval":
                return
            content = await tables.content(connection, run_id=step.run_id)
            run = replace(run, file_sha256=sha256(content).hexdigest())
            kind = self.work.kind_of(run)
            for action in kind.acts:
                await require_approval(
                    connection, action=action, reference=str(step.run_id), payload=run.approved()
                )
            await store_document(
                connection,
                kind="bankFile",
                reference=str(step.run_id),
                dossier=None,
                language=None,
                media_type="application/xml",
                name=f"bank/{run.message_id}.{kind.message}.xml",
                content=content,
                business_date=run.business_date,
                readers=(Role.FINANCE,),
            )
            await self.work.order(connection, run, step.today)
            await tables.set_status(connection, run_id=step.run_id, status="ordered")

    async def release(self, step: FileStep) -> None:
        """Give back what was in a file that one of the two people refused."""
        async with self.database.transaction() as connection:
            run = await self.work.tables.read(connection, run_id=step.run_id, lock=True)
            if run.status == "approval":
                await self._give_back(connection, run, step, status="refused")

    async def send(self, step: FileStep) -> BankAnswer:
        """Hand the file to the bank; its message id makes a second delivery harmless.

        A file two people withdrew is not delivered; while one of them still has to decide, it waits.
        """
        tables = self.work.tables
        async with self.database.transaction() as connection:
            run = await tables.read(connection, run_id=step.run_id, lock=True)
            content = await tables.content(connection, run_id=step.run_id)
            kept = await self._withdrawn(connection, run, step)
        if kept is not None:
            return kept
        if run.status not in {"ordered", "sent", "completed"}:
            raise LookupError("the file was not ordered")
        try:
            await self.bank.send_file(message_id=run.message_id, content=content)
        except PeerRefused:
            async with self.database.transaction() as connection:
                await tables.note_delivery(
                    connection, run_id=step.run_id, refused_on=step.today, withdrawal_asked_on=None
                )
            return BankAnswer(outcome="refused")
        except CallFailed as error:
            raise_while_quick(error)
            return BankAnswer(outcome="unavailable")
        async with self.database.transaction() as connection:
            run = await tables.read(connection, run_id=step.run_id, lock=True)
            if run.status == "ordered":
                await tables.set_status(connection, run_id=step.run_id, status="sent")
        return BankAnswer(outcome="accepted")

    async def check(self, step: FileStep) -> RunProgress:
        """Say whether the bank reported on everything in the file; then the run is completed."""
        async with self.database.transaction() as connection:
            settled = await self.work.tables.settled(connection, run_id=step.run_id)
            if settled:
                await self.work.tables.set_status(connection, run_id=step.run_id, status="completed")
                await self.work.end_tasks(connection, step.run_id, "completed")
        return RunProgress(settled=settled)

    async def open_task(self, task: RunTask) -> None:
        """Give a person work about a run."""
        async with self.database.transaction() as connection:
            await self.work.open_task(connection, task)

    async def _withdrawn(self, connection: Connection, run: RunT, step: FileStep) -> BankAnswer | None:
        """Withdraw a file when two people said so; None when it is to be delivered."""
        if run.status == "withdrawn":
            return BankAnswer(outcome="withdrawn")
        if run.status != "ordered":
            return None
        wish = await withdrawal_of(connection, action=self.work.withdrawal, run=run)
        if wish == "waiting":
            return BankAnswer(outcome="refused")
        if wish == "approved":
            await self._give_back(connection, run, step, status="withdrawn")
            await self.work.end_tasks(connection, step.run_id, "withdrawn")
            return BankAnswer(outcome="withdrawn")
        await self.work.tables.note_delivery(
            connection, run_id=step.run_id, refused_on=None, withdrawal_asked_on=None
        )
        return None

    async def _give_back(self, connection: Connection, run: RunT, step: FileStep, *, status: str) -> None:
        await self.work.give_back(connection, run, step.today)
        await self.work.tables.set_status(connection, run_id=step.run_id, status=status)


def _named(name: str, work: Callable[[Any], Awaitable[Any]]) -> Callable[..., Any]:
    """Return an activity under the name a service gives it; its argument and answer are those of the work."""

    @activity.defn(name=name)
    @wraps(work)
    async def run(argument: Any) -> Any:
        return await work(argument)

    return run
