"""Registered letters of decisions: what the post reports of them, and what a person decides when one did not arrive."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from fastapi import Depends, Request

from services.benefits.claims.procedure import LetterNews
from services.benefits.claims.service import claims as store
from services.benefits.decisions import service as letters
from services.benefits.decisions.service import DecisionLetter
from services.benefits.droit_passerelle.api.claim_views import ClaimView, LetterSettlement, claim_view
from shared.platform import audit, dispatch
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require
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
_SETTLED: Final = {"tryAgain": "sentAgain", "deemNotified": "deemedNotified"}


def letters_router(context: AnyContext) -> ApiRouter:
    """Return the operations on registered letters."""
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

    @router.post(
        "/v1/claims/{claim_id}/letterSettlements",
        status_code=202,
        summary="Decide about a registered letter that did not arrive",
        response_model=ClaimView,
    )
    async def settle_decision_letter(
        claim_id: UUID, settlement: LetterSettlement, principal: Principal = Depends(require("benefitsAgent"))
    ) -> ClaimView:
        """Have it written and sent again, or find that the decision counts as notified (Judicial Code art. 53bis).

        Possible once the post took it in, as long as it did not report a delivery.
        """
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                claim = await store.read_claim(connection, claim_id=claim_id, lock=True)
            except LookupError:
                raise NotFound(detail="There is no such claim.") from None
            letter = await letters.latest_letter(connection, claim_id=claim_id)
            if letter is None or letter.deposited_on is None or letter.settled_as is not None:
                raise Conflict(detail="No registered letter of this claim waits for a person.")
            if settlement.decision == "deemNotified" and letter.outcome == "lost":
                issue = Issue(name="decision", detail="The post lost the letter.", rule="rejectedInput")
                raise InvalidInput(detail="A letter that was lost notified nobody.", issues=[issue])
            settled = await letters.settle(
                connection,
                letter_id=letter.letter_id,
                how=_SETTLED[settlement.decision],
                on=today,
                by=principal.subject,
                reason=settlement.reason,
            )
            if not settled:
                raise Conflict(detail="The post reported the delivery of this letter meanwhile.")
            await audit.record(
                connection,
                actor=principal.subject,
                action="claim.letterSettled",
                dossier=claim.dossier,
                purpose="droitPasserelle",
                details={"claimId": str(claim_id), "decision": settlement.decision},
            )
            await _tell_procedure(connection, claim=claim, letter=letter)
        return await claim_view(context, claim_id)

    return router


async def _take_in(connection: Connection, *, report: DeliveryReport, today: date, reporter: str) -> None:
    letter = await letters.letter_by_reference(connection, letter_id=report.reference, lock=True)
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
        connection, letter_id=letter.letter_id, outcome=report.outcome, happened_on=report.on, reported_on=today
    )
    if saved:
        claim = await store.read_claim(connection, claim_id=letter.claim_id)
        await _tell_procedure(connection, claim=claim, letter=letter)
    elif letter.outcome != report.outcome:
        raise Conflict(detail="Something else was reported before about this letter.")


async def _tell_procedure(connection: Connection, *, claim: store.Claim, letter: DecisionLetter) -> None:
    """Wake the procedure while it still waits for this letter."""
    if letter.settled_as is None:
        await dispatch.signal_workflow(
            connection,
            workflow_id=store.workflow_id(claim.claim_id),
            signal="letter_news",
            argument=LetterNews(letter_id=letter.letter_id),
            dossier=claim.dossier,
        )
