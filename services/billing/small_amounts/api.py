"""Small debts of people who are no longer subject."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.small_amounts import service as small_claims
from services.billing.small_amounts.rules import WAIVER_ARTICLE, NotASmallClaim
from services.billing.subjects.service import UnknownDossier
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, NotFound, Principal, Role, require


class SmallClaim(ApiModel):
    """A debt to give up: whether rights to a pension are lost by it, and the day the person was warned of that."""

    dossier: UUID
    pension_affected: bool
    warned_on: date | None = None


class SmallClaimGivenUp(ApiModel):
    """What was given up, and the article."""

    dossier: UUID
    already_given_up: bool
    waived_cents: EuroCents
    settled: tuple[YearQuarter, ...]
    article: str


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Accounts"])

    @routes.post("/smallClaims/giveUp", response_model=SmallClaimGivenUp, summary="Give up a small debt")
    async def give_up_small_claim(claim: SmallClaim, principal: Principal = Depends(require(Role.TEAM_LEAD))) -> Any:
        """Waive all that somebody owes who is no longer subject, when it is less than the law's amount."""
        today = await context.clock.today()
        try:
            async with context.database.transaction() as connection:
                given_up = await small_claims.give_up(
                    connection,
                    dossier=claim.dossier,
                    decided_on=today,
                    decided_by=principal.subject,
                    pension_affected=claim.pension_affected,
                    warned_on=claim.warned_on,
                    parameters=context.parameters,
                )
        except UnknownDossier as error:
            raise NotFound(detail="Billing does not know this dossier.") from error
        except NotASmallClaim as error:
            raise InvalidInput(issues=[Issue(name="dossier", detail=str(error), rule=error.rule)]) from error
        return SmallClaimGivenUp(
            dossier=claim.dossier,
            already_given_up=given_up is None,
            waived_cents=0 if given_up is None else given_up.waived_cents,
            settled=() if given_up is None else tuple(str(quarter) for quarter in given_up.settled),
            article=WAIVER_ARTICLE,
        )

    return routes
