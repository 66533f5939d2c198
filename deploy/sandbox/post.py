"""The twin of the post: takes registered letters in, delivers them two working days later, or loses them on demand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from deploy.sandbox import store
from deploy.sandbox.context import TwinContext
from deploy.sandbox.letterbox import (
    Accepted,
    Content,
    FileNumber,
    Gibberish,
    NonsenseReceipt,
    Receipt,
    Sha256,
    behave,
    check_content,
    mode_of,
    move,
    report,
    take_in,
)
from deploy.sandbox.store import TwinItem
from shared.contracts.vocabulary import Language
from shared.platform.http import ApiModel, ApiRouter, Principal, require

NAME: Final = "post"
#: A registered letter is delivered on the second working day after it was handed over.
DELIVERY_WORKING_DAYS: Final = 2
_KIND: Final = "registeredLetter"


class RegisteredLetter(ApiModel):
    """A letter with the sender's own reference; the same reference is the same letter."""

    reference: UUID
    file_number: FileNumber
    language: Language
    document_sha256: Sha256
    content: Content


class PostBehaviour(ApiModel):
    """How letters of one file, or of everybody, fare from now on."""

    file_number: FileNumber | None = None
    mode: Literal["normal", "late", "lost", "returned", "down", "nonsense", "nonsenseReceipt"]
    late_days: Annotated[int, Field(ge=0, le=60)] = 0


class _DeliveryReport(ApiModel):
    reference: UUID
    document_sha256: str
    outcome: Literal["delivered", "lost", "returned"]
    on: date


def router(context: TwinContext) -> APIRouter:
    """Return the routes of the post."""
    routes = ApiRouter(tags=["Post"])

    @routes.post(
        "/v1/post/registeredLetters",
        summary="Hand over a registered letter",
        status_code=202,
        response_model=Receipt | NonsenseReceipt,
    )
    async def deposit_registered_letter(
        letter: RegisteredLetter, principal: Principal = Depends(require("service"))
    ) -> Receipt | NonsenseReceipt:
        """Take a letter in and give its receipt; only its hash is remembered."""
        check_content(letter.content, sha256=letter.document_sha256)
        return await take_in(
            context,
            depositor=principal.subject,
            twin=NAME,
            kind=_KIND,
            reference=letter.reference,
            payload={"documentSha256": letter.document_sha256},
            file_number=letter.file_number,
            working_days=DELIVERY_WORKING_DAYS,
        )

    @routes.put("/v1/post/behaviour", summary="Make the post behave in some way", response_model=Accepted)
    async def set_post_behaviour(
        behaviour: PostBehaviour, _principal: Principal = Depends(require("operator"))
    ) -> Accepted:
        """Lose, return or delay the letters of a file, close the counter, or report nonsense."""
        await behave(
            context,
            twin=NAME,
            file_number=behaviour.file_number,
            behaviour={"mode": behaviour.mode, "lateDays": behaviour.late_days},
        )
        return Accepted(accepted=True)

    return routes


async def tick(context: TwinContext, today: date) -> None:
    """Report what became of the letters that are due."""
    async with context.database.transaction() as connection:
        due = await store.due_items(connection, twin=NAME, today=today)
    for item in due:
        await _deliver(context, item, today)


async def due_count(context: TwinContext, today: date) -> int:
    """Return how many letters are due and not reported."""
    async with context.database.transaction() as connection:
        return await store.count_due(connection, twin=NAME, today=today)


async def _deliver(context: TwinContext, item: TwinItem, today: date) -> None:
    async with context.database.transaction() as connection:
        mode, _late_days = await mode_of(connection, twin=NAME, file_number=item.payload["fileNumber"])
    path = "/v1/deliveryReports"
    if mode == "nonsense":
        body: ApiModel = Gibberish(lorem="ipsum", ipsum=7)
        await report(context, item=item, path=path, body=body, state="nonsense", today=today)
        return
    if mode == "down":
        # Whoever is closed delivers nothing either; the letter waits for the counter to open.
        await move(context, item=item, state="waiting", due_on=None)
        return
    outcome: Literal["delivered", "lost", "returned"] = "delivered"
    if mode == "lost":
        outcome = "lost"
    elif mode == "returned":
        outcome = "returned"
    body = _DeliveryReport(
        reference=UUID(item.reference),
        document_sha256=item.payload["documentSha256"],
        outcome=outcome,
        on=item.due_on or today,
    )
    await report(context, item=item, path=path, body=body, state=outcome, today=today)
