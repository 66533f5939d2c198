"""What the service counts."""

from __future__ import annotations

from fastapi import Depends

from services.benefits.summary import store
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, require

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


def summary_router(context: AnyContext) -> ApiRouter:
    """Return the operation that counts."""
    router = ApiRouter(tags=["Summary"])

    @router.get("/v1/summary", summary="Count what was done", response_model=Summary)
    async def get_summary(
        principal: Principal = Depends(require(*_MAY_READ)),  # noqa: ARG001
    ) -> Summary:
        """Return the counts of the service."""
        async with context.database.transaction() as connection:
            return Summary(**await store.counts(connection))

    return router
