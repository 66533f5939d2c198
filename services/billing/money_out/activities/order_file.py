"""Activities of BankFileRun that are its own: ask for the file of a day, build it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from temporalio import activity

from services.billing.clients import AccountHolder, Affiliation
from services.billing.money_out.procedure import FileDay
from services.billing.money_out.rules import BankOrderKind, has_account, planned_collection_day
from services.billing.money_out.service import bank_orders, mandates
from services.billing.money_out.service.bank_orders import DueRefund, NewOrder
from services.billing.money_out.service.file_content import collection, transfer
from services.billing.money_out.service.file_work import REQUESTED_BY
from services.billing.money_out.store import RUNS, BankRun
from services.billing.small_amounts.rules import refund_is_owed
from services.billing.subjects.service import no_longer_subject
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection, Database
from shared.platform.people.tasks import open_task
from shared.platform.temporal.clock import business_moment
from shared.treasury.procedure import BuiltFile, FileAsked, FileStep
from shared.treasury.sepa.credit_transfer import payment_file
from shared.treasury.sepa.direct_debit import collection_file
from shared.treasury.sepa.party import fund_party

ACCOUNT_TASK: Final = "refundAccountMissing"
_EXECUTION_WORKING_DAYS: Final = 2
_TASK_DAYS: Final = 5


@dataclass
class BankFileActivities:
    """What building a file needs: rows, and accounts from affiliation."""

    database: Database
    parameters: Parameters
    fund: Fund
    affiliation: Affiliation

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_bank_file,
            self.build_bank_file,
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
            run = await RUNS.read(connection, run_id=run_id)
        return FileAsked(workflow_id=run.workflow_id)

    @activity.defn
    async def build_bank_file(self, step: FileStep) -> BuiltFile:
        """Write the file of a run once; who cannot be paid is left out, with a task when something must be paid."""
        async with self.database.transaction() as connection:
            run = await RUNS.read(connection, run_id=step.run_id)
        if run.file_sha256 is not None or run.status != "requested":
            return BuiltFile(file_sha256=run.file_sha256)
        if run.kind is BankOrderKind.REFUND:
            return await self._build_refunds(run, step.today)
        return await self._build_collections(run, step.today)

    async def _build_refunds(self, run: BankRun, today: date) -> BuiltFile:
        async with self.database.transaction() as connection:
            await bank_orders.order_refunds_of_ceased(connection, today=today)
            due = await bank_orders.due_refunds(connection)
        holders = await self._holders([refund.dossier for refund in due], "refund of contributions")
        async with self.database.transaction() as connection:
            run = await RUNS.read(connection, run_id=run.run_id, lock=True)
            if run.file_sha256 is not None:
                return BuiltFile(file_sha256=run.file_sha256)
            payable = await self._payable(connection, due, holders, today)
            if not payable:
                return await _nothing(connection, run)
            execution_on = add_working_days(today, _EXECUTION_WORKING_DAYS)
            fund = self.fund.on(run.business_date)
            content = payment_file(
                message_id=run.message_id,
                created_at=business_moment(run.business_date),
                execution_on=execution_on,
                debtor=fund_party(fund, fund.contributions_account),
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

    async def _build_collections(self, run: BankRun, today: date) -> BuiltFile:
        collection_on = run.collection_on
        async with self.database.transaction() as connection:
            found = await mandates.due_collections(connection, collection_on=collection_on)
        holders = await self._holders([one.dossier for one in found], "direct debit of contributions")
        due = [one for one in found if one.dossier in holders]
        async with self.database.transaction() as connection:
            run = await RUNS.read(connection, run_id=run.run_id, lock=True)
            if run.file_sha256 is not None:
                return BuiltFile(file_sha256=run.file_sha256)
            if not due:
                return await _nothing(connection, run)
            fund = self.fund.on(run.business_date)
            content = collection_file(
                message_id=run.message_id,
                created_at=business_moment(run.business_date),
                collection_on=collection_on,
                creditor=fund_party(fund, fund.contributions_account),
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

    async def _holders(self, dossiers: list[UUID], purpose: str) -> dict[UUID, AccountHolder]:
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


async def _nothing(connection: Connection, run: BankRun) -> BuiltFile:
    await RUNS.set_status(connection, run_id=run.run_id, status="nothingDue")
    return BuiltFile()


async def _keep(
    connection: Connection,
    run: BankRun,
    content: bytes,
    orders: list[NewOrder],
    execution_on: date,
    today: date,
) -> BuiltFile:
    digest = sha256(content).hexdigest()
    await bank_orders.keep_file(
        connection, run=run, content=content, sha256=digest, orders=orders, execution_on=execution_on, today=today
    )
    return BuiltFile(file_sha256=digest)
