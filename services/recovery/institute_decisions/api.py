"""What the institute decides about a debtor, and summonses: recorded by a person, told to billing in one transaction.

Fines, exemptions and waivers are decided and written by the national institute: the fund writes no letter of its own
about them, it only books them. A reference is recorded once; the same report again is answered as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import AfterValidator, Field

from services.recovery.institute_decisions.rules import DecisionKind, Infringement, final_on_earliest, fine_bounds
from services.recovery.institute_decisions.service import Decision, MakeFact, record_decision
from services.recovery.institute_decisions.store import decisions_of
from services.recovery.ladder.service.actions import MAY_WORK, without_identifiers
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import (
    ExemptionGranted,
    FineImposed,
    SummonsServed,
    SurchargesWaived,
    WaivedSurcharges,
)
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.law.money import format_euro
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.database.rows import JsonObject
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, require
from shared.platform.people import audit

EXEMPTION_ARTICLE: Final = "AR38 art. 17"
WAIVER_ARTICLE: Final = "RGS art. 48"
_MAY_SEE: Final = ("collectionsAgent", "teamLead", "auditor")
#: The reference of the institute or of the bailiff; no national or account number belongs in it.
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{2,39}$"), AfterValidator(without_identifiers)]
Quarters = Annotated[tuple[YearQuarter, ...], Field(min_length=1, max_length=80)]


class DecisionReport(ApiModel):
    """Something that was decided or served elsewhere about a dossier."""

    dossier: UUID
    reference: Reference


class DecidedReport(DecisionReport):
    """A decision of the institute."""

    decided_on: date


class FineReport(DecidedReport):
    """An administrative fine (royal decree 38, art. 17bis)."""

    infringement: Literal["notAffiliated", "unregisteredPartner", "notWithheld"]
    committed_on: date = Field(description="Day of the infringement, whose law applies.")
    fine_cents: Annotated[EuroCents, Field(gt=0)]
    again: bool = Field(default=False, description="Within a year of an earlier fine (art. 17bis par. 2/1).")
    mitigated: bool = Field(default=False, description="Below the least fine, for mitigating circumstances (par. 2).")
    final_on: date = Field(description="First day on which the decision can be appealed no longer.")


class ExemptionReport(DecidedReport):
    """An exemption from the contributions of whole quarters (royal decree 38, art. 17)."""

    quarters: Quarters


class WaivedQuarter(ApiModel):
    """What is waived of the surcharges of a quarter; all of them without ``cents``."""

    quarter: YearQuarter
    cents: Annotated[EuroCents, Field(gt=0)] | None = None


class SurchargeWaiverReport(DecidedReport):
    """A waiver of surcharges (RGS art. 48)."""

    waived: tuple[WaivedQuarter, ...] = Field(min_length=1, max_length=80)


class SummonsReport(DecisionReport):
    """The debtor was summoned before the labour tribunal to pay contributions of quarters."""

    served_on: date
    quarters: Quarters


class DecisionRecorded(ApiModel):
    """What was reported is written down; ``recorded`` is false when it was before."""

    decision_id: UUID
    recorded: bool


class DecisionView(ApiModel):
    """A decision as it was recorded."""

    decision_id: UUID
    kind: DecisionKind
    reference: str
    decided_on: date
    recorded_on: date
    recorded_by: str
    content: JsonObject


class DecisionList(ApiModel):
    """Decisions about a debtor, the oldest first."""

    items: tuple[DecisionView, ...]


def institute_decisions_router(context: AnyContext) -> ApiRouter:
    """Return the routes for decisions of the institute and summonses."""
    # see limits: decisions-of-the-institute-come-on-paper
    router = ApiRouter(tags=["Decisions"])

    @router.post("/v1/fines", summary="Record a fine of the institute", response_model=DecisionRecorded)
    async def record_fine(report: FineReport, principal: Principal = Depends(require("teamLead"))) -> DecisionRecorded:
        """Claim an administrative fine that can be appealed no longer: payments go to it first (AR38 art. 17ter)."""
        today = await context.clock.today()
        _check_day("decidedOn", report.decided_on, today)
        article = _check_fine(report, today=today, parameters=context.parameters)
        fact = partial(_fine, report, article)
        return await _record(context, DecisionKind.FINE, report, report.decided_on, fact, principal)

    @router.post("/v1/exemptions", summary="Record an exemption of the institute", response_model=DecisionRecorded)
    async def record_exemption(
        report: ExemptionReport, principal: Principal = Depends(require("teamLead"))
    ) -> DecisionRecorded:
        """Exempt from whole quarters: their contributions, fees and surcharges are owed no longer (AR38 art. 17)."""
        _check_day("decidedOn", report.decided_on, await context.clock.today())
        # see limits: exemptions-cover-whole-quarters
        _check_quarters("quarters", report.quarters)
        fact = partial(_exemption, report)
        return await _record(context, DecisionKind.EXEMPTION, report, report.decided_on, fact, principal)

    @router.post("/v1/surchargeWaivers", summary="Record a waiver of surcharges", response_model=DecisionRecorded)
    async def record_surcharge_waiver(
        report: SurchargeWaiverReport, principal: Principal = Depends(require("teamLead"))
    ) -> DecisionRecorded:
        """Waive surcharges of quarters in whole or in part (RGS art. 48); the contributions stay owed."""
        _check_day("decidedOn", report.decided_on, await context.clock.today())
        _check_quarters("waived", [one.quarter for one in report.waived])
        fact = partial(_waiver, report)
        return await _record(context, DecisionKind.SURCHARGE_WAIVER, report, report.decided_on, fact, principal)

    @router.post("/v1/summonses", summary="Record a summons", response_model=DecisionRecorded)
    async def record_summons(
        report: SummonsReport, principal: Principal = Depends(require(*MAY_WORK))
    ) -> DecisionRecorded:
        """Record that the debtor was summoned to pay: the 3 % stops and interest runs (RGS art. 44 par. 1)."""
        _check_day("servedOn", report.served_on, await context.clock.today())
        _check_quarters("quarters", report.quarters)
        fact = partial(_summons, report)
        return await _record(context, DecisionKind.SUMMONS, report, report.served_on, fact, principal)

    @router.get(
        "/v1/dossiers/{dossier}/instituteDecisions",
        summary="List decisions about a debtor",
        response_model=DecisionList,
    )
    async def list_decisions(dossier: UUID, principal: Principal = Depends(require(*_MAY_SEE))) -> DecisionList:
        """List fines, exemptions, waivers and summonses as they were recorded."""
        async with context.database.transaction() as connection:
            rows = await decisions_of(connection, dossier=dossier)
            await audit.record(
                connection,
                actor=principal.subject,
                action="instituteDecision.read",
                dossier=dossier,
                purpose="recovery",
                details={},
            )
        return DecisionList(items=tuple(DecisionView.model_validate(row, from_attributes=True) for row in rows))

    return router


def _fine(report: FineReport, article: str, decision_id: UUID, today: date) -> Fact:
    return FineImposed(
        dossier=report.dossier,
        occurred_on=today,
        fine_id=decision_id,
        quarter=str(Quarter.of(today)),
        fine_cents=report.fine_cents,
        article=article,
        decided_on=report.decided_on,
        final_on=report.final_on,
    )


def _exemption(report: ExemptionReport, decision_id: UUID, today: date) -> Fact:
    return ExemptionGranted(
        dossier=report.dossier,
        occurred_on=today,
        decision_id=decision_id,
        quarters=tuple(sorted(report.quarters)),
        article=EXEMPTION_ARTICLE,
    )


def _waiver(report: SurchargeWaiverReport, decision_id: UUID, today: date) -> Fact:
    return SurchargesWaived(
        dossier=report.dossier,
        occurred_on=today,
        decision_id=decision_id,
        waived=tuple(WaivedSurcharges(quarter=one.quarter, cents=one.cents) for one in report.waived),
        article=WAIVER_ARTICLE,
    )


def _summons(report: SummonsReport, decision_id: UUID, today: date) -> Fact:
    return SummonsServed(
        dossier=report.dossier,
        occurred_on=today,
        summons_id=decision_id,
        served_on=report.served_on,
        quarters=tuple(sorted(report.quarters)),
    )


async def _record(
    context: AnyContext,
    kind: DecisionKind,
    report: DecisionReport,
    happened_on: date,
    make_fact: MakeFact,
    principal: Principal,
) -> DecisionRecorded:
    """Keep a decision, tell it and put it on record; the same report again changes nothing."""
    today = await context.clock.today()
    quarters = report.quarters if isinstance(report, ExemptionReport | SummonsReport) else ()
    decision = Decision(
        kind=kind,
        dossier=report.dossier,
        reference=report.reference,
        decided_on=happened_on,
        content=report.model_dump(mode="json", by_alias=True),
        quarters=frozenset(map(Quarter.parse, quarters)),
    )
    async with context.database.transaction() as connection:
        decision_id, created = await record_decision(
            connection, decision, make_fact=make_fact, recorded_by=principal.subject, today=today
        )
    return DecisionRecorded(decision_id=decision_id, recorded=created)


def _check_fine(report: FineReport, *, today: date, parameters: Parameters) -> str:
    """Refuse a fine the law does not know, or that can be appealed still; return its article."""
    if report.committed_on > report.decided_on:
        detail = "An infringement comes before the decision about it."
        raise InvalidInput(issues=[Issue(name="committedOn", detail=detail, rule="outOfRange")])
    earliest = final_on_earliest(decided_on=report.decided_on, parameters=parameters)
    if not earliest <= report.final_on <= today:
        detail = f"A fine is claimed once nobody can appeal: a day from {earliest.isoformat()} to today."
        raise InvalidInput(issues=[Issue(name="finalOn", detail=detail, rule="outOfRange")])
    try:
        bounds = fine_bounds(
            infringement=Infringement(report.infringement),
            again=report.again,
            mitigated=report.mitigated,
            on=report.committed_on,
            parameters=parameters,
        )
    except ParameterMissing as missing:
        raise InvalidInput(issues=[Issue(name="committedOn", detail=str(missing), rule="noLaw")]) from missing
    if not bounds.least_cents <= report.fine_cents <= bounds.highest_cents:
        least, highest = format_euro(bounds.least_cents, "en"), format_euro(bounds.highest_cents, "en")
        detail = f"Between {least} and {highest} ({bounds.article})."
        raise InvalidInput(issues=[Issue(name="fineCents", detail=detail, rule="outOfRange")])
    return bounds.article


def _check_day(field: str, day: date, today: date) -> None:
    if day > today:
        raise InvalidInput(issues=[Issue(name=field, detail="This day is yet to come.", rule="outOfRange")])


def _check_quarters(field: str, quarters: Sequence[str]) -> None:
    if len(set(quarters)) != len(quarters):
        raise InvalidInput(issues=[Issue(name=field, detail="Each quarter is named once.", rule="rejectedInput")])
