"""Requests to contribute more or less, and the advice before them: what does it save, what does it risk."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from services.billing.dossier_facts.service.facts import facts_of
from services.billing.dossier_facts.service.law import assessment_law
from services.billing.reductions import service as contribution_requests
from services.billing.reductions import store
from services.billing.reductions.procedure import Cents
from services.billing.reductions.rules.advice import Advice, Scenario, advise
from services.billing.reductions.rules.reductions import (
    FIRST_YEAR,
    GRANTED_REASONS,
    REFUSED_REASONS,
    Decision,
    Evidence,
    Finding,
    KeptRequest,
    NotComputable,
    RequestFindings,
    RequestKind,
)
from services.billing.reductions.service import AlreadyDecided
from services.billing.subjects.service import READERS, known, log_read
from shared.contracts.billing_v1 import RequestOutcome
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    Role,
    require,
)
from shared.platform.people import audit

_Year = Annotated[int, Field(ge=FIRST_YEAR, le=2100)]


class NewContributionRequest(ApiModel):
    """Somebody asks to contribute on the income they expect of a year.

    The estimate is of the quarters they are known to be active in when they ask: who will stop tells that first.
    """

    dossier: UUID
    year: _Year
    kind: RequestKind
    estimate_cents: Cents
    evidence: tuple[Evidence, ...] = ()


class RequestFindingsView(ApiModel):
    """What the rules say of a request; amounts of the whole year, management fee included."""

    legal_cents: EuroCents
    current_cents: EuroCents
    asked_cents: EuroCents
    minimum_income_cents: EuroCents
    problems: tuple[Finding, ...]


class ContributionRequestView(ApiModel):
    """A request, and its decision where there is one."""

    request_id: UUID
    dossier: UUID
    year: int
    kind: RequestKind
    estimate_cents: EuroCents
    estimate_quarters: int = Field(description="Quarters of the year it is the income of (AR38 art. 11 par. 5 al. 3).")
    received_on: date
    evidence: tuple[str, ...]
    findings: RequestFindingsView
    outcome: RequestOutcome | None = None
    reason: str | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    applied_on: date | None = None


class ContributionRequests(ApiModel):
    """The requests of a dossier, the oldest first."""

    items: tuple[ContributionRequestView, ...]


class RequestDecision(ApiModel):
    """How a person decides a request, and why."""

    outcome: RequestOutcome
    reason: str


class AdviceQuery(ApiModel):
    """What somebody thinks of asking, and the incomes the year may turn out to have."""

    dossier: UUID
    year: _Year
    estimate_cents: Cents
    incomes_cents: tuple[Cents, ...] = Field(default=(), max_length=20)
    evidence: tuple[Evidence, ...] = ()


class AdvisedSurcharge(ApiModel):
    """One surcharge of art. 11bis that would be due."""

    charged_on: date
    base_cents: EuroCents
    rate: Decimal
    surcharge_cents: EuroCents
    article: str


class ScenarioView(ApiModel):
    """What happens if the income turns out to be this one."""

    income_cents: EuroCents
    definitive_cents: EuroCents
    supplement_cents: EuroCents = Field(description="Claimed after the reduction; given back when negative.")
    supplement_without_cents: EuroCents = Field(description="The same without the reduction.")
    spared_cents: EuroCents
    surcharge_cents: EuroCents
    surcharges: tuple[AdvisedSurcharge, ...]


class AdviceView(ApiModel):
    """What a reduction saves now, and what it risks when the statement of the year comes."""

    year: int
    findings: RequestFindingsView
    saved_cents: EuroCents
    statement_on: date
    scenarios: tuple[ScenarioView, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Requests"])
    law = assessment_law(context)

    @routes.post(
        "/contributionRequests",
        status_code=201,
        response_model=ContributionRequestView,
        responses={200: {"model": ContributionRequestView, "description": "The request was received before."}},
        summary="Ask to contribute more or less",
    )
    async def create_contribution_request(
        request: NewContributionRequest,
        response: Response,
        principal: Principal = Depends(require(Role.AFFILIATION_AGENT, Role.FINANCE, Role.SERVICE)),
    ) -> Any:
        """Keep a request with what the rules say of it, and start its procedure."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            await known(connection, request.dossier)
            try:
                received = await contribution_requests.receive_request(
                    connection,
                    dossier=request.dossier,
                    year=request.year,
                    kind=request.kind,
                    estimate_cents=request.estimate_cents,
                    evidence=[str(one) for one in request.evidence],
                    received_on=today,
                    received_by=principal.subject,
                    law=law,
                )
            except NotComputable as problem:
                raise _not_computable(problem) from problem
            row = await store.request_of(connection, request_id=received.request_id)
            await log_read(connection, principal, request.dossier, "contributionRequests")
        if not received.created:
            response.status_code = 200
        return _request(row)

    @routes.get("/contributionRequests/{dossier}", response_model=ContributionRequests, summary="Requests of a dossier")
    async def list_contribution_requests(dossier: UUID, principal: Principal = Depends(require(*READERS))) -> Any:
        """Show the requests of a dossier with their decisions."""
        async with context.database.transaction() as connection:
            await known(connection, dossier)
            rows = await store.requests_of(connection, dossier=dossier)
            await log_read(connection, principal, dossier, "contributionRequests")
        return ContributionRequests(items=tuple(_request(row) for row in rows))

    @routes.post(
        "/contributionRequests/{request_id}/decision",
        status_code=202,
        response_model=ContributionRequestView,
        summary="Decide a request",
    )
    async def decide_contribution_request(
        request_id: UUID,
        decision: RequestDecision,
        principal: Principal = Depends(require(Role.AFFILIATION_AGENT, Role.TEAM_LEAD)),
    ) -> Any:
        """Grant or refuse, with the reason the letter gives; the procedure does the rest."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            row = await _request_row(connection, request_id)
            _check_decision(decision, row)
            try:
                await contribution_requests.decide(
                    connection,
                    request_id=request_id,
                    outcome=decision.outcome,
                    reason=decision.reason,
                    decided_on=today,
                    decided_by=principal.subject,
                    signal=True,
                )
            except AlreadyDecided as error:
                raise Conflict(detail=str(error)) from error
            await audit.record(
                connection,
                actor=principal.subject,
                action="contributionRequest.decided",
                dossier=row.dossier,
                purpose="contribution request",
                details={"requestId": str(request_id), "outcome": str(decision.outcome), "reason": decision.reason},
            )
            row = await _request_row(connection, request_id)
        return _request(row)

    @routes.post("/reductionAdvice/query", response_model=AdviceView, summary="What does a reduction save and risk")
    async def query_reduction_advice(query: AdviceQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Compare the year with and without the reduction, for each income it may turn out to have."""
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            facts = await facts_of(connection, dossier=query.dossier, law=law)
            await log_read(connection, principal, query.dossier, "reductionAdvice")
        try:
            advice = advise(
                facts,
                year=query.year,
                estimate_cents=query.estimate_cents,
                incomes_cents=query.incomes_cents or (query.estimate_cents,),
                evidence=[str(one) for one in query.evidence],
                law=law,
            )
        except NotComputable as problem:
            raise _not_computable(problem) from problem
        return _advice(advice)

    return routes


