"""Activities of BankFileRun: build the file, announce collections, ask two people, hand it over, follow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from temporalio import activity

from services.billing.clients import AccountHolder, Affiliation, Bank
from services.billing.domain.bank_orders import BankOrderKind, end_to_end_id, has_account, need_not_be_paid
from services.billing.domain.bank_procedures import (
    BankApproval,
    BankRunProgress,
    BankRunStep,
    BankRunTask,
    BankTook,
    BuiltBankFile,
)
from services.billing.letters.plain_letter import TEMPLATE, plain_letter
from services.billing.store import bank_orders, mandates
from services.billing.store.bank_orders import DueRefund, NewOrder
from services.billing.store.mandates import DueCollection
from shared.law.calendar import add_working_days
from shared.law.fund import Fund, FundSettings
from shared.law.parameters import Parameters
from shared.platform.approvals import approval_by_id, request_approval, require_approval
from shared.platform.auth import Role
from shared.platform.clock import business_moment
from shared.platform.database import Connection, Database
from shared.platform.documents import render, store_document
from shared.platform.sepa.credit_transfer import CreditTransfer, Debtor, payment_file
from shared.platform.sepa.direct_debit import (
    Collection,
    CollectionSequence,
    Creditor,
    collection_file,
    creditor_identifier,
)
from shared.platform.service_client import CallFailed, PeerRefused
from shared.platform.tasks import open_task

REFUND_RELEASE_ACTION: Final = "refundFileRelease"
REFUND_FILE_ACTION: Final = "refundFile"
COLLECTION_RELEASE_ACTION: Final = "collectionFileRelease"
COLLECTION_FILE_ACTION: Final = "collectionFile"
ACCOUNT_TASK: Final = "refundAccountMissing"
#: Per kind of run, the two acts and who may decide on them; the second person is asked in the name of the first.
_ACTIONS: Final = {
    BankOrderKind.REFUND: ((REFUND_RELEASE_ACTION, "finance"), (REFUND_FILE_ACTION, "teamLead")),
    BankOrderKind.DIRECT_DEBIT: ((COLLECTION_RELEASE_ACTION, "finance"), (COLLECTION_FILE_ACTION, "teamLead")),
}
_EXECUTION_WORKING_DAYS: Final = 2
_TASK_DAYS: Final = 5
_REMITTANCE: Final = {
    BankOrderKind.REFUND: {"fr": "Remboursement cotisations", "nl": "Terugbetaling bijdragen", "de": "Erstattung"},
    BankOrderKind.DIRECT_DEBIT: {"fr": "Cotisations sociales", "nl": "Sociale bijdragen", "de": "Sozialbeitraege"},
}


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
            self.build_bank_file,
            self.write_prenotifications,
            self.request_bank_file_approval,
            self.order_bank_file,
            self.release_bank_orders,
            self.send_bank_file,
            self.check_bank_run,
            self.open_bank_run_task,
        ]

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
            credits_left = await bank_orders.credits_behind_locks(
                connection, dossiers=[refund.dossier for refund in due]
            )
            payable = []
            for refund in due:
                holder = holders.get(refund.dossier)
                cents = min(refund.amount_cents, credits_left.get(refund.dossier, 0))
                if cents <= 0:
                    continue
                if holder is None or not has_account(holder.account_number):
                    await self._without_account(connection, refund, cents, today)
                    continue
                credits_left[refund.dossier] -= cents
                payable.append((refund, holder, cents))
            if not payable:
                return await _nothing(connection, run)
            execution_on = add_working_days(today, _EXECUTION_WORKING_DAYS)
            content = payment_file(
                message_id=run["message_id"],
                created_at=business_moment(run["business_date"]),
                execution_on=execution_on,
                debtor=Debtor(**_party(self.fund.on(run["business_date"]))),
                transfers=[_transfer(*one) for one in payable],
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
                creditor=Creditor(**_party(self.fund.on(run["business_date"]))),
                collections=[_collection(one, holders[one.dossier]) for one in due],
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
    async def write_prenotifications(self, step: BankRunStep) -> None:
        """Announce each collection to its debtor with amount and day; refunds need no letter."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
            rows = await mandates.unannounced(connection, run_id=step.run_id)
        if run["kind"] != BankOrderKind.DIRECT_DEBIT or not rows:
            return
        holders = await self._holders([row["dossier"] for row in rows], "announcement of a direct debit")
        fund = self.fund.on(step.today)
        for row in rows:
            addressee = holders[row["dossier"]].addressee
            data = plain_letter(
                name="collection",
                file_number=row["file_number"],
                day=step.today,
                values={
                    "amount": row["amount_cents"],
                    "day": run["execution_on"],
                    "mandate": row["reference"],
                    "signedOn": row["signed_on"],
                    "creditor": creditor_identifier(fund.enterprise_number),
                },
                paragraphs=("text", "refund"),
                addressee=addressee,
                fund=fund,
            )
            async with self.database.transaction() as connection:
                await store_document(
                    connection,
                    kind=mandates.ANNOUNCEMENT_DOCUMENT,
                    reference=str(row["order_id"]),
                    dossier=row["dossier"],
                    language=str(addressee.language),
                    media_type="application/pdf",
                    name=f"collections/{run['message_id']}/{row['file_number']:07d}-{addressee.language}.pdf",
                    content=render(TEMPLATE, data),
                    business_date=step.today,
                    readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
                )

    @activity.defn
    async def request_bank_file_approval(self, step: BankRunStep) -> BankApproval:
        """Ask whoever of the two people has not been asked yet to look at exactly these bytes; say how far they are."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
            requested_by = "billing"
            for action, role in _ACTIONS[BankOrderKind(run["kind"])]:
                approval_id = await request_approval(
                    connection,
                    action=action,
                    reference=str(step.run_id),
                    payload=_approved(run),
                    requested_by=requested_by,
                    summary={**_approved(run), "businessDate": run["business_date"].isoformat()},
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
                await require_approval(connection, action=action, reference=str(step.run_id), payload=_approved(run))
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
        """Hand the file to the bank; its message id makes a second delivery harmless."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
        try:
            message_id = await self.bank.send_file(content=bytes(run["content"]))
        except PeerRefused:
            return BankTook(outcome="refused")
        except CallFailed:
            return BankTook(outcome="unavailable")
        if message_id != run["message_id"]:
            return BankTook(outcome="unavailable")
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id, lock=True)
            if run["status"] == "ordered":
                await bank_orders.set_status(connection, run_id=step.run_id, status="sent")
        return BankTook(outcome="accepted")

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

    async def _without_account(self, connection: Connection, refund: DueRefund, cents: int, today: date) -> None:
        small = self.parameters.cents("recovery.smallRefundMax", on=today)
        if need_not_be_paid(amount_cents=cents, small_max_cents=small, account=None):
            return
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


