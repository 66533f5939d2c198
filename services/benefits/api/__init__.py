"""HTTP in: each operation translates and makes one call of the store."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from services.benefits.droit_passerelle.api.claims import claims_router
from services.benefits.droit_passerelle.api.letters import letters_router
from services.benefits.droit_passerelle.service.open_work import open_claims, open_transmissions
from services.benefits.payouts.api import payouts_router
from services.benefits.payouts.service import runs as payouts
from services.benefits.quarters_not_due.api import contribution_reliefs_router
from services.benefits.transmissions.api import transmissions_router
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, create_api, require
from shared.platform.http.exceptions import exceptions_router

_TAGS = (
    {"name": "Claims", "description": "Claims to a benefit, with what the rules said and what was decided."},
    {"name": "Contribution reliefs", "description": "Quarters that are not due by a decision taken elsewhere."},
    {"name": "Letters", "description": "Registered letters of decisions, and what the post reports."},
    {"name": "Payouts", "description": "Runs that pay benefits, and what the bank reports."},
    {"name": "Transmissions", "description": "What mutualites are told, and what they answer."},
    {"name": "Summary", "description": "What the service counts."},
)


_MAY_READ = ("benefitsAgent", "finance", "teamLead", "auditor", "operator", "service")


class Summary(ApiModel):
    """What benefits did and what is still open."""

    claims_received: int
    claims_decided: int
    claims_granted: int
    claims_refused: int
    payouts_cents: int
    payouts_confirmed_cents: int
    payouts_returned: int
    transmissions: int
    transmissions_acknowledged: int
    transmissions_tasked: int
    transmissions_open: int


def benefits_api(context: AnyContext) -> FastAPI:
    """Return the API of the benefits service."""
    api = create_api(
        context,
        title="Benefits",
        version="1.0.0",
        tags=_TAGS,
        description="Decides on the droit passerelle, pays it, and keeps the mutualites informed.",
    )
    api.include_router(
        exceptions_router(context, what="claims", path="/v1/claims/exceptions", tag="Claims", page_of=open_claims)
    )
    api.include_router(
        exceptions_router(
            context,
            what="transmissions",
            path="/v1/transmissions/exceptions",
            tag="Transmissions",
            page_of=open_transmissions,
        )
    )
    api.include_router(claims_router(context))
    api.include_router(contribution_reliefs_router(context))
    api.include_router(letters_router(context))
    api.include_router(payouts_router(context))
    api.include_router(transmissions_router(context))
    api.include_router(_summary_router(context))
    return api


def _summary_router(context: AnyContext) -> ApiRouter:
    router = ApiRouter(tags=["Summary"])

    @router.get("/v1/summary", summary="Count what was done", response_model=Summary)
    async def get_summary(
        principal: Principal = Depends(require(*_MAY_READ)),  # noqa: ARG001
    ) -> Summary:
        """Return the counts of the service."""
        async with context.database.transaction() as connection:
            return Summary(**await payouts.summary(connection))

    return router
