"""Registered letters of decisions: what a person decides when one did not arrive."""

from __future__ import annotations

from uuid import UUID

from fastapi import Depends

from services.benefits.claims.service import claims
from services.benefits.decisions import service as letters
from services.benefits.droit_passerelle.api.claim_views import ClaimView, LetterSettlement, claim_view
from shared.platform.context import AnyContext
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require
from shared.platform.people import audit


def letters_router(context: AnyContext) -> ApiRouter:
    """Return the operation on registered letters."""
    router = ApiRouter(tags=["Letters"])

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
            claim = await claims.find_claim(connection, claim_id=claim_id, lock=True)
            if claim is None:
                raise NotFound(detail="There is no such claim.")
            letter = await letters.latest_letter(connection, claim_id=claim_id)
            if letter is None or letter.deposited_on is None or letter.settled_as is not None:
                raise Conflict(detail="No registered letter of this claim waits for a person.")
            if settlement.decision == "deemNotified" and letter.outcome == "lost":
                issue = Issue(name="decision", detail="The post lost the letter.", rule="rejectedInput")
                raise InvalidInput(detail="A letter that was lost notified nobody.", issues=[issue])
            settled = await letters.settle_by_person(
                connection,
                letter=letter,
                how="sentAgain" if settlement.decision == "tryAgain" else "deemedNotified",
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
        return await claim_view(context, claim_id)

    return router
