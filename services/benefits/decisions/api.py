"""What the post reports of the registered letters of decisions."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import Depends, Request

from services.benefits.decisions import service as letters
from services.benefits.decisions import store
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

#: The client under which the post calls.
POST: Final = "post"


def delivery_reports_router(context: AnyContext) -> ApiRouter:
    """Return the operation with which the post reports."""
    router = ApiRouter(tags=["Letters"])

    @router.post(
        "/v1/deliveryReports",
        summary="Report what became of a registered letter",
        response_model=ReportAccepted,
        openapi_extra=body_of(DeliveryReport),
    )
    async def report_delivery(request: Request, principal: Principal = Depends(require("partner"))) -> ReportAccepted:
        """Take in the report of the post; the same report again changes nothing."""

        async def take_in(connection: Connection, report: DeliveryReport, today: date) -> None:
            await _take_in(connection, report=report, today=today, reporter=principal.subject)

        return await receive_report(context, request, principal, partner=POST, model=DeliveryReport, take_in=take_in)

    return router


async def _take_in(connection: Connection, *, report: DeliveryReport, today: date, reporter: str) -> None:
    letter = await store.lock_letter(connection, letter_id=report.reference)
    if letter is None:
        raise refused_report("reference", "No registered letter bears this reference.", "referencedResourceNotFound")
    check_reporter(given_to=letter.given_to, reporter=reporter, name="reference")
    if letter.document_sha256 != report.document_sha256:
        raise refused_report("documentSha256", "This is not the letter that was handed over.", "equalExpected")
    if letter.deposited_on is None:
        raise Conflict(detail="The receipt of this letter has not been taken in yet: report again later.")
    if not letter.deposited_on <= report.on <= today:
        raise refused_report("on", "The day must lie between the deposit of the letter and today.", "outOfRange")
    saved = await letters.save_outcome(
        connection, letter=letter, outcome=report.outcome, happened_on=report.on, reported_on=today
    )
    if not saved and letter.outcome != report.outcome:
        raise Conflict(detail="Something else was reported before about this letter.")
