"""What the post reports of a registered letter. Whatever it sends is kept, with its refusal when it is refused."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import Depends, Request

from services.recovery.ladder.rules.outlook import contest_deadline
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord, Signal, find_case, tell_case
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import record_step
from services.recovery.registered_letters import store
from services.recovery.registered_letters.store import LetterRecord
from shared.contracts.recovery_v1 import LastReminderServed
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiRouter, Conflict, Principal, require
from shared.platform.http.partner_reports import (
    DeliveryReport,
    ReportAccepted,
    body_of,
    check_reporter,
    receive_report,
    refused_report,
)
from shared.platform.messages_out.outbox import publish


def delivery_reports_router(context: AnyContext) -> ApiRouter:
    """Return the route for the post."""
    router = ApiRouter(tags=["Reports"])
    law = LawInForce(context.parameters, context.fund)

    @router.post(
        "/v1/deliveryReports",
        summary="Report what became of a registered letter",
        response_model=ReportAccepted,
        openapi_extra=body_of(DeliveryReport),
    )
    async def report_delivery(request: Request, principal: Principal = Depends(require("partner"))) -> ReportAccepted:
        """Take in the report of the post; the same report again changes nothing."""

        async def take_in(connection: Connection, report: DeliveryReport, today: date) -> None:
            await _take_in_delivery(connection, law=law, report=report, today=today, reporter=principal.subject)

        return await receive_report(context, request, principal, partner="post", model=DeliveryReport, take_in=take_in)

    return router


async def _take_in_delivery(
    connection: Connection, *, law: LawInForce, report: DeliveryReport, today: date, reporter: str
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
    saved = await store.save_delivery(
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
        await _notified(connection, law=law, case=case, letter=letter, notified_on=report.on)
    await tell_case(
        connection,
        case_id=case.case_id,
        dossier=case.dossier,
        signal=Signal.DELIVERY_REPORTED,
        event_id=letter.letter_id,
    )


async def _letter_of(connection: Connection, report: DeliveryReport) -> tuple[LetterRecord, CaseRecord]:
    letter = await store.find_letter(connection, letter_id=report.reference)
    case = None if letter is None else await find_case(connection, case_id=letter.case_id, lock=True)
    # Read again under the lock of the case: another telling of the same report may have been quicker.
    letter = await store.find_letter(connection, letter_id=report.reference)
    if letter is None or case is None:
        raise refused_report("reference", "No registered letter bears this reference.", "referencedResourceNotFound")
    return letter, case


async def _notified(
    connection: Connection, *, law: LawInForce, case: CaseRecord, letter: LetterRecord, notified_on: date
) -> None:
    last_day = contest_deadline(notified_on=notified_on, law=law.periods_on(notified_on))
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
