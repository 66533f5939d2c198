"""Activities of PayoutRun that are its own: ask for a run, collect what is due, build the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from temporalio import activity

from services.benefits.claims.rules.entitlement import law_on, month_amount_cents, month_start, monthly_amount_name
from services.benefits.claims.service import claims as claim_store
from services.benefits.claims.service.seen_facts import facts_from_json, parameter_to_json
from services.benefits.clients import Clients, Identity
from services.benefits.payouts.procedure import CollectedRun, CollectInput, PayoutDay
from services.benefits.payouts.service import runs as store
from services.benefits.payouts.store import RUNS
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.law.identifiers import Iban, InvalidIdentifier
from shared.law.parameters import ParameterMissing, Parameters
from shared.platform.database.connections import Connection, Database
from shared.platform.people import tasks
from shared.platform.temporal.clock import business_moment
from shared.treasury.procedure import BuiltFile, FileAsked, FileStep
from shared.treasury.sepa.credit_transfer import CreditTransfer, payment_file
from shared.treasury.sepa.party import fund_party

#: Working days from the run to the day of execution: two people look at the file in between.
EXECUTION_WORKING_DAYS = 2


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
        ]

    @activity.defn(name="request_payout_run")
    async def request_payout_run(self, day: PayoutDay) -> FileAsked:
        """Ask for the run of a day, when it is the fund's day of payment by the policy then in force."""
        if self.fund.on(day.business_date).policy.payout_day != day.business_date.day:
            return FileAsked()
        async with self.database.transaction() as connection:
            workflow_id = await store.request_run(connection, business_date=day.business_date)
        return FileAsked(workflow_id=workflow_id)

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
            run = await RUNS.read(connection, run_id=run_id)
            if not payouts and run.status == "collected":
                await RUNS.set_status(connection, run_id=run_id, status="nothingDue")
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
    async def build_payment_file(self, request: FileStep) -> BuiltFile:
        """Write the payment file of a run once; whoever has no usable account is held back with a task."""
        async with self.database.transaction() as connection:
            run = await RUNS.read(connection, run_id=request.run_id)
            payouts = await store.due_payouts(connection)
        if run.file_sha256 is not None:
            return BuiltFile(file_sha256=run.file_sha256)
        dossiers = sorted({payout.dossier for payout in payouts})
        identities = await self.clients.identities(dossiers=dossiers, purpose="droitPasserellePayout")
        payable = [payout for payout in payouts if _has_account(identities.get(payout.dossier))]
        async with self.database.transaction() as connection:
            await _hold_back(connection, [one for one in payouts if one not in payable], today=request.today)
            if not payable:
                await RUNS.set_status(connection, run_id=request.run_id, status="nothingDue")
                return BuiltFile()
            fund = self.fund.on(run.business_date)
            content = payment_file(
                message_id=run.message_id,
                created_at=business_moment(run.business_date),
                execution_on=add_working_days(run.business_date, EXECUTION_WORKING_DAYS),
                debtor=fund_party(fund, fund.benefits_account),
                transfers=[_transfer(payout, identities[payout.dossier]) for payout in payable],
                purpose="SSBE",
            )
            digest = sha256(content).hexdigest()
            await store.keep_file(
                connection,
                run_id=request.run_id,
                content=content,
                sha256=digest,
                total_cents=sum(payout.amount_cents for payout in payable),
                payouts=payable,
            )
        return BuiltFile(file_sha256=digest)


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


def _transfer(payout: store.DuePayout, identity: Identity) -> CreditTransfer:
    words = {"fr": "Droit passerelle", "nl": "Overbruggingsrecht", "de": "Ueberbrueckungsrecht"}
    return CreditTransfer(
        end_to_end_id=payout.end_to_end_id,
        amount_cents=payout.amount_cents,
        creditor_name=identity.full_name,
        creditor_iban=identity.account_number,
        remittance=f"{words[identity.language.value]} {payout.month} {payout.file_number:07d}",
    )
