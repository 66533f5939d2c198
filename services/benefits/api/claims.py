"""Claims to the droit passerelle: received, completed, decided, read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from services.benefits.domain import charter
from services.benefits.domain.droit_passerelle import Ground
from services.benefits.domain.procedures import InformationReceived, PersonDecided
from services.benefits.store import claims as store
from shared.contracts.vocabulary import Category, EuroCents, YearQuarter
from shared.platform import audit, dispatch
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require

_MAY_WRITE = ("benefitsAgent", "service")
_MAY_READ = ("benefitsAgent", "finance", "teamLead", "auditor", "service")
Reason = Annotated[str, Field(min_length=10, max_length=500)]


class AttestedQuarter(ApiModel):
    """A quarter of the career in another fund, as the national register attests it."""

    quarter: YearQuarter
    category: Category
    paid: bool = Field(description="Whether the quarter was paid or built up pension rights.")


class Statements(ApiModel):
    """What the applicant, or staff on evidence, says of a claim; what is absent is not known yet."""

    stopped_all_activity: bool | None = Field(default=None, description="Sworn: all self-employed activity stopped.")
    evidence_received: bool | None = Field(default=None, description="The ground was proven, such as by a judgment.")
    convicted: bool | None = Field(default=None, description="Sworn: convicted under art. 489 to 489ter (art. 192).")
    provoked: bool | None = Field(default=None, description="Sworn: the interruption was provoked on purpose.")
    interruption_ends_before: date | None = Field(default=None, description="First day of activity again, if known.")
    previous_months: int | None = Field(default=None, ge=0, le=24, description="Months received since 1997.")
    previous_quarters: int | None = Field(default=None, ge=0, le=8, description="Quarters received since 1997.")
    replacement_income_cents: EuroCents | None = Field(default=None, ge=0, description="Other income, by month.")
    resides_in_belgium: bool | None = Field(default=None, description="Staff only: main residence (art. 191).")
    attested_quarters: tuple[AttestedQuarter, ...] | None = Field(default=None, max_length=16)

    def said(self) -> dict[str, Any]:
        """Return what was said, without what was not."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class ClaimRequest(ApiModel):
    """A claim as it came in."""

    dossier: UUID
    kind: Literal["droitPasserelle"]
    ground: Ground
    fact_on: date = Field(description="Begin of the interruption, or cessation.")
    received_on: date = Field(description="Postmark, deposit or electronic dispatch (programme law art. 194 par. 2).")
    dependant: bool = Field(description="Whether a dependant is declared; the amount waits for the insurer's word.")
    dependant_attested: bool = False
    statements: Statements = Field(default_factory=Statements)


class Information(ApiModel):
    """What completes a claim."""

    statements: Statements = Field(default_factory=Statements)
    dependant_attested: bool = Field(default=False, description="The insurer attested a dependant.")


class DecisionRequest(ApiModel):
    """What a member of staff decides, and why; the assessment they looked at."""

    outcome: Literal["granted", "refused"]
    assessment_id: UUID
    reason: Reason


class RuleView(ApiModel):
    """What one rule said."""

    rule: str
    article: str
    outcome: Literal["yes", "no", "maybe"]
    asked_of: Literal["applicant", "staff"] | None = None
    facts: dict[str, Any]


class AssessmentView(ApiModel):
    """What the rules said on a day; ``parameters`` shows how sure the amounts are."""

    assessment_id: UUID
    assessed_on: date
    verdict: Literal["granted", "refused", "incomplete"]
    inputs_sha256: str
    results: tuple[RuleView, ...]
    parameters: dict[str, Any]


class MonthView(ApiModel):
    """A month of a granted claim."""

    month: str
    parts: int = Field(description="Periods of seven days; four make a full monthly amount.")
    full_month: bool
    payable_from: date


class DecisionView(ApiModel):
    """A decision."""

    outcome: Literal["granted", "refused"]
    assessment_id: UUID
    decided_on: date
    decided_by: str
    reason: str
    months: int
    relief_quarters: tuple[YearQuarter, ...]
    relief_waives_contributions: bool
    entitled_months: tuple[MonthView, ...]


class ClaimPayoutView(ApiModel):
    """What was or will be paid for a month."""

    payout_id: UUID
    month: str
    kind: Literal["benefit", "dependantDifference"]
    amount_cents: EuroCents
    status: str
    executed_on: date | None = None
    parameter: dict[str, Any]


