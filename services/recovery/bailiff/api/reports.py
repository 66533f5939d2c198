"""What the post and the bailiff report. Whatever they send is kept, with its refusal when it is refused."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import Depends, Request

from services.recovery.bailiff.api.late_services import ask_about_late_service
from services.recovery.ladder.api.models import BailiffReport
from services.recovery.ladder.rules.ladder import contest_deadline
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord, find_case
from services.recovery.ladder.service.law_in_force import Rules
from services.recovery.ladder.service.signals import Signal, tell_case
from services.recovery.ladder.store.steps import record_step
from services.recovery.registered_letters import store as papers
from services.recovery.registered_letters.store import LetterRecord, MandateRecord
from shared.contracts.recovery_v1 import CostsCharged, LastReminderServed, WarrantServed
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiRouter, Conflict, Principal, require
from shared.platform.http.partner_reports import (
    DeliveryReport,
    ReportAccepted,
    body_of,
    check_reporter,
    receive_report,
    refused_report,
)
from shared.platform.outbox import publish


def reports_router(context: AnyContext) -> ApiRouter:
    """Return the routes for partners."""
    router = ApiRouter(tags=["Reports"])
    rules = Rules(parameters=context.parameters, fund=context.fund)

    @router.post(
        "/v1/deliveryReports",
        summary="Report what became of a registered letter",
        response_model=ReportAccepted,
        openapi_extra=body_of(DeliveryReport),
    )
    async def report_delivery(request: Request, principal: Principal = Depends(require("partner"))) -> ReportAccepted:
        """Take in the report of the post; the same report again changes nothing."""

        async def take_in(connection: Connection, report: DeliveryReport, today: date) -> None:
            await _take_in_delivery(connection, rules=rules, report=report, today=today, reporter=principal.subject)

        return await receive_report(context, request, principal, partner="post", model=DeliveryReport, take_in=take_in)

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


async def _take_in_delivery(
    connection: Connection, *, rules: Rules, report: DeliveryReport, today: date, reporter: str
) -> None:
    letter, case = await _letter_of(connection, report)
    check_reporter(given_to=letter.given_to, reporter=reporter, name="reference")
    if letter.document_sha256 != report.document_sha256:
        raise refused_report("documentSha256", "This is not the letter that was handed over.", "equalExpected")
    if letter.deposited_on is None:
        raise Conflict(detail="The receipt of this letter has not been taken in yet: report again later.")
    if not letter.deposited_on <= report.on <= today:
        raise refused_report("on", "The day must lie between the deposit of the letter and today.", "outOfRange")
    delivered = report.outcome == "delivered"
    saved = await papers.save_delivery(
        connection,
        letter_id=letter.letter_id,
        outcome=report.outcome,
        reported_on=today,
        notified_on=report.on if delivered else None,
    )
    if not saved:
        if letter.outcome != report.outcome or (delivered and letter.notified_on != report.on):
            raise Conflict(detail="Something else was reported before about this letter.")
        return
    if delivered:
        await _notified(connection, rules=rules, case=case, letter=letter, notified_on=report.on)
    await tell_case(
        connection,
        case_id=case.case_id,
        dossier=case.dossier,
        signal=Signal.DELIVERY_REPORTED,
        event_id=letter.letter_id,
    )


async def _letter_of(connection: Connection, report: DeliveryReport) -> tuple[LetterRecord, CaseRecord]:
    letter = await papers.find_letter(connection, letter_id=report.reference)
    case = None if letter is None else await find_case(connection, case_id=letter.case_id, lock=True)
    # Read again under the lock of the case: another telling of the same report may have been quicker.
    letter = await papers.find_letter(connection, letter_id=report.reference)
    if letter is None or case is None:
        raise refused_report("reference", "No registered letter bears this reference.", "referencedResourceNotFound")
    return letter, case


async def _notified(
    connection: Connection, *, rules: Rules, case: CaseRecord, letter: LetterRecord, notified_on: date
) -> None:
    last_day = contest_deadline(notified_on=notified_on, law=rules.law_on(notified_on))
    await record_step(
        connection,
        case_id=case.case_id,
        step=Step.NOTIFICATION,
        attempt=1,
        done_on=notified_on,
        article="RGS art. 46",
        evidence={"letterId": str(letter.letter_id), "lastDayToContest": last_day.isoformat()},
        document_id=letter.document_id,
    )
    await publish(
        connection,
        LastReminderServed(
            dossier=case.dossier,
            occurred_on=notified_on,
            case_id=case.case_id,
            contest_before=last_day + timedelta(days=1),
        ),
    )


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
    mandate = await papers.find_mandate(connection, mandate_id=report.mandate_id)
    case = None if mandate is None else await find_case(connection, case_id=mandate.case_id, lock=True)
    mandate = await papers.find_mandate(connection, mandate_id=report.mandate_id)
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
        await ask_about_late_service(
            connection,
            mandate=mandate,
            case=case,
            served_on=report.served_on,
            cost_cents=report.cost_cents,
            today=today,
        )
        return False
    saved = await papers.save_service(
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
            quarters=mandate.quarters,
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
    saved = await papers.save_not_served(
        connection, mandate_id=mandate.mandate_id, failed_on=report.on, reason=report.reason
    )
    if not saved and mandate.failed_on is None:
        raise Conflict(detail="Something else was reported before about this mandate.")
    return saved
