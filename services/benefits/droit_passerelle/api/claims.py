"""Claims to the droit passerelle: received, completed, decided, read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from services.benefits.claims.rules import charter
from services.benefits.claims.rules.entitlement import law_on
from services.benefits.claims.rules.facts import AskedOf, Outcome
from services.benefits.claims.service import claims
from services.benefits.claims.service import receipt as claim_receipt
from services.benefits.claims.service.seen_facts import facts_from_json, results_from_json
from services.benefits.droit_passerelle import service
from services.benefits.droit_passerelle.api.claim_views import (
    ClaimPage,
    ClaimReceivedView,
    ClaimRequest,
    ClaimView,
    DecisionRequest,
    Information,
    claim_item,
    claim_view,
)
from services.benefits.droit_passerelle.procedure import PersonDecided
from services.benefits.droit_passerelle.rules import has_something_to_grant
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require
from shared.platform.people import audit

_MAY_WRITE = ("benefitsAgent", "service")
_MAY_READ = ("benefitsAgent", "finance", "teamLead", "auditor", "service")


def claims_router(context: AnyContext) -> ApiRouter:
    """Return the operations on claims."""
    router = ApiRouter(tags=["Claims"])
    _add_receiving(router, context)
    _add_completing(router, context)
    _add_reading(router, context)
    return router


def _add_receiving(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/claims", status_code=202, summary="Receive a claim", response_model=ClaimReceivedView)
    async def create_claim(
        claim: ClaimRequest, response: Response, principal: Principal = Depends(require(*_MAY_WRITE))
    ) -> ClaimReceivedView:
        """Keep a claim and start its procedure; the same person and fact again completes the same open claim.

        Once the fact was refused, new evidence is a new claim (Charter art. 19).
        """
        today = await context.clock.today()
        _check_dates(claim, today)
        delays = charter.charter_on(parameters=context.parameters, day=claim.received_on)
        decide_before = charter.decide_before(received_on=claim.received_on, suspended_days=0, law=delays)
        async with context.database.transaction() as connection:
            if not await claims.is_insured(connection, dossier=claim.dossier):
                issue = Issue(name="dossier", detail="No affiliation is known.", rule="referencedResourceNotFound")
                raise InvalidInput(detail="The dossier is not known here.", issues=[issue])
            received = await claim_receipt.receive_claim(
                connection,
                dossier=claim.dossier,
                ground=claim.ground.value,
                fact_on=claim.fact_on,
                received_on=claim.received_on,
                dependant=claim.dependant,
                decide_before=decide_before,
                statements=claim.statements.said(),
                told_on=today,
                told_by=principal.subject,
            )
            if received.granted:
                raise Conflict(detail="This fact was granted before; what is said now changes nothing.")
            claim_id = received.claim_id
            if claim.dependant_attested:
                await claims.attest_dependant(connection, claim_id=claim_id, attested_on=today)
            if received.new:
                await service.record(
                    connection,
                    actor=principal.subject,
                    action="claim.received",
                    dossier=claim.dossier,
                    claim_id=claim_id,
                )
            elif received.statement is not None:
                await service.complete(
                    connection,
                    claim_id=claim_id,
                    dossier=claim.dossier,
                    actor=principal.subject,
                    statement=received.statement,
                )
        response.status_code = 202 if received.new else 200
        response.headers["Location"] = f"/v1/claims/{claim_id}"
        return ClaimReceivedView(claim_id=claim_id, already_received=not received.new, decide_before=decide_before)


def _check_dates(claim: ClaimRequest, today: date) -> None:
    issues = []
    if claim.received_on > today:
        issues.append(Issue(name="receivedOn", detail="Lies in the future.", rule="outOfRange"))
    if claim.fact_on > claim.received_on:
        issues.append(Issue(name="factOn", detail="Lies after the claim itself.", rule="invalidPeriod"))
    end = claim.statements.interruption_ends_before
    if end is not None and end <= claim.fact_on:
        issues.append(
            Issue(name="statements.interruptionEndsBefore", detail="Lies before the fact.", rule="invalidPeriod")
        )
    if claim.dependant_attested and not claim.dependant:
        issues.append(Issue(name="dependantAttested", detail="No dependant is declared.", rule="zeroOrAllOfExpected"))
    if issues:
        raise InvalidInput(detail="The claim can't be right.", issues=issues)


def _add_completing(router: ApiRouter, context: AnyContext) -> None:
    @router.post(
        "/v1/claims/{claim_id}/information",
        status_code=202,
        summary="Complete a claim",
        response_model=ClaimView,
    )
    async def supply_information(
        claim_id: UUID, information: Information, principal: Principal = Depends(require(*_MAY_WRITE))
    ) -> ClaimView:
        """Add what was said; the rules look at the claim again."""
        today = await context.clock.today()
        said = information.statements.said()
        if not said and not information.dependant_attested:
            issue = Issue(name="body", detail="Give a statement or an attestation.", rule="anyOfExpected")
            raise InvalidInput(detail="Nothing was supplied.", issues=[issue])
        async with context.database.transaction() as connection:
            claim = await _claim(connection, claim_id)
            if information.dependant_attested:
                await claims.attest_dependant(connection, claim_id=claim_id, attested_on=today)
            if said and claim.outcome is not None:
                raise Conflict(detail="The claim is decided; new evidence is a new claim (Charter art. 19).")
            statement = (
                await claims.add_statement(
                    connection, claim_id=claim_id, told_on=today, told_by=principal.subject, statements=said
                )
                if said
                else None
            )
            await service.complete(
                connection,
                claim_id=claim_id,
                dossier=claim.dossier,
                actor=principal.subject,
                statement=statement,
            )
        return await claim_view(context, claim_id)

    @router.post("/v1/claims/{claim_id}/decision", status_code=202, summary="Decide a claim", response_model=ClaimView)
    async def decide_claim(
        claim_id: UUID, decision: DecisionRequest, principal: Principal = Depends(require("benefitsAgent"))
    ) -> ClaimView:
        """Take a decision that the rules leave to a person: every refusal, and what stays unknown."""
        async with context.database.transaction() as connection:
            claim = await _claim(connection, claim_id)
            if claim.outcome is not None:
                raise Conflict(detail="The claim is decided already.")
            kept = await _newest_assessment(connection, claim_id, decision.assessment_id)
            if decision.outcome == "granted" and kept.verdict == "refused":
                issue = Issue(name="outcome", detail="A rule of the law says no.", rule="rejectedInput")
                raise InvalidInput(detail="The law does not allow to grant this.", issues=[issue])
            if decision.outcome == "granted":
                _check_grant(context, claim, kept)
            else:
                _check_refusal(kept)
            decided = PersonDecided(
                assessment_id=decision.assessment_id,
                outcome=decision.outcome,
                decided_by=principal.subject,
                reason=decision.reason,
            )
            await service.decide_by_person(connection, claim=claim, decided=decided)
        return await claim_view(context, claim_id)


def _check_grant(context: AnyContext, claim: claims.Claim, kept: claims.StoredAssessment) -> None:
    """Refuse a grant of what the applicant never proved, or of nothing at all; what the fund lacks may stay open.

    Raises:
        Conflict: something is asked of the applicant, or the law gives not one period of seven days and no quarter.
    """
    missing = [one.rule for one in results_from_json(kept.results) if one.waits_for_applicant()]
    if missing:
        raise Conflict(detail=f"The applicant still has to bring: {', '.join(missing)}. Complete the claim first.")
    law = law_on(parameters=context.parameters, fact_on=claim.fact_on)
    if not has_something_to_grant(facts=facts_from_json(kept.inputs), law=law):
        raise Conflict(
            detail="This would grant no month and no quarter; state the pension quarters built since the fact before "
            "(pensionQuarters, programme law art. 193 par. 3) or refuse."
        )


def _check_refusal(kept: claims.StoredAssessment) -> None:
    """Refuse a refusal that has no reason to state but what the fund itself did not find out (Charter art. 13)."""
    if not any(
        one.outcome is Outcome.NO or one.asked_of is AskedOf.APPLICANT for one in results_from_json(kept.results)
    ):
        raise Conflict(
            detail="No rule says no and nothing is asked of the applicant: find out what the fund still has to, and "
            "state it, before anybody refuses."
        )


def _add_reading(router: ApiRouter, context: AnyContext) -> None:
    @router.get("/v1/claims", summary="List claims", response_model=ClaimPage)
    async def list_claims(
        status: Literal["received", "waiting", "decided", "closed"] | None = None,
        dossier: UUID | None = None,
        after_claim: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> ClaimPage:
        """Return claims in the order in which they came; who asks for those of one dossier is on record."""
        async with context.database.transaction() as connection:
            rows = await claims.list_claims(
                connection, status=status, dossier=dossier, after=after_claim, page_size=page_size
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="claims", dossiers=[dossier], purpose="droitPasserelle"
            )
        return ClaimPage(items=tuple(claim_item(row) for row in rows))

    @router.get("/v1/claims/{claim_id}", summary="Read a claim", response_model=ClaimView)
    async def get_claim(claim_id: UUID, principal: Principal = Depends(require(*_MAY_READ))) -> ClaimView:
        """Return a claim with its rules, decision and payouts; the read is on record."""
        view = await claim_view(context, claim_id)
        async with context.database.transaction() as connection:
            await service.record(
                connection, actor=principal.subject, action="claim.read", dossier=view.dossier, claim_id=claim_id
            )
        return view


async def _claim(connection: Connection, claim_id: UUID) -> claims.Claim:
    found = await claims.find_claim(connection, claim_id=claim_id, lock=True)
    if found is None:
        raise NotFound(detail="There is no such claim.")
    return found


async def _newest_assessment(connection: Connection, claim_id: UUID, assessment_id: UUID) -> claims.StoredAssessment:
    kept = await claims.assessments_of(connection, claim_id=claim_id)
    if not kept or kept[-1].assessment_id != assessment_id:
        issue = Issue(name="assessmentId", detail="Is not the newest assessment of this claim.", rule="rejectedInput")
        raise InvalidInput(detail="Look at the newest assessment before you decide.", issues=[issue])
    return kept[-1]
