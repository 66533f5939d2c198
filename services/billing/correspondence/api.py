"""How the letters of a dossier reached it: by which channel, and the proof."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.correspondence import store
from services.billing.correspondence.rules.channels import Channel, Outcome
from services.billing.subjects.service import READERS, known, log_read
from shared.contracts.vocabulary import YearQuarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, require


class NoticeDeliveriesQuery(ApiModel):
    """Whose notices."""

    dossier: UUID


class NoticeDelivery(ApiModel):
    """What became of handing a notice over; a receipt and the hash of the document are the proof."""

    quarter: YearQuarter
    reference: str
    channel: Channel
    outcome: Outcome
    handed_on: date
    document_sha256: str
    receipt: str | None = None


class NoticeDeliveries(ApiModel):
    """The newest first."""

    items: tuple[NoticeDelivery, ...]


class LetterDelivery(ApiModel):
    """What became of handing a letter over; a receipt and the hash of the document are the proof."""

    kind: str
    document_id: UUID
    channel: Channel
    outcome: Outcome
    handed_on: date
    document_sha256: str
    receipt: str | None = None


class LetterDeliveries(ApiModel):
    """The newest first."""

    items: tuple[LetterDelivery, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Accounts"])

    @routes.post("/noticeDeliveries/query", response_model=NoticeDeliveries, summary="How notices reached a dossier")
    async def notice_deliveries_of(
        query: NoticeDeliveriesQuery, principal: Principal = Depends(require(*READERS))
    ) -> Any:
        """Show by which channel each notice went, what failed before, and the proof of delivery."""
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            await log_read(connection, principal, query.dossier, "noticeDeliveries")
            rows = await store.notices_of(connection, dossier=query.dossier)
        return NoticeDeliveries(items=tuple(NoticeDelivery.model_validate(row, from_attributes=True) for row in rows))

    @routes.post("/letterDeliveries/query", response_model=LetterDeliveries, summary="How letters reached a dossier")
    async def letter_deliveries_of(
        query: NoticeDeliveriesQuery, principal: Principal = Depends(require(*READERS))
    ) -> Any:
        """Show by which channel each other letter went: certificates, statements, decisions, announcements."""
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            await log_read(connection, principal, query.dossier, "letterDeliveries")
            rows = await store.letters_of(connection, dossier=query.dossier)
        return LetterDeliveries(items=tuple(LetterDelivery.model_validate(row, from_attributes=True) for row in rows))

    return routes