class ClaimItem(ApiModel):
    """A claim in a list."""

    href: str
    claim_id: UUID
    dossier: UUID
    file_number: int | None = None
    ground: str
    fact_on: date
    received_on: date
    status: Literal["received", "waiting", "decided", "closed"]
    outcome: Literal["granted", "refused"] | None = None


class ClaimPage(ApiModel):
    """Claims in the order in which they came."""

    items: tuple[ClaimItem, ...]


class ClaimView(ClaimItem):
    """A claim with all that was asked, said, decided and paid."""

    dependant: bool
    dependant_attested_on: date | None = None
    assessments: tuple[AssessmentView, ...]
    decision: DecisionView | None = None
    payouts: tuple[ClaimPayoutView, ...]


class ClaimReceivedView(ApiModel):
    """The claim, and whether it was there already."""

    claim_id: UUID
    already_received: bool
    decide_before: date


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
        """Keep a claim and start its procedure; the same person and fact again is the same claim."""
        today = await context.clock.today()
        _check_dates(claim, today)
        delays = charter.charter_on(parameters=context.parameters, day=claim.received_on)
        decide_before = charter.decide_before(received_on=claim.received_on, suspended_days=0, law=delays)
        async with context.database.transaction() as connection:
            if await store.read_insured(connection, dossier=claim.dossier) is None:
                issue = Issue(name="dossier", detail="No affiliation is known.", rule="referencedResourceNotFound")
                raise InvalidInput(detail="The dossier is not known here.", issues=[issue])
            claim_id, new = await store.receive_claim(
                connection,
                dossier=claim.dossier,
                ground=claim.ground.value,
                fact_on=claim.fact_on,
                received_on=claim.received_on,
                dependant=claim.dependant,
                decide_before=decide_before,
                statements=claim.statements.said(),
                told_by=principal.subject,
            )
            if new and claim.dependant_attested:
                await store.attest_dependant(connection, claim_id=claim_id, attested_on=today)
            if new:
                await _record(connection, principal, "claim.received", claim.dossier, claim_id)
        response.status_code = 202 if new else 200
        response.headers["Location"] = f"/v1/claims/{claim_id}"
        return ClaimReceivedView(claim_id=claim_id, already_received=not new, decide_before=decide_before)


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
            claim = await _claim(connection, claim_id, lock=True)
            if information.dependant_attested:
                await store.attest_dependant(connection, claim_id=claim_id, attested_on=today)
            if said and claim.outcome is not None:
                raise Conflict(detail="The claim is decided; new evidence is a new claim (Charter art. 19).")
            statement = (
                await store.add_statement(
                    connection, claim_id=claim_id, told_on=today, told_by=principal.subject, statements=said
                )
                if said
                else None
            )
            await _record(connection, principal, "claim.completed", claim.dossier, claim_id)
            if statement is not None:
                await dispatch.signal_workflow(
                    connection,
                    workflow_id=store.workflow_id(claim_id),
                    signal="information_received",
                    argument=InformationReceived(statement=statement),
                    dossier=claim.dossier,
                )
        return await _view(context, claim_id)

    @router.post("/v1/claims/{claim_id}/decision", status_code=202, summary="Decide a claim", response_model=ClaimView)
    async def decide_claim(
        claim_id: UUID, decision: DecisionRequest, principal: Principal = Depends(require("benefitsAgent"))
    ) -> ClaimView:
        """Take a decision that the rules leave to a person: every refusal, and what stays unknown."""
        async with context.database.transaction() as connection:
            claim = await _claim(connection, claim_id, lock=True)
            if claim.outcome is not None:
                raise Conflict(detail="The claim is decided already.")
            kept = await _assessment(connection, claim_id, decision.assessment_id)
            if decision.outcome == "granted" and kept.verdict == "refused":
                issue = Issue(name="outcome", detail="A rule of the law says no.", rule="rejectedInput")
                raise InvalidInput(detail="The law does not allow to grant this.", issues=[issue])
            await _record(connection, principal, f"claim.{decision.outcome}ByPerson", claim.dossier, claim_id)
            await dispatch.signal_workflow(
                connection,
                workflow_id=store.workflow_id(claim_id),
                signal="person_decided",
                argument=PersonDecided(
                    assessment_id=decision.assessment_id,
                    outcome=decision.outcome,
                    decided_by=principal.subject,
                    reason=decision.reason,
                ),
                dossier=claim.dossier,
            )
        return await _view(context, claim_id)


