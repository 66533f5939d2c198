"""What the bailiff reports of a warrant, and who bears the costs of a service that came too late.

Whatever the bailiff sends is kept, with its refusal when it is refused. Costs of a service are borne by the debtor (RGS
art. 47bis). When the warrant had been taken back before, or its case was over, a program can't say whether the debtor
or the fund answers for them: a team lead does, with the reason.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field

from services.recovery.bailiff import store
from services.recovery.bailiff.service import LATE_SERVICE_TASK, ask_about_late_service, charge_costs
from services.recovery.bailiff.store import MandateRecord, decide_late_service, find_late_service, find_mandate
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.actions import CaseId, FreeText, Recorded
from services.recovery.ladder.service.cases import CaseRecord, Signal, find_case, tell_case
from services.recovery.ladder.service.taking_a_step import record_step
from shared.contracts.recovery_v1 import WarrantServed
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, ApiRouter, Conflict, NotFound, Principal, require
from shared.platform.http.partner_reports import (
    ReportAccepted,
    body_of,
    check_reporter,
    receive_report,
    refused_report,
)
from shared.platform.messages_out.outbox import publish
from shared.platform.people import audit
from shared.platform.people.tasks import overtake_task


class LateServiceDecision(ApiModel):
    """Who bears the costs of a service that came too late, and why."""

    decision: Literal["chargeDebtor", "bearByFund"]
    reason: FreeText


class BailiffReport(ApiModel):
    """What became of a warrant; costs come with the service."""

    mandate_id: UUID
    kind: Literal["served", "notServed"]
    on: date | None = Field(default=None, description="Day on which the bailiff found that it could not be served.")
    served_on: date | None = None
    cost_cents: Annotated[EuroCents, Field(ge=0, le=10_000_000)] | None = None
    reason: Literal["addressUnknown", "moved", "deceased", "insolvent"] | None = None


def bailiff_routers(context: AnyContext) -> tuple[ApiRouter, ApiRouter]:
    """Return the route on which the costs of a late service are decided, and the one for the bailiff."""
    decisions, reports = ApiRouter(tags=["Actions"]), ApiRouter(tags=["Reports"])

    @decisions.post(
        "/v1/cases/{case_id}/lateServices/{mandate_id}/decision",
        summary="Decide who bears the costs of a late service",
        response_model=Recorded,
    )
    async def decide_costs(
        case_id: CaseId,
        mandate_id: UUID,
        request: LateServiceDecision,
        principal: Principal = Depends(require("teamLead")),
    ) -> Recorded:
        """Charge the costs to the debtor, or let the fund bear them; decided once, also when the case is closed."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await find_case(connection, case_id=case_id, lock=True)
            late = await find_late_service(connection, mandate_id=mandate_id, lock=True)
            mandate = await find_mandate(connection, mandate_id=mandate_id)
            if case is None or late is None or mandate is None or late.case_id != case_id:
                raise NotFound(detail="This case has no such late service.")
            if late.decision == request.decision:
                return Recorded(case_id=case_id, recorded_id=mandate_id, result=request.decision)
            if late.decision is not None:
                raise Conflict(detail="It was decided otherwise before who bears these costs.")
            await decide_late_service(
                connection,
                mandate_id=mandate_id,
                decision=request.decision,
                decided_on=today,
                decided_by=principal.subject,
                reason=request.reason,
            )
            if request.decision == "chargeDebtor" and late.cost_cents:
                await charge_costs(connection, mandate=mandate, cost_cents=late.cost_cents, on=today)
            await overtake_task(
                connection,
                kind=LATE_SERVICE_TASK,
                reference=str(mandate_id),
                resolved_by=principal.subject,
                resolution=request.decision,
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action="case.lateServiceDecided",
                dossier=case.dossier,
                purpose="recovery",
                details={"caseId": str(case_id), "mandateId": str(mandate_id), "decision": request.decision},
            )
        return Recorded(case_id=case_id, recorded_id=mandate_id, result=request.decision)

    @reports.post(
        "/v1/bailiffReports",
        summary="Report what became of a warrant",
        response_model=ReportAccepted,
        openapi_extra=body_of(BailiffReport),
    )
    async def report_service(request: Request, principal: Principal = Depends(require("partner"))) -> ReportAccepted:
        """Take in the report of the bailiff; the same report again changes nothing."""

        async def take_in(connection: Connection, report: BailiffReport, today: date) -> None:
            await _take_in_service(connection, report=report, today=today, reporter=principal.subject)

        return await receive_report(
            context, request, principal, partner="bailiff", model=BailiffReport, take_in=take_in
        )

    return decisions, reports


