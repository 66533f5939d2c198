"""Routes for starts and signals that reached no procedure: see them, and have what was refused tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import ApiContext
from shared.platform.http.problems import Conflict
from shared.platform.http.routing import ApiRouter
from shared.platform.http.security import require
from shared.platform.messages_out import refusals
from shared.platform.people import audit
from shared.platform.temporal import dispatch

_TAG = "Operations"


class Undeliverable(ApiModel):
    """A start or a signal that reached no procedure; its argument is kept and not shown here."""

    dispatch_id: int
    workflow_id: str
    workflow: str | None = None
    signal: str | None = None
    dossier: UUID | None = None
    outcome: Literal["refused", "workflowGone"]
    problem: str | None = None
    attempts: int
    recorded_at: datetime
    delivered_at: datetime


class UndeliverablePage(ApiModel):
    """The newest first; the next page begins before ``nextBeforeDispatchId``."""

    items: tuple[Undeliverable, ...]
    next_before_dispatch_id: int | None = None


class TriedAgain(ApiModel):
    """The relay delivers it again."""

    dispatch_id: int
    workflow_id: str


def add_dispatches(router: ApiRouter, context: ApiContext) -> None:
    """Add the routes of starts and signals."""

    @router.get("/dispatches/undeliverable", tags=[_TAG], summary="Starts and signals that reached no procedure")
    async def list_undeliverable(
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        before_dispatch_id: int | None = None,
        _: Principal = Depends(require("operator", "auditor")),
    ) -> UndeliverablePage:
        """Give what Temporal refused, and signals that came after the end of their procedure."""
        async with context.database.transaction() as connection:
            rows = await dispatch.undeliverable(connection, limit=page_size, before=before_dispatch_id)
        items = tuple(
            Undeliverable(dispatch_id=row["id"], **{name: row[name] for name in row if name != "id"}) for row in rows
        )
        return UndeliverablePage(
            items=items, next_before_dispatch_id=items[-1].dispatch_id if len(items) == page_size else None
        )

    @router.post(
        "/dispatches/{dispatch_id}/tryAgain", tags=[_TAG], status_code=202, summary="Deliver what was refused again"
    )
    async def try_again(dispatch_id: int, principal: Principal = Depends(require("operator"))) -> TriedAgain:
        """Have a refused start or signal delivered once more, after its cause is gone; its task is ended."""
        async with context.database.transaction() as connection:
            row = await refusals.try_again(connection, dispatch_id=dispatch_id, actor=principal.subject)
            if row is None:
                raise Conflict(detail="This is no start or signal that was refused.")
            await audit.record(
                connection,
                actor=principal.subject,
                action="dispatch.triedAgain",
                dossier=row["dossier"],
                purpose="repair",
                details={"dispatchId": dispatch_id, "workflowId": row["workflow_id"]},
            )
        return TriedAgain(dispatch_id=dispatch_id, workflow_id=row["workflow_id"])