def _add_reading(router: ApiRouter, context: AnyContext) -> None:
    @router.get("/v1/claims", summary="List claims", response_model=ClaimPage)
    async def list_claims(
        status: Literal["received", "waiting", "decided", "closed"] | None = None,
        dossier: UUID | None = None,
        after_claim: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        principal: Principal = Depends(require(*_MAY_READ)),  # noqa: ARG001
    ) -> ClaimPage:
        """Return claims in the order in which they came."""
        async with context.database.transaction() as connection:
            rows = await store.list_claims(
                connection, status=status, dossier=dossier, after=after_claim, page_size=page_size
            )
        return ClaimPage(items=tuple(ClaimItem(**_item(row)) for row in rows))

    @router.get("/v1/claims/{claim_id}", summary="Read a claim", response_model=ClaimView)
    async def get_claim(claim_id: UUID, principal: Principal = Depends(require(*_MAY_READ))) -> ClaimView:
        """Return a claim with its rules, decision and payouts; the read is on record."""
        view = await _view(context, claim_id)
        async with context.database.transaction() as connection:
            await _record(connection, principal, "claim.read", view.dossier, claim_id)
        return view


async def _record(connection: Connection, principal: Principal, action: str, dossier: UUID, claim_id: UUID) -> None:
    await audit.record(
        connection,
        actor=principal.subject,
        action=action,
        dossier=dossier,
        purpose="droitPasserelle",
        details={"claimId": str(claim_id)},
    )


async def _claim(connection: Connection, claim_id: UUID, *, lock: bool = False) -> store.Claim:
    try:
        return await store.read_claim(connection, claim_id=claim_id, lock=lock)
    except LookupError:
        raise NotFound(detail="There is no such claim.") from None


async def _assessment(connection: Connection, claim_id: UUID, assessment_id: UUID) -> store.StoredAssessment:
    latest = await store.latest_assessment(connection, claim_id=claim_id)
    if latest != assessment_id:
        issue = Issue(name="assessmentId", detail="Is not the newest assessment of this claim.", rule="rejectedInput")
        raise InvalidInput(detail="Look at the newest assessment before you decide.", issues=[issue])
    return await store.read_assessment(connection, assessment_id=assessment_id)


async def _view(context: AnyContext, claim_id: UUID) -> ClaimView:
    async with context.database.transaction() as connection:
        row = await store.claim_detail(connection, claim_id=claim_id)
    if row is None:
        raise NotFound(detail="There is no such claim.")
    decision = row["decision"]
    return ClaimView(
        **_item(row),
        dependant=row["dependant"],
        dependant_attested_on=row["dependant_attested_on"],
        assessments=tuple(_assessment_view(kept) for kept in row["assessments"]),
        decision=None if decision is None else _decision_view(decision),
        payouts=tuple(
            ClaimPayoutView(
                payout_id=one["id"],
                month=one["month"],
                kind=one["kind"],
                amount_cents=one["amount_cents"],
                status=one["status"],
                executed_on=one["executed_on"],
                parameter=one["parameter"],
            )
            for one in row["payouts"]
        ),
    )


def _item(row: dict[str, Any]) -> dict[str, Any]:
    names = ("dossier", "file_number", "ground", "fact_on", "received_on", "status", "outcome")
    return {"href": f"/v1/claims/{row['id']}", "claim_id": row["id"], **{name: row[name] for name in names}}


def _assessment_view(row: dict[str, Any]) -> AssessmentView:
    return AssessmentView(
        assessment_id=row["id"],
        assessed_on=row["assessed_on"],
        verdict=row["verdict"],
        inputs_sha256=row["inputs_sha256"],
        results=tuple(RuleView(**result) for result in row["results"]),
        parameters=row["parameters"],
    )


def _decision_view(row: dict[str, Any]) -> DecisionView:
    names = ("outcome", "assessment_id", "decided_on", "decided_by", "reason", "months", "relief_waives_contributions")
    return DecisionView(
        **{name: row[name] for name in names},
        relief_quarters=tuple(row["relief_quarters"]),
        entitled_months=tuple(MonthView(**month) for month in row["entitled_months"]),
    )