async def _request_row(connection: Connection, request_id: UUID) -> KeptRequest:
    try:
        return await store.request_of(connection, request_id=request_id)
    except LookupError as error:
        raise NotFound(detail="There is no such request.") from error


def _check_decision(decision: RequestDecision, request: KeptRequest) -> None:
    """Refuse a reason that does not fit its outcome, and a grant against a rule that no person can set aside."""
    allowed = GRANTED_REASONS if decision.outcome is RequestOutcome.GRANTED else REFUSED_REASONS
    if decision.reason not in allowed:
        detail = f"a request is {decision.outcome} because of one of {', '.join(allowed)}"
        raise InvalidInput(issues=[Issue(name="reason", detail=detail, rule="outOfRange")])
    hindrances = {str(one) for one in request.findings.problems if one is not Finding.EVIDENCE_MISSING}
    if decision.outcome is RequestOutcome.GRANTED and hindrances:
        detail = f"the law stands against it: {', '.join(sorted(hindrances))}"
        raise InvalidInput(issues=[Issue(name="outcome", detail=detail, rule="againstTheLaw")])


def _not_computable(problem: NotComputable) -> InvalidInput:
    return InvalidInput(issues=[Issue(name="year", detail=str(problem), rule="notComputable")])


def _request(request: KeptRequest) -> ContributionRequestView:
    decision = {} if request.decision is None else asdict(request.decision)
    same = ContributionRequestView.model_fields.keys() - {field.name for field in fields(Decision)} - {"findings"}
    return ContributionRequestView(
        **{name: getattr(request, name) for name in same}, **decision, findings=_findings(request.findings)
    )


def _findings(findings: RequestFindings) -> RequestFindingsView:
    return RequestFindingsView(**{name: getattr(findings, name) for name in RequestFindingsView.model_fields})


def _advice(advice: Advice) -> AdviceView:
    return AdviceView(
        year=advice.year,
        findings=_findings(advice.findings),
        saved_cents=advice.saved_cents,
        statement_on=advice.statement_on,
        scenarios=tuple(_scenario(one) for one in advice.scenarios),
    )


def _scenario(one: Scenario) -> ScenarioView:
    return ScenarioView(
        income_cents=one.income_cents,
        definitive_cents=one.definitive_cents,
        supplement_cents=one.supplement_cents,
        supplement_without_cents=one.supplement_without_cents,
        spared_cents=one.spared_cents,
        surcharge_cents=one.surcharge_cents,
        surcharges=tuple(
            AdvisedSurcharge(
                charged_on=surcharge.charged_on,
                base_cents=surcharge.base_cents,
                rate=surcharge.rate,
                surcharge_cents=surcharge.cents,
                article=surcharge.article,
            )
            for surcharge in one.surcharges
        ),
    )