async def _take_in_service(connection: Connection, *, report: BailiffReport, today: date, reporter: str) -> None:
    mandate, case = await _mandate_of(connection, report)
    check_reporter(given_to=mandate.given_to, reporter=reporter, name="mandateId")
    if mandate.sent_on is None:
        raise Conflict(detail="The receipt of this mandate has not been taken in yet: report again later.")
    if report.kind == "served":
        changed = await _served(connection, mandate=mandate, report=report, today=today, case=case)
    else:
        changed = await _not_served(connection, mandate=mandate, report=report, today=today)
    if changed:
        await tell_case(
            connection,
            case_id=case.case_id,
            dossier=case.dossier,
            signal=Signal.BAILIFF_REPORTED,
            event_id=mandate.mandate_id,
        )


async def _mandate_of(connection: Connection, report: BailiffReport) -> tuple[MandateRecord, CaseRecord]:
    mandate = await store.find_mandate(connection, mandate_id=report.mandate_id)
    case = None if mandate is None else await find_case(connection, case_id=mandate.case_id, lock=True)
    mandate = await store.find_mandate(connection, mandate_id=report.mandate_id)
    if mandate is None or case is None:
        raise refused_report("mandateId", "No mandate bears this id.", "referencedResourceNotFound")
    return mandate, case


async def _served(
    connection: Connection, *, mandate: MandateRecord, report: BailiffReport, today: date, case: CaseRecord
) -> bool:
    if report.served_on is None or report.cost_cents is None:
        name = "servedOn" if report.served_on is None else "costCents"
        raise refused_report(name, "A service comes with its day and its costs.", "requiredInput")
    if mandate.sent_on is None or not mandate.sent_on <= report.served_on <= today:
        raise refused_report("servedOn", "The day must lie between the mandate and today.", "outOfRange")
    if mandate.withdrawn_on is not None or not case.is_open:
        asked = await ask_about_late_service(
            connection,
            mandate=mandate,
            case=case,
            served_on=report.served_on,
            cost_cents=report.cost_cents,
            today=today,
        )
        if not asked:
            raise Conflict(detail="Something else was reported before about this mandate.")
        return False
    saved = await store.save_service(
        connection, mandate_id=mandate.mandate_id, served_on=report.served_on, cost_cents=report.cost_cents
    )
    if not saved:
        if (mandate.served_on, mandate.cost_cents) != (report.served_on, report.cost_cents):
            raise Conflict(detail="Something else was reported before about this mandate.")
        return False
    await record_step(
        connection,
        case_id=case.case_id,
        step=Step.SERVICE,
        attempt=1,
        done_on=report.served_on,
        article="RGS art. 47bis par. 4",
        evidence={"mandateId": str(mandate.mandate_id), "costCents": report.cost_cents},
    )
    await publish(
        connection,
        WarrantServed(
            dossier=case.dossier,
            occurred_on=report.served_on,
            case_id=case.case_id,
            warrant_id=mandate.warrant_id,
            served_on=report.served_on,
            quarters=tuple(mandate.quarters),
        ),
    )
    await charge_costs(connection, mandate=mandate, cost_cents=report.cost_cents, on=report.served_on)
    return True


async def _not_served(connection: Connection, *, mandate: MandateRecord, report: BailiffReport, today: date) -> bool:
    if report.on is None or report.reason is None:
        name = "on" if report.on is None else "reason"
        raise refused_report(name, "A warrant that was not served comes with the day and the reason.", "requiredInput")
    if mandate.sent_on is None or not mandate.sent_on <= report.on <= today:
        raise refused_report("on", "The day must lie between the mandate and today.", "outOfRange")
    saved = await store.save_not_served(
        connection, mandate_id=mandate.mandate_id, failed_on=report.on, reason=report.reason
    )
    if not saved and mandate.failed_on is None:
        raise Conflict(detail="Something else was reported before about this mandate.")
    return saved
