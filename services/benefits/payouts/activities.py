"""Activities of PayoutRun: collect, build, ask two people, order, send, follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.claims.rules.entitlement import law_on, month_amount_cents, month_start, monthly_amount_name
from services.benefits.claims.service import claims as claim_store
from services.benefits.claims.service.seen_facts import facts_from_json, parameter_to_json
from services.benefits.claims.service.work import end_tasks, ensure_task
from services.benefits.clients import Clients, Identity
from services.benefits.payouts.procedure import (
    ApprovalInput,
    ApprovalProgress,
    BankAnswer,
    BuiltFile,
    CollectedRun,
    CollectInput,
    PayoutDay,
    PayoutRunAsked,
    RunProgress,
    RunTask,
)
from services.benefits.payouts.service import returns as payout_returns
from services.benefits.payouts.service import runs as store
from shared.law.calendar import add_working_days
from shared.law.fund import Fund, FundSettings
from shared.law.identifiers import Iban, InvalidIdentifier
from shared.law.parameters import ParameterMissing, Parameters
from shared.platform import approvals, tasks
from shared.platform.auth import Role
from shared.platform.clock import business_moment
from shared.platform.database import Connection, Database
from shared.platform.documents import store_document
from shared.platform.partners import raise_while_quick
from shared.platform.service_client import CallFailed, PeerRefused
from shared.treasury.payment_files import withdrawal_of
from shared.treasury.sepa.credit_transfer import CreditTransfer, Debtor, payment_file

#: Who asks the first person: the run itself. The second person is asked by the first.
REQUESTED_BY = "benefits"
FIRST_ROLE = "finance"
SECOND_ROLE = "teamLead"
#: Working days from the run to the day of execution: two people look at the file in between.
EXECUTION_WORKING_DAYS = 2
#: Tasks about a run that nobody needs once the bank reported on each of its payments.
RUN_TASKS: Final = ("payoutApprovalLate", "payoutFileRefused", "bankSilent")


@dataclass(frozen=True, kw_only=True)
class PayoutActivities:
    """What a run needs: rows, accounts from affiliation, the law's amounts, the bank."""

    database: Database
    clients: Clients
    parameters: Parameters
    fund: Fund

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [
            self.request_payout_run,
            self.collect_payouts,
            self.build_payment_file,
            self.request_payout_approval,
            self.order_payouts,
            self.release_payouts,
            self.send_payment_file,
            self.check_payout_run,
            self.open_run_task,
        ]

    @activity.defn(name="request_payout_run")
    async def request_payout_run(self, day: PayoutDay) -> PayoutRunAsked:
        """Ask for the run of a day, when it is the fund's day of payment by the policy then in force."""
        if self.fund.on(day.business_date).policy.payout_day != day.business_date.day:
            return PayoutRunAsked()
        async with self.database.transaction() as connection:
            workflow_id = await store.request_run(connection, business_date=day.business_date)
        return PayoutRunAsked(workflow_id=workflow_id)

    @activity.defn(name="collect_payouts")
    async def collect_payouts(self, request: CollectInput) -> CollectedRun:
        """Fix the amount of every month that can be paid by now; a month without a known amount becomes a task."""
        async with self.database.transaction() as connection:
            run_id = await store.open_run(
                connection, business_date=request.business_date, workflow_id=request.workflow_id
            )
            for due in await store.months_without_payout(connection, until=request.business_date):
                await self._fix_amount(connection, due=due, today=request.business_date)
            payouts = await store.due_payouts(connection)
            run = await store.read_run(connection, run_id=run_id)
            if not payouts and run["status"] == "collected":
                await store.set_run_status(connection, run_id=run_id, status="nothingDue")
        return CollectedRun(run_id=run_id, payouts=len(payouts))

    async def _fix_amount(self, connection: Connection, *, due: store.DueMonth, today: date) -> None:
        name = monthly_amount_name(dependant=due.dependant, attested=due.attested)
        day = max(month_start(due.month), due.fact_on)
        try:
            parameter = self.parameters.fact(name, on=day)
            monthly_cents = self.parameters.cents(name, on=day)
        except ParameterMissing as missing:
            await tasks.open_task(
                connection,
                kind="benefitAmountMissing",
                reference=f"{due.claim_id}|{due.month}|{due.kind}",
                dossier=due.dossier,
                due_on=add_working_days(today, 1),
                role="benefitsAgent",
                details={"claimId": str(due.claim_id), "month": due.month, "parameter": missing.name},
            )
            return
        decision = await claim_store.read_decision(connection, claim_id=due.claim_id)
        if decision is None:
            raise LookupError("a month without decision")
        kept = await claim_store.read_assessment(connection, assessment_id=decision.assessment_id)
        amount = month_amount_cents(
            parts=due.parts,
            monthly_cents=monthly_cents,
            replacement_income_cents=facts_from_json(kept.inputs).replacement_income_cents or 0,
            law=law_on(parameters=self.parameters, fact_on=due.fact_on),
        )
        await store.create_payout(
            connection,
            due=due,
            monthly_cents=monthly_cents,
            amount_cents=max(amount - due.paid_cents, 0),
            parameter=parameter_to_json(parameter),
        )

    @activity.defn(name="build_payment_file")
    async def build_payment_file(self, request: OnDay) -> BuiltFile:
        """Write the payment file of a run once; whoever has no usable account is held back with a task."""
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.reference)
            payouts = await store.due_payouts(connection)
        if run["sha256"] is not None:
            return BuiltFile(file_sha256=run["sha256"])
        dossiers = sorted({payout.dossier for payout in payouts})
        identities = await self.clients.identities(dossiers=dossiers, purpose="droitPasserellePayout")
        payable = [payout for payout in payouts if _has_account(identities.get(payout.dossier))]
        async with self.database.transaction() as connection:
            await _hold_back(connection, [one for one in payouts if one not in payable], today=request.today)
            if not payable:
                await store.set_run_status(connection, run_id=request.reference, status="nothingDue")
                return BuiltFile()
            content = payment_file(
                message_id=run["message_id"],
                created_at=business_moment(run["business_date"]),
                execution_on=add_working_days(run["business_date"], EXECUTION_WORKING_DAYS),
                debtor=_debtor(self.fund.on(run["business_date"])),
                transfers=[_transfer(payout, identities[payout.dossier]) for payout in payable],
                purpose="SSBE",
            )
            digest = sha256(content).hexdigest()
            await store.keep_file(
                connection,
                run_id=request.reference,
                content=content,
                sha256=digest,
                total_cents=sum(payout.amount_cents for payout in payable),
                payouts=payable,
            )
        return BuiltFile(file_sha256=digest)

    @activity.defn(name="request_payout_approval")
    async def request_payout_approval(self, request: ApprovalInput) -> ApprovalProgress:
        """Ask whoever of the two people has not been asked yet to look at exactly these bytes; say how far they are.

        The second request is made in the name of the first person, so that the same person can't decide both.
        """
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.run_id)
            first = await _asked(
                connection, run, request, action=store.RELEASE_ACTION, role=FIRST_ROLE, requested_by=REQUESTED_BY
            )
            if first["decision"] != "approved":
                return _progress(first)
            second = await _asked(
                connection,
                run,
                request,
                action=store.APPROVAL_ACTION,
                role=SECOND_ROLE,
                requested_by=first["decided_by"],
            )
            return _progress(second)

    @activity.defn(name="order_payouts")
    async def order_payouts(self, request: OnDay) -> Nothing:
        """Order the payments of the approved file: approval, document and facts in one transaction."""
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.reference, lock=True)
            if run["status"] != "approval":
                return Nothing()
            content = await store.read_file(connection, run_id=request.reference)
            run["sha256"] = sha256(content).hexdigest()
            for action in (store.RELEASE_ACTION, store.APPROVAL_ACTION):
                await approvals.require_approval(
                    connection, action=action, reference=str(request.reference), payload=store.approved_file(run)
                )
            await store_document(
                connection,
                kind="bankFile",
                reference=str(request.reference),
                dossier=None,
                language=None,
                media_type="application/xml",
                name=f"bank/{run['message_id']}.pain.001.xml",
                content=content,
                business_date=run["business_date"],
                readers=(Role.FINANCE,),
            )
            await store.order_payouts(connection, run_id=request.reference, today=request.today)
        return Nothing()

    @activity.defn(name="release_payouts")
    async def release_payouts(self, request: OnDay) -> Nothing:
        """Give the payments of a refused file back to the next run."""
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.reference, lock=True)
            if run["status"] == "approval":
                await store.release_run(connection, run_id=request.reference)
        return Nothing()

    @activity.defn(name="send_payment_file")
    async def send_payment_file(self, request: OnDay) -> BankAnswer:
        """Hand the file to the bank; its message id makes a second delivery harmless.

        A file two people withdrew is not delivered; while one of them still has to decide, it waits.
        """
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.reference, lock=True)
            content = await store.read_file(connection, run_id=request.reference)
            kept = await self._withdrawn(connection, run, request)
        if kept is not None:
            return kept
        if run["status"] not in {"ordered", "sent", "completed"}:
            raise LookupError("the file was not ordered")
        try:
            await self.clients.send_payment_file(message_id=run["message_id"], content=content)
        except PeerRefused:
            async with self.database.transaction() as connection:
                await store.note_delivery(
                    connection, run_id=request.reference, refused_on=request.today, withdrawal_asked_on=None
                )
            return BankAnswer(outcome="refused")
        except CallFailed as error:
            raise_while_quick(error)
            return BankAnswer(outcome="unavailable")
        async with self.database.transaction() as connection:
            run = await store.read_run(connection, run_id=request.reference, lock=True)
            if run["status"] == "ordered":
                await store.set_run_status(connection, run_id=request.reference, status="sent")
        return BankAnswer(outcome="accepted")

    async def _withdrawn(self, connection: Connection, run: dict[str, Any], request: OnDay) -> BankAnswer | None:
        """Withdraw a file when two people said so; None when it is to be delivered."""
        if run["status"] == "withdrawn":
            return BankAnswer(outcome="withdrawn")
        if run["status"] != "ordered":
            return None
        wish = await withdrawal_of(
            connection,
            action=store.WITHDRAWAL_ACTION,
            payload=store.approved_file(run),
            asked_on=run["withdrawal_asked_on"],
        )
        if wish == "waiting":
            return BankAnswer(outcome="refused")
        if wish == "approved":
            await payout_returns.withdraw_run(connection, run_id=request.reference, today=request.today)
            await end_tasks(connection, kinds=RUN_TASKS, about=str(request.reference), resolution="withdrawn")
            return BankAnswer(outcome="withdrawn")
        await store.note_delivery(connection, run_id=request.reference, refused_on=None, withdrawal_asked_on=None)
        return None

    @activity.defn(name="check_payout_run")
    async def check_payout_run(self, request: OnDay) -> RunProgress:
        """Say whether the bank reported on every payment; then the run is completed."""
        async with self.database.transaction() as connection:
            settled = await store.unsettled(connection, run_id=request.reference) == 0
            if settled:
                await store.set_run_status(connection, run_id=request.reference, status="completed")
                await end_tasks(connection, kinds=RUN_TASKS, about=str(request.reference), resolution="completed")
        return RunProgress(settled=settled)

    @activity.defn(name="open_run_task")
    async def open_run_task(self, request: RunTask) -> Nothing:
        """Give a person work about a run, again when it was closed while its cause lasts."""
        async with self.database.transaction() as connection:
            await ensure_task(
                connection,
                kind=request.kind,
                about=str(request.run_id),
                dossier=None,
                today=request.today or request.due_on,
                due_on=request.due_on,
                role="finance",
                details={"runId": str(request.run_id)},
            )
        return Nothing()


