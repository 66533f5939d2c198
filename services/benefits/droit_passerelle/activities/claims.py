"""Activities of DroitPasserelleClaim: assess, ask, decide, follow the payments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.claims.rules import charter
from services.benefits.claims.rules.entitlement import entitled_months, law_on
from services.benefits.claims.rules.facts import Outcome
from services.benefits.claims.service import claims as store
from services.benefits.claims.service import information_requests
from services.benefits.claims.service.seen_facts import (
    amount_on,
    claim_facts,
    facts_from_json,
    facts_to_json,
    parameter_to_json,
    results_from_json,
    results_to_json,
)
from services.benefits.claims.service.work import end_tasks, ensure_task
from services.benefits.clients import Clients
from services.benefits.droit_passerelle.procedure import (
    AssessmentOutcome,
    ClaimTask,
    DecideInput,
    DecisionMade,
    InformationInput,
    InformationRequested,
    PayoutProgress,
)
from services.benefits.droit_passerelle.rules import assess, fact_allowance, is_forced_interruption, relief_quarters
from services.benefits.droit_passerelle.store import payments_of_claim
from shared.law.calendar import add_months
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Database
from shared.platform.people import audit

#: Kinds of tasks of this procedure; all but the last end when the claim is decided.
DECISION_TASKS = ("claimRefusal", "claimInformation", "claimSilence", "claimDeadline", "claimLate")
PAYMENT_TASK = "claimPaymentLate"


@dataclass(frozen=True, kw_only=True)
class ClaimActivities:
    """What a claim needs: rows, what billing and affiliation know, the law."""

    database: Database
    clients: Clients
    parameters: Parameters

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [
            self.assess_claim,
            self.request_information,
            self.mark_claim_reminded,
            self.open_claim_task,
            self.decide_claim,
            self.check_claim_payments,
        ]

    @activity.defn(name="assess_claim")
    async def assess_claim(self, request: OnDay) -> AssessmentOutcome:
        """Ask billing and affiliation, ask every rule, and freeze what was seen and said."""
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.reference)
            statements = await store.merged_statements(connection, claim_id=request.reference)
            suspended = await information_requests.suspended_days(
                connection, claim_id=request.reference, today=request.today
            )
        law = law_on(parameters=self.parameters, fact_on=claim.fact_on)
        last = Quarter.of(claim.fact_on)
        billed = await self.clients.paid_quarters(
            dossier=claim.dossier, first=last.previous(law.payment_window_quarters - 1), last=last
        )
        identity = await self.clients.identity(dossier=claim.dossier, purpose="droitPasserelleResidence")
        amount = amount_on(parameters=self.parameters, claim=claim, day=claim.fact_on)
        facts = claim_facts(
            claim=claim,
            statements=statements,
            billed=billed,
            resides_in_belgium=identity.country == "BE" if identity.country else None,
            amount_known=amount is not None,
            today=request.today,
        )
        assessment = assess(facts=facts, law=law)
        async with self.database.transaction() as connection:
            assessment_id = await store.keep_assessment(
                connection,
                claim_id=claim.claim_id,
                assessed_on=request.today,
                verdict=assessment.verdict.value,
                inputs=facts_to_json(facts),
                results=results_to_json(assessment.results),
                parameters={"monthlyAmount": parameter_to_json(amount)},
            )
            if not assessment.waits_for_applicant():
                await information_requests.end_wait_for_applicant(
                    connection, claim_id=claim.claim_id, today=request.today
                )
        delays = charter.charter_on(parameters=self.parameters, day=claim.received_on)
        return AssessmentOutcome(
            assessment_id=assessment_id,
            verdict=assessment.verdict.value,
            waits_for_applicant=assessment.waits_for_applicant(),
            warn_on=charter.warn_on(received_on=claim.received_on, suspended_days=suspended, law=delays),
            decide_before=charter.decide_before(received_on=claim.received_on, suspended_days=suspended, law=delays),
        )

    @activity.defn(name="request_information")
    async def request_information(self, request: InformationInput) -> InformationRequested:
        """Open the request for what is missing, and give staff the task that belongs to it."""
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.claim_id, lock=True)
            kept = await store.read_assessment(connection, assessment_id=request.assessment_id)
            missing = [result for result in results_from_json(kept.results) if result.outcome is Outcome.MAYBE]
            asked = await information_requests.ask_information(
                connection,
                claim_id=claim.claim_id,
                asked_on=request.today,
                rules=[result.rule for result in missing],
                applicant_rules=[result.rule for result in missing if result.waits_for_applicant()],
            )
            delays = charter.charter_on(parameters=self.parameters, day=request.today)
            requested = _requested(asked, law=delays)
            for earlier in range(1, requested.number):
                await end_tasks(
                    connection,
                    kinds=["claimInformation"],
                    about=f"{claim.claim_id}|{earlier}",
                    resolution="answered",
                )
            await ensure_task(
                connection,
                kind="claimInformation",
                about=f"{claim.claim_id}|{requested.number}",
                dossier=claim.dossier,
                today=request.today,
                due_on=requested.due_on,
                role="benefitsAgent",
                details={
                    "claimId": str(claim.claim_id),
                    "missing": [
                        {"rule": result.rule, "article": result.article, "askedOf": result.asked_of}
                        for result in missing
                    ],
                },
            )
        return requested

    @activity.defn(name="mark_claim_reminded")
    async def mark_claim_reminded(self, request: OnDay) -> InformationRequested:
        """Note the reminder and give the day from which silence lets the fund decide (Charter art. 11)."""
        delays = charter.charter_on(parameters=self.parameters, day=request.today)
        async with self.database.transaction() as connection:
            asked = await information_requests.mark_reminded(
                connection, claim_id=request.reference, today=request.today
            )
        return _requested(asked, law=delays)

    @activity.defn(name="open_claim_task")
    async def open_claim_task(self, request: ClaimTask) -> Nothing:
        """Give a person work about a claim, again when it was closed while its cause lasts."""
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.claim_id)
            await ensure_task(
                connection,
                kind=request.kind,
                about=f"{claim.claim_id}|{request.round}",
                dossier=claim.dossier,
                today=request.today or request.due_on,
                due_on=request.due_on,
                role="benefitsAgent",
                details={"claimId": str(claim.claim_id), "factOn": claim.fact_on.isoformat()},
            )
        return Nothing()

    @activity.defn(name="decide_claim")
    async def decide_claim(self, request: DecideInput) -> DecisionMade:
        """Take the decision on a frozen assessment, once, and tell what follows from it."""
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.claim_id, lock=True)
            kept = await store.read_assessment(connection, assessment_id=request.assessment_id)
            facts = facts_from_json(kept.inputs)
            law = law_on(parameters=self.parameters, fact_on=claim.fact_on)
            is_granted = request.outcome == "granted"
            granted_months = fact_allowance(facts=facts, law=law).months
            months = entitled_months(
                fact_on=claim.fact_on,
                interruption_ends_before=facts.interruption_ends_before,
                granted_months=granted_months,
                law=law,
            )
            new = await store.decide(
                connection,
                claim=claim,
                decision=store.Decision(
                    claim_id=claim.claim_id,
                    assessment_id=request.assessment_id,
                    outcome=request.outcome,
                    decided_on=request.today,
                    decided_by=request.decided_by,
                    reason=request.reason,
                    months=granted_months if is_granted else 0,
                    relief_quarters=[str(one) for one in relief_quarters(facts=facts, law=law)] if is_granted else [],
                    relief_waives_contributions=is_granted and is_forced_interruption(ground=facts.ground, law=law),
                ),
                months=months if is_granted else (),
            )
            if new:
                await end_tasks(connection, kinds=DECISION_TASKS, about=str(claim.claim_id), resolution="decided")
                await audit.record(
                    connection,
                    actor=request.decided_by,
                    action="claim.decided",
                    dossier=claim.dossier,
                    purpose="droitPasserelle",
                    details={"claimId": str(claim.claim_id), "assessmentId": str(kept.assessment_id)},
                )
            decision = await store.read_decision(connection, claim_id=claim.claim_id)
            months_kept = await store.months_of(connection, claim_id=claim.claim_id)
        if decision is None:
            raise LookupError("the decision was not kept")
        delays = charter.charter_on(parameters=self.parameters, day=decision.decided_on)
        return DecisionMade(
            outcome=decision.outcome,
            pay_before=charter.pay_before(notified_on=decision.decided_on, law=delays),
            last_payable_from=max((month.payable_from for month in months_kept), default=None),
        )

    @activity.defn(name="check_claim_payments")
    async def check_claim_payments(self, request: OnDay) -> PayoutProgress:
        """Say how far a granted claim is paid; close it when the last month is."""
        async with self.database.transaction() as connection:
            progress = await payments_of_claim(connection, claim_id=request.reference)
            finished = progress.done == progress.payments and progress.unpaid_months == 0
            if finished:
                await store.close_claim(connection, claim_id=request.reference)
                await end_tasks(connection, kinds=[PAYMENT_TASK], about=str(request.reference), resolution="paid")
        last = progress.last_payable_from
        next_month = add_months(request.today.replace(day=1), 1)
        return PayoutProgress(
            first_confirmed=finished or progress.done > 0,
            all_confirmed=finished,
            next_check_on=max(next_month, last + timedelta(days=1)) if last is not None else next_month,
        )


def _requested(asked: information_requests.InformationRequest, *, law: charter.CharterLaw) -> InformationRequested:
    reminded_on = asked.reminded_on
    return InformationRequested(
        number=asked.number,
        asked_on=asked.asked_on,
        due_on=charter.form_due_on(asked_on=asked.asked_on, law=law),
        of_applicant=asked.of_applicant,
        silence_on=None if reminded_on is None else charter.silence_ends_on(reminded_on=reminded_on, law=law),
    )
