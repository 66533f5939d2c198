"""Payers whose money waits for a person: somebody found it matched to a wrong dossier once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from services.billing.matching import store
from services.billing.matching.service import payer_exclusions
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, NotFound, Principal, Role, require
from shared.platform.people import audit


class PayerExclusion(ApiModel):
    """Money from an account does not go to a dossier by itself; of the account the last four digits are shown."""

    exclusion_id: int
    account_ending: str
    dossier: UUID
    file_number: int
    noted_on: date
    noted_by: str


class PayerExclusions(ApiModel):
    """Exclusions that hold, the newest first; the next page begins before ``nextBeforeExclusionId``."""

    items: tuple[PayerExclusion, ...]
    next_before_exclusion_id: int | None = None


class Lifting(ApiModel):
    """Why the payer's money may go to the dossier by itself again."""

    reason: str = Field(min_length=10, max_length=500)


class LiftedExclusion(ApiModel):
    """An exclusion that holds no longer."""

    exclusion_id: int
    dossier: UUID
    already_lifted: bool


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Bank"])

    @routes.get("/payerExclusions", response_model=PayerExclusions, summary="Payers whose money waits for a person")
    async def list_payer_exclusions(
        page_size: Annotated[int, Query(ge=1, le=500, alias="pageSize")] = 100,
        before_exclusion_id: Annotated[int | None, Query(alias="beforeExclusionId")] = None,
        principal: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR)),
    ) -> Any:
        """List the exclusions that hold."""
        async with context.database.transaction() as connection:
            rows = await store.exclusions(connection, before=before_exclusion_id, limit=page_size)
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="payerExclusions",
                dossiers=sorted({row.dossier for row in rows}),
                purpose="identifyPayment",
            )
        items = tuple(PayerExclusion.model_validate(row, from_attributes=True) for row in rows)
        return PayerExclusions(
            items=items, next_before_exclusion_id=items[-1].exclusion_id if len(items) == page_size else None
        )

    @routes.post("/payerExclusions/{exclusion_id}/lifting", response_model=LiftedExclusion, summary="Lift an exclusion")
    async def lift_payer_exclusion(
        exclusion_id: int, lifting: Lifting, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Let the payer's money go to the dossier by itself again; who did it and why is kept for good."""
        today = await context.clock.today()
        try:
            async with context.database.transaction() as connection:
                lifted = await payer_exclusions.lift(
                    connection,
                    exclusion_id=exclusion_id,
                    lifted_on=today,
                    lifted_by=principal.subject,
                    reason=lifting.reason,
                )
        except LookupError as error:
            raise NotFound(detail="There is no such exclusion.") from error
        return LiftedExclusion(exclusion_id=exclusion_id, dossier=lifted.dossier, already_lifted=not lifted.now)

    return routes
