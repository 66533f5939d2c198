"""What the bailiff reports of a warrant. Whatever is sent is kept, with its refusal when it is refused."""

from __future__ import annotations

from datetime import date

from fastapi import Depends, Request

from services.recovery.bailiff import store
from services.recovery.bailiff.api.models import BailiffReport
from services.recovery.bailiff.service import ask_about_late_service
from services.recovery.bailiff.store import MandateRecord
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord, Signal, find_case, tell_case
from services.recovery.ladder.service.taking_a_step import record_step
from shared.contracts.recovery_v1 import CostsCharged, WarrantServed
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiRouter, Conflict, Principal, require
from shared.platform.http.partner_reports import (
    ReportAccepted,
    body_of,
    check_reporter,
    receive_report,
    refused_report,
)
from shared.platform.outbox import publish


def bailiff_reports_router(context: AnyContext) -> ApiRouter:
    """Return the route for the bailiff."""
    router = ApiRouter(tags=["Reports"])

    @router.post(
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

    return router


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
    await publish(
        connection,
        CostsCharged(
            dossier=case.dossier,
            occurred_on=report.served_on,
            case_id=case.case_id,
            warrant_id=mandate.warrant_id,
            quarter=min(mandate.quarters),
            cost_cents=report.cost_cents,
        ),
    )
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
