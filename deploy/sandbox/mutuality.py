"""The mutualites, as far as the fund sees them: they take messages in, and answer on the content some days later.

A message is the same message however often its ticket comes. Behaviour is set per insurer and is deterministic:
``normal``, ``late`` (receipts after more working days), ``down`` (nothing is taken in), ``nonsense`` (an answer that
is not what was agreed); the last three may end on a day. A file number can be refused: then the first message of each
kind about it is, and the corrected one is accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from deploy.sandbox import store
from deploy.sandbox.context import TwinContext
from shared.law.calendar import add_working_days
from shared.platform.calls.service_client import CallFailed, PeerRefused, ServiceClient
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, ApiRouter, Principal, ServiceUnavailable, require
from shared.platform.observation.logging import get_logger

NAME = "mutuality"
_MESSAGE = "message"
#: Receipts come after this many working days when nothing else is said.
RECEIPT_WORKING_DAYS = 1
_CALLS_AT_ONCE = 8
_log = get_logger(__name__)
Insurer = Annotated[str, Path(pattern=r"^[0-9]{3}$")]


class Message(ApiModel):
    """What a fund tells a mutualite of one person."""

    ticket: UUID
    kind: Literal["affiliation", "firstContribution", "cessation"]
    fund_number: str = Field(min_length=1, max_length=10)
    insurer: str = Field(pattern=r"^[0-9]{3}$")
    file_number: str = Field(pattern=r"^[0-9]{7}$")
    ssin: str = Field(pattern=r"^[0-9]{11}$")
    category: str
    start_date: date
    sent_on: date
    end_date: date | None = None
    contribution_date: date | None = None
    exempted: bool | None = None
    year_quarter: str | None = Field(default=None, pattern=r"^[0-9]{4}Q[1-4]$")


class Ticket(ApiModel):
    """The message was taken in."""

    ticket: UUID


class Refusal(ApiModel):
    """A person about whom the mutualite refuses the first message of each kind."""

    file_number: str = Field(pattern=r"^[0-9]{7}$")
    reason_code: str = Field(pattern=r"^[A-Za-z0-9]{1,30}$")


class Behaviour(ApiModel):
    """How a mutualite behaves; ``until`` is the first day on which its mode is normal again."""

    mode: Literal["normal", "late", "down", "nonsense"] = "normal"
    late_days: int = Field(default=0, ge=0, le=60, description="Working days more before receipts come.")
    until: date | None = None
    refuse: tuple[Refusal, ...] = ()

    def mode_on(self, day: date) -> str:
        """Return the mode that holds on a day."""
        return "normal" if self.until is not None and day >= self.until else self.mode


class Receipt(ApiModel):
    """The answer on the content of a message."""

    ticket: UUID
    outcome: Literal["accepted", "rejected"]
    reason_code: str | None = None


class ReceiptTaken(ApiModel):
    """What the fund answers to a receipt."""

    changed: bool


def router(context: TwinContext) -> APIRouter:
    """Return the mutualites' routes."""
    routes = ApiRouter(tags=["Mutualities"])

    @routes.post("/v1/mutualities/{insurer}/messages", status_code=202, summary="Send a message", response_model=Ticket)
    async def receive_message(
        insurer: Insurer, message: Message, principal: Principal = Depends(require("service"))
    ) -> Any:
        """Take a message in; what the mutualite thinks of it comes later, as a receipt."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            behaviour = await _behaviour(connection, insurer)
            mode = behaviour.mode_on(today)
            if mode == "down":
                raise ServiceUnavailable(detail="The mutualite is not available.")
            if mode == "nonsense":
                return Response("<html><body>Welkom - Bienvenue</body></html>", media_type="text/html", status_code=200)
            days = RECEIPT_WORKING_DAYS + (behaviour.late_days if mode == "late" else 0)
            # The national number is used to find the member and not kept: this is a twin, not an insurer.
            kept = message.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"ssin"})
            await store.add_item(
                connection,
                twin=NAME,
                kind=_MESSAGE,
                reference=str(message.ticket),
                created_on=today,
                due_on=add_working_days(today, days),
                payload={**kept, "insurer": insurer, "service": principal.subject},
            )
        return Ticket(ticket=message.ticket)

    @routes.put("/v1/mutualities/{insurer}/behaviour", summary="Set a mutualite's behaviour", response_model=Behaviour)
    async def put_behaviour(
        insurer: Annotated[str, Path(pattern=r"^([0-9]{3}|all)$")],
        behaviour: Behaviour,
        principal: Principal = Depends(require("operator", "service")),  # noqa: ARG001
    ) -> Behaviour:
        """Make a mutualite, or all without a behaviour of their own, late, down, silly or well again."""
        subject = "*" if insurer == "all" else insurer
        async with context.database.transaction() as connection:
            await store.set_behaviour(
                connection, twin=NAME, subject=subject, behaviour=behaviour.model_dump(mode="json", by_alias=True)
            )
        return behaviour

    return routes


async def tick(context: TwinContext, today: date) -> None:
    """Send the receipts that are due; one that is not accepted waits for the next tick."""
    client = context.service("benefits", partner=NAME)
    failed: set[UUID] = set()
    while True:
        async with context.database.transaction() as connection:
            due = await store.due_items(connection, twin=NAME, today=today)
        due = [item for item in due if item.id not in failed]
        if not due:
            return
        gate = asyncio.Semaphore(_CALLS_AT_ONCE)
        done = await asyncio.gather(*(_answer(context, client, item, gate) for item in due))
        failed |= {item.id for item, ok in zip(due, done, strict=True) if not ok}


async def due_count(context: TwinContext, today: date) -> int:
    """Return how many receipts are due and not sent."""
    async with context.database.transaction() as connection:
        return await store.count_due(connection, twin=NAME, today=today)


async def _behaviour(connection: Connection, insurer: str) -> Behaviour:
    kept = await store.behaviour_of(connection, twin=NAME, subject=insurer)
    return Behaviour.model_validate(kept)


async def _answer(context: TwinContext, client: ServiceClient, item: store.TwinItem, gate: asyncio.Semaphore) -> bool:
    """Send one receipt; True when the item is done."""
    async with gate:
        async with context.database.transaction() as connection:
            receipt = await _receipt(connection, item)
        try:
            await client.post("/v1/transmissionReceipts", receipt, ReceiptTaken)
        except PeerRefused as error:
            _log.warning("receipt.refused", item=str(item.id), status=error.status)
            await _finish(context, item, state="undeliverable", details={"status": error.status})
            return True
        except CallFailed:
            return False
        await _finish(context, item, state=receipt.outcome, details={"reasonCode": receipt.reason_code})
        return True


async def _finish(context: TwinContext, item: store.TwinItem, *, state: str, details: Mapping[str, Any]) -> None:
    async with context.database.transaction() as connection:
        await store.move_item(connection, item_id=item.id, state=state, due_on=None, details=details)


async def _receipt(connection: Connection, item: store.TwinItem) -> Receipt:
    behaviour = await _behaviour(connection, str(item.payload["insurer"]))
    refusal = next((one for one in behaviour.refuse if one.file_number == item.payload["fileNumber"]), None)
    if refusal is not None and await _is_first(connection, item):
        return Receipt(ticket=UUID(item.reference), outcome="rejected", reason_code=refusal.reason_code)
    return Receipt(ticket=UUID(item.reference), outcome="accepted")


async def _is_first(connection: Connection, item: store.TwinItem) -> bool:
    """Tell whether no other message of this kind about this file came before."""
    for other in await store.list_items(connection, twin=NAME, kind=_MESSAGE):
        same = (other.payload["fileNumber"], other.payload["kind"]) == (
            item.payload["fileNumber"],
            item.payload["kind"],
        )
        if same:
            return other.id == item.id
    return True