def _approved(run: dict[str, Any]) -> dict[str, Any]:
    return {
        "runId": str(run["run_id"]),
        "messageId": run["message_id"],
        "fileSha256": run["sha256"],
        "transfers": run["transfers"],
        "totalCents": run["total_cents"],
    }


def _party(fund: FundSettings) -> dict[str, str]:
    return {
        "name": fund.name["fr"],
        "enterprise_number": fund.enterprise_number,
        "iban": fund.contributions_account.iban,
        "bic": fund.contributions_account.bic,
        "street": fund.address.street["fr"],
        "house_number": fund.address.house_number,
        "postal_code": fund.address.postal_code,
        "city": fund.address.city["fr"],
        "country": fund.address.country,
    }


def _transfer(refund: DueRefund, holder: AccountHolder, cents: int) -> CreditTransfer:
    words = _REMITTANCE[BankOrderKind.REFUND][str(holder.addressee.language)]
    return CreditTransfer(
        end_to_end_id=end_to_end_id(BankOrderKind.REFUND, refund.refund_id, refund.attempt),
        amount_cents=cents,
        creditor_name=holder.addressee.name,
        creditor_iban=holder.account_number or "",
        remittance=f"{words} {refund.file_number:07d}",
    )


def _collection(due: DueCollection, holder: AccountHolder) -> Collection:
    words = _REMITTANCE[BankOrderKind.DIRECT_DEBIT][str(holder.addressee.language)]
    return Collection(
        end_to_end_id=end_to_end_id(BankOrderKind.DIRECT_DEBIT, due.mandate_id, due.attempt),
        amount_cents=due.amount_cents,
        sequence=CollectionSequence(due.sequence),
        mandate_reference=due.reference,
        mandate_signed_on=due.signed_on,
        debtor_name=holder.addressee.name,
        debtor_iban=due.iban,
        remittance=f"{words} {due.file_number:07d}",
    )
