"""Routes for messages that could not be handled: see them, replay them, or discard them with a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import ApiContext
from shared.platform.http.problems import Conflict, NotFound
from shared.platform.http.routing import ApiRouter
from shared.platform.http.security import require
from shared.platform.messages_in import dead_letters
from shared.platform.people import approvals


class DeadLetter(ApiModel):
    """A message that could not be handled; its bytes are kept and not shown here."""

    dead_letter_id: UUID
    topic: str
    partition: int
    message_offset: int
    kind: str
    reason: str
    producer: str
    event_id: UUID | None = None
    type: str | None = None
    attempts: int
    received_at: datetime
    replay_requested_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str | None = None


class DeadLetterPage(ApiModel):
    """Messages in the order they came; the next page begins after ``nextAfterDeadLetterId``."""

    items: tuple[DeadLetter, ...]
    next_after_dead_letter_id: UUID | None = None


class DiscardRequest(ApiModel):
    """The request that a second person now must decide."""

    approval_id: UUID


def add_dead_letters(router: ApiRouter, context: ApiContext) -> None:
    """Add the routes of dead letters."""
    tag = "Operations"

    @router.get("/deadLetters", tags=[tag], summary="Messages that could not be handled")
    async def list_dead_letters(
        is_open: bool = True,
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        after_dead_letter_id: UUID | None = None,
        _: Principal = Depends(require("operator", "teamLead", "auditor")),
    ) -> DeadLetterPage:
        """Give unresolved messages (or resolved ones), in the order they came."""
        async with context.database.transaction() as connection:
            rows = await dead_letters.list_dead_letters(
                connection, is_open=is_open, limit=page_size, after=after_dead_letter_id
            )
        items = tuple(_view(row) for row in rows)
        return DeadLetterPage(
            items=items, next_after_dead_letter_id=items[-1].dead_letter_id if len(items) == page_size else None
        )

    @router.post("/deadLetters/{dead_letter_id}/replay", tags=[tag], status_code=202, summary="Handle a message again")
    async def replay_dead_letter(
        dead_letter_id: UUID, principal: Principal = Depends(require("operator"))
    ) -> DeadLetter:
        """Have the consumer handle the message again, and then those of the same dossier that waited for it."""
        async with context.database.transaction() as connection:
            await _row(connection, dead_letter_id)
            try:
                await dead_letters.replay_dead_letter(
                    connection, dead_letter_id=dead_letter_id, actor=principal.subject
                )
            except dead_letters.DeadLetterResolved as error:
                raise Conflict(detail=str(error)) from error
            return _view(await _row(connection, dead_letter_id))

    @router.post("/deadLetters/{dead_letter_id}/requestDiscard", tags=[tag], summary="Ask to discard a message")
    async def request_discard(
        dead_letter_id: UUID, principal: Principal = Depends(require("operator"))
    ) -> DiscardRequest:
        """Ask a second person to let the message be discarded."""
        async with context.database.transaction() as connection:
            await _row(connection, dead_letter_id)
            approval_id = await dead_letters.request_discard(
                connection, dead_letter_id=dead_letter_id, actor=principal.subject
            )
        return DiscardRequest(approval_id=approval_id)

    @router.post("/deadLetters/{dead_letter_id}/discard", tags=[tag], summary="Discard a message")
    async def discard_dead_letter(
        dead_letter_id: UUID, principal: Principal = Depends(require("operator"))
    ) -> DeadLetter:
        """Give the message up, once a second person approved it; its bytes stay kept."""
        async with context.database.transaction() as connection:
            await _row(connection, dead_letter_id)
            try:
                await dead_letters.discard_dead_letter(
                    connection, dead_letter_id=dead_letter_id, actor=principal.subject
                )
            except (
                dead_letters.DeadLetterResolved,
                approvals.ApprovalMissing,
                approvals.ApprovalMismatch,
                approvals.ApprovalExpired,
            ) as error:
                raise Conflict(detail=str(error)) from error
            return _view(await _row(connection, dead_letter_id))


async def _row(connection: Any, dead_letter_id: UUID) -> dict[str, Any]:
    try:
        return await dead_letters.dead_letter_by_id(connection, dead_letter_id=dead_letter_id)
    except dead_letters.DeadLetterNotFound as error:
        raise NotFound(detail="There is no such message.") from error


def _view(row: dict[str, Any]) -> DeadLetter:
    fields = {name: row[name] for name in DeadLetter.model_fields if name != "dead_letter_id"}
    return DeadLetter(dead_letter_id=row["id"], **fields)
