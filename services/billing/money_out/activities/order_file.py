"""Activities of BankFileRun: build the file, announce collections, ask two people, hand it over, follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from temporalio import activity

from services.billing.clients import AccountHolder, Affiliation, Bank
from services.billing.money_out.procedure import (
    BankApproval,
    BankRunProgress,
    BankRunStep,
    BankRunTask,
    BankTook,
    BuiltBankFile,
    FileAsked,
    FileDay,
)
from services.billing.money_out.rules import BankOrderKind, has_account, planned_collection_day
from services.billing.money_out.service import bank_orders, mandates
from services.billing.money_out.service.bank_orders import DueRefund, NewOrder, approved_file
from services.billing.money_out.service.file_content import collection, party, transfer
from services.billing.small_amounts.rules import refund_is_owed
from services.billing.subjects.service import no_longer_subject
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.approvals import approval_by_id, request_approval, require_approval
from shared.platform.auth import Role
from shared.platform.clock import business_moment
from shared.platform.database import Connection, Database
from shared.platform.documents import store_document
from shared.platform.partners import raise_while_quick
from shared.platform.service_client import CallFailed, PeerRefused
from shared.platform.tasks import open_task, overtake_task
from shared.treasury.payment_files import withdrawal_of
from shared.treasury.sepa.credit_transfer import Debtor, payment_file
from shared.treasury.sepa.direct_debit import Creditor, collection_file

REFUND_RELEASE_ACTION: Final = "refundFileRelease"
REFUND_FILE_ACTION: Final = "refundFile"
COLLECTION_RELEASE_ACTION: Final = "collectionFileRelease"
COLLECTION_FILE_ACTION: Final = "collectionFile"
#: Who asks for what is scheduled, and for the first of the two people.
REQUESTED_BY: Final = "billing"
#: The task that tells that the bank refused a file.
REFUSED_TASK: Final = "bankFileRefused"
ACCOUNT_TASK: Final = "refundAccountMissing"
#: Per kind of run, the two acts and who may decide on them; the second person is asked in the name of the first.
_ACTIONS: Final = {
    BankOrderKind.REFUND: ((REFUND_RELEASE_ACTION, "finance"), (REFUND_FILE_ACTION, "teamLead")),
    BankOrderKind.DIRECT_DEBIT: ((COLLECTION_RELEASE_ACTION, "finance"), (COLLECTION_FILE_ACTION, "teamLead")),
}
_EXECUTION_WORKING_DAYS: Final = 2
_TASK_DAYS: Final = 5


@dataclass
class BankFileActivities:
    """What a run needs: rows, accounts from affiliation, the bank."""

    database: Database
    parameters: Parameters
    fund: Fund
    affiliation: Affiliation
    bank: Bank

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_bank_file,
            self.build_bank_file,
            self.request_bank_file_approval,
            self.order_bank_file,
            self.release_bank_orders,
            self.send_bank_file,
            self.check_bank_run,
            self.open_bank_run_task,
        ]

    @activity.defn
    async def request_bank_file(self, day: FileDay) -> FileAsked:
        """Ask for the file of a day, when the policy in force names that day; whoever asked before had the same run."""
        policy = self.fund.on(day.scheduled_on).policy
        refund = day.kind is BankOrderKind.REFUND
        if day.scheduled_on.day != (policy.refund_file_day if refund else policy.collection_file_day):
            return FileAsked()
        async with self.database.transaction() as connection:
            run_id, _ = await bank_orders.request_run(
                connection,
                kind=day.kind,
                business_date=day.today,
                execution_on=None if refund else planned_collection_day(today=day.today),
                requested_by=REQUESTED_BY,
            )
            run = await bank_orders.read_run(connection, run_id=run_id)
        return FileAsked(workflow_id=run["workflow_id"])

    @activity.defn
    async def build_bank_file(self, step: BankRunStep) -> BuiltBankFile:
        """Write the file of a run once; who cannot be paid is left out, with a task when something must be paid."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
        if run["sha256"] is not None or run["status"] != "requested":
            return BuiltBankFile(file_sha256=run["sha256"])
        if run["kind"] == BankOrderKind.REFUND:
            return await self._build_refunds(run, step.today)
        return await self._build_collections(run, step.today)

    async def _build_refunds(self, run: dict[str, Any], today: date) -> BuiltBankFile:
        async with self.database.transaction() as connection:
            await bank_orders.order_refunds_of_ceased(connection, today=today)
            due = await bank_orders.due_refunds(connection)
        holders = await self._holders([refund.dossier for refund in due], "refund of contributions")
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=run["run_id"], lock=True)
            if run["sha256"] is not None:
                return BuiltBankFile(file_sha256=run["sha256"])
            payable = await self._payable(connection, due, holders, today)
            if not payable:
                return await _nothing(connection, run)
            execution_on = add_working_days(today, _EXECUTION_WORKING_DAYS)
            content = payment_file(
                message_id=run["message_id"],
                created_at=business_moment(run["business_date"]),
                execution_on=execution_on,
                debtor=Debtor(**party(self.fund.on(run["business_date"]))),
                transfers=[transfer(*one) for one in payable],
            )
            orders = [
                NewOrder(
                    dossier=refund.dossier,
                    key=refund.refund_id,
                    attempt=refund.attempt,
                    amount_cents=cents,
                    refund_id=refund.refund_id,
                )
                for refund, _, cents in payable
            ]
            return await _keep(connection, run, content, orders, execution_on, today)

    async def _payable(
        self, connection: Connection, due: list[DueRefund], holders: dict[UUID, AccountHolder], today: date
    ) -> list[tuple[DueRefund, AccountHolder, int]]:
        """Choose what is paid, as far as the credit goes; ask for an account only where the refund is owed."""
        dossiers = [refund.dossier for refund in due]
        credits_left = await bank_orders.credits_behind_locks(connection, dossiers=dossiers)
        left = await no_longer_subject(connection, dossiers=dossiers, on=today)
        payable = []
        for refund in due:
            holder = holders.get(refund.dossier)
            credit = credits_left.get(refund.dossier, 0)
            account_known = holder is not None and has_account(holder.account_number)
            cents = min(refund.amount_cents, credit)
            if not refund_is_owed(
                credit_cents=credit,
                on=today,
                still_subject=refund.dossier not in left,
                asked=refund.cause == bank_orders.ASKED,
                account_known=account_known,
                parameters=self.parameters,
            ):
                continue
            if holder is None or not account_known:
                await _ask_for_account(connection, refund, cents, today)
                continue
            credits_left[refund.dossier] -= cents
            payable.append((refund, holder, cents))
        return payable

    async def _build_collections(self, run: dict[str, Any], today: date) -> BuiltBankFile:
        collection_on: date = run["execution_on"]
        async with self.database.transaction() as connection:
            found = await mandates.due_collections(connection, collection_on=collection_on)
        holders = await self._holders([one.dossier for one in found], "direct debit of contributions")
        due = [one for one in found if one.dossier in holders]
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=run["run_id"], lock=True)
            if run["sha256"] is not None:
                return BuiltBankFile(file_sha256=run["sha256"])
            if not due:
                return await _nothing(connection, run)
            content = collection_file(
                message_id=run["message_id"],
                created_at=business_moment(run["business_date"]),
                collection_on=collection_on,
                creditor=Creditor(**party(self.fund.on(run["business_date"]))),
                collections=[collection(one, holders[one.dossier]) for one in due],
            )
            orders = [
                NewOrder(
                    dossier=one.dossier,
                    key=one.mandate_id,
                    attempt=one.attempt,
                    amount_cents=one.amount_cents,
                    mandate_id=one.mandate_id,
                    sequence=one.sequence,
                )
                for one in due
            ]
            return await _keep(connection, run, content, orders, collection_on, today)

    @activity.defn
    async def request_bank_file_approval(self, step: BankRunStep) -> BankApproval:
        """Ask whoever of the two people has not been asked yet to look at exactly these bytes; say how far they are."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
            requested_by = REQUESTED_BY
            for action, role in _ACTIONS[BankOrderKind(run["kind"])]:
                approval_id = await request_approval(
                    connection,
                    action=action,
                    reference=str(step.run_id),
                    payload=approved_file(run),
                    requested_by=requested_by,
                    summary={**approved_file(run), "businessDate": run["business_date"].isoformat()},
                    workflow_id=step.workflow_id,
                    role=role,
                )
                decided = await approval_by_id(connection, approval_id=approval_id)
                if decided["decision"] != "approved":
                    return BankApproval(status=decided["decision"] or "waiting")
                requested_by = decided["decided_by"]
        return BankApproval(status="approved")

    @activity.defn
    async def order_bank_file(self, step: BankRunStep) -> None:
        """Check both approvals against the very bytes, keep the file and mark its orders, in one transaction."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id, lock=True)
            if run["status"] != "approval":
                return
            run["sha256"] = sha256(run["content"]).hexdigest()
            for action, _ in _ACTIONS[BankOrderKind(run["kind"])]:
                await require_approval(
                    connection, action=action, reference=str(step.run_id), payload=approved_file(run)
                )
            suffix = "pain.001" if run["kind"] == BankOrderKind.REFUND else "pain.008"
            await store_document(
                connection,
                kind="bankFile",
                reference=str(step.run_id),
                dossier=None,
                language=None,
                media_type="application/xml",
                name=f"bank/{run['message_id']}.{suffix}.xml",
                content=bytes(run["content"]),
                business_date=run["business_date"],
                readers=(Role.FINANCE,),
            )
            await bank_orders.order(connection, run_id=step.run_id)

    @activity.defn
    async def release_bank_orders(self, step: BankRunStep) -> None:
        """Give what was in a refused file back: refunds to the credits, collections to the next run."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id, lock=True)
            if run["status"] == "approval":
                await bank_orders.release(connection, run_id=step.run_id, today=step.today)

    @activity.defn
    async def send_bank_file(self, step: BankRunStep) -> BankTook:
        """Hand the file to the bank; its message id makes a second delivery harmless.

        A file two people withdrew is not delivered; while one of them still has to decide, it waits.
        """
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id, lock=True)
            kept = await self._withdrawn(connection, run, step)
        if kept is not None:
            return kept
        try:
            await self.bank.send_file(message_id=run["message_id"], content=bytes(run["content"]))
        except PeerRefused:
            async with self.database.transaction() as connection:
                await bank_orders.note_delivery(
                    connection, run_id=step.run_id, refused_on=step.today, withdrawal_asked_on=None
                )
            return BankTook(outcome="refused")
        except CallFailed as error:
            raise_while_quick(error)
            return BankTook(outcome="unavailable")
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id, lock=True)
            if run["status"] == "ordered":
                await bank_orders.set_status(connection, run_id=step.run_id, status="sent")
        return BankTook(outcome="accepted")

    async def _withdrawn(self, connection: Connection, run: dict[str, Any], step: BankRunStep) -> BankTook | None:
        """Withdraw a file when two people said so; None when it is to be delivered."""
        if run["status"] == "withdrawn":
            return BankTook(outcome="withdrawn")
        if run["status"] != "ordered":
            return None
        wish = await withdrawal_of(
            connection,
            action=bank_orders.WITHDRAWAL_ACTION,
            payload=approved_file(run),
            asked_on=run["withdrawal_asked_on"],
        )
        if wish == "waiting":
            return BankTook(outcome="refused")
        if wish == "approved":
            await bank_orders.release(connection, run_id=step.run_id, today=step.today, status="withdrawn")
            await overtake_task(
                connection,
                kind=REFUSED_TASK,
                reference=str(step.run_id),
                resolved_by=REQUESTED_BY,
                resolution="withdrawn",
            )
            return BankTook(outcome="withdrawn")
        await bank_orders.note_delivery(connection, run_id=step.run_id, refused_on=None, withdrawal_asked_on=None)
        return None

    @activity.defn
    async def check_bank_run(self, step: BankRunStep) -> BankRunProgress:
        """Say whether the bank reported on every order; then the run is completed."""
        async with self.database.transaction() as connection:
            settled = await bank_orders.unsettled(connection, run_id=step.run_id) == 0
            if settled:
                await bank_orders.set_status(connection, run_id=step.run_id, status="completed")
        return BankRunProgress(settled=settled)

    @activity.defn
    async def open_bank_run_task(self, task: BankRunTask) -> None:
        """Give a person work about a run, once."""
        async with self.database.transaction() as connection:
            await open_task(
                connection,
                kind=task.kind,
                reference=str(task.run_id),
                dossier=None,
                due_on=task.due_on,
                role="finance",
                details={"runId": str(task.run_id)},
            )

    async def _holders(self, dossiers: list[Any], purpose: str) -> dict[Any, AccountHolder]:
        if not dossiers:
            return {}
        return await self.affiliation.account_holders(sorted(set(dossiers)), purpose=purpose)


async def _ask_for_account(connection: Connection, refund: DueRefund, cents: int, today: date) -> None:
    await open_task(
        connection,
        kind=ACCOUNT_TASK,
        reference=str(refund.refund_id),
        dossier=refund.dossier,
        due_on=add_working_days(today, _TASK_DAYS),
        role="affiliationAgent",
        details={"fileNumber": refund.file_number, "amountCents": cents},
    )


async def _nothing(connection: Connection, run: dict[str, Any]) -> BuiltBankFile:
    await bank_orders.set_status(connection, run_id=run["run_id"], status="nothingDue")
    return BuiltBankFile()


async def _keep(
    connection: Connection,
    run: dict[str, Any],
    content: bytes,
    orders: list[NewOrder],
    execution_on: date,
    today: date,
) -> BuiltBankFile:
    digest = sha256(content).hexdigest()
    await bank_orders.keep_file(
        connection, run=run, content=content, sha256=digest, orders=orders, execution_on=execution_on, today=today
    )
    return BuiltBankFile(file_sha256=digest)