async def _asked(
    connection: Connection,
    run: dict[str, Any],
    request: ApprovalInput,
    *,
    action: str,
    role: str,
    requested_by: str,
) -> dict[str, Any]:
    approval_id = await approvals.request_approval(
        connection,
        action=action,
        reference=str(request.run_id),
        payload=store.approved_file(run),
        requested_by=requested_by,
        summary={
            "runId": str(request.run_id),
            "businessDate": run["business_date"].isoformat(),
            "transfers": run["transfers"],
            "totalCents": run["total_cents"],
            "fileSha256": run["sha256"],
        },
        workflow_id=request.workflow_id,
        role=role,
    )
    return await approvals.approval_by_id(connection, approval_id=approval_id)


def _progress(approval: dict[str, Any]) -> ApprovalProgress:
    return ApprovalProgress(status=approval["decision"] or "waiting")


def _has_account(identity: Identity | None) -> bool:
    if identity is None or not identity.full_name:
        return False
    try:
        Iban(identity.account_number)
    except InvalidIdentifier:
        return False
    return True


async def _hold_back(connection: Connection, payouts: list[store.DuePayout], *, today: date) -> None:
    for payout in payouts:
        await tasks.open_task(
            connection,
            kind="benefitAccountMissing",
            reference=str(payout.payout_id),
            dossier=payout.dossier,
            due_on=add_working_days(today, 5),
            role="benefitsAgent",
            details={"claimId": str(payout.claim_id), "month": payout.month},
        )


def _debtor(fund: FundSettings) -> Debtor:
    return Debtor(
        name=fund.name["fr"],
        enterprise_number=fund.enterprise_number,
        iban=fund.benefits_account.iban,
        bic=fund.benefits_account.bic,
        street=fund.address.street["fr"],
        house_number=fund.address.house_number,
        postal_code=fund.address.postal_code,
        city=fund.address.city["fr"],
        country=fund.address.country,
    )


def _transfer(payout: store.DuePayout, identity: Identity) -> CreditTransfer:
    words = {"fr": "Droit passerelle", "nl": "Overbruggingsrecht", "de": "Ueberbrueckungsrecht"}
    return CreditTransfer(
        end_to_end_id=payout.end_to_end_id,
        amount_cents=payout.amount_cents,
        creditor_name=identity.full_name,
        creditor_iban=identity.account_number,
        remittance=f"{words[identity.language.value]} {payout.month} {payout.file_number:07d}",
    )
