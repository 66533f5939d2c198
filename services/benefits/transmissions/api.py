"""Transmissions to mutualites: the list, each attempt, receipts from partners, and what people resolve."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from services.benefits.transmissions import service, store
from services.benefits.transmissions.rules import ARTICLES
from shared.contracts.vocabulary import YearQuarter
from shared.platform.context import AnyContext
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    MissingPermission,
    NotFound,
    Principal,
    require,
)
from shared.platform.people import audit

_MAY_READ = ("benefitsAgent", "teamLead", "auditor", "operator", "service")
#: The client under which the mutualites call.
MUTUALITY = "mutuality"
Insurer = Annotated[str, Field(pattern=r"^[0-9]{3}$", description="Number of the mutualite.")]
Status = Literal["pending", "sent", "acknowledged", "rejected", "closed"]


class TransmissionItem(ApiModel):
    """A transmission in a list."""

    href: str
    transmission_id: UUID
    dossier: UUID
    file_number: int
    kind: Literal["affiliation", "firstContribution", "cessation"]
    insurer: str
    status: Status
    happened_on: date
    deadline: date
    year_quarter: YearQuarter | None = None
    acknowledged_on: date | None = None
    overdue_on: date | None = None
    reason_code: str | None = None
    attempts: int


class TransmissionPage(ApiModel):
    """Transmissions in the order of their ids."""

    items: tuple[TransmissionItem, ...]


class AttemptView(ApiModel):
    """What came of one attempt; the hash proves what was sent without showing it."""

    attempt: int
    ticket: UUID
    sent_on: date
    outcome: Literal["accepted", "unavailable", "nonsense"]
    status_code: int | None = None
    payload_sha256: str
    detail: str


class ReceiptView(ApiModel):
    """What the mutualite answered."""

    ticket: UUID
    received_on: date
    outcome: Literal["accepted", "rejected"]
    reason_code: str | None = None


class TransmissionView(TransmissionItem):
    """A transmission with everything that happened to it."""

    article: str
    ticket: UUID
    closed_by: str | None = None
    close_reason: str | None = None
    history: tuple[AttemptView, ...]
    receipts: tuple[ReceiptView, ...]


class Receipt(ApiModel):
    """A mutualite's answer to a message, by the ticket of the message."""

    ticket: UUID
    outcome: Literal["accepted", "rejected"]
    reason_code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]{1,30}$")


class ReceiptTaken(ApiModel):
    """Whether the answer changed anything; the same answer again changes nothing."""

    changed: bool


class Resolution(ApiModel):
    """What a person does with a message that was refused or not answered."""

    action: Literal["resend", "close"]
    insurer: Insurer | None = None
    reason: str = Field(min_length=10, max_length=500)


def transmissions_router(context: AnyContext) -> ApiRouter:
    """Return the operations on transmissions."""
    router = ApiRouter(tags=["Transmissions"])
    _add_reading(router, context)
    _add_receipts(router, context)
    _add_resolving(router, context)
    return router


def _add_reading(router: ApiRouter, context: AnyContext) -> None:
    @router.get("/v1/transmissions", summary="List transmissions", response_model=TransmissionPage)
    async def list_transmissions(
        status: Status | None = None,
        insurer: Annotated[str | None, Query(pattern=r"^[0-9]{3}$")] = None,
        dossier: UUID | None = None,
        after_transmission: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=1000)] = 100,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> TransmissionPage:
        """Return transmissions in the order of their ids; who asks for those of one dossier is on record."""
        async with context.database.transaction() as connection:
            rows = await store.list_transmissions(
                connection,
                status=status,
                insurer=insurer,
                dossier=dossier,
                after=after_transmission,
                page_size=page_size,
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="transmissions", dossiers=[dossier], purpose=service.PURPOSE
            )
        return TransmissionPage(items=tuple(_item(row) for row in rows))

    @router.get("/v1/transmissions/{transmission_id}", summary="Read a transmission", response_model=TransmissionView)
    async def get_transmission(
        transmission_id: UUID,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> TransmissionView:
        """Return a transmission with all attempts and receipts; the read is on record."""
        view = await _view(context, transmission_id)
        async with context.database.transaction() as connection:
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="transmission",
                dossiers=[view.dossier],
                purpose=service.PURPOSE,
            )
        return view


def _add_receipts(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/transmissionReceipts", summary="Take a mutualite's receipt", response_model=ReceiptTaken)
    async def take_receipt(
        receipt: Receipt,
        principal: Principal = Depends(require("partner")),
    ) -> ReceiptTaken:
        """Note an answer: acknowledged, or rejected with a task for a person."""
        if principal.subject != MUTUALITY:
            raise MissingPermission(detail="Receipts come from mutualites.")
        if receipt.outcome == "rejected" and receipt.reason_code is None:
            issue = Issue(name="reasonCode", detail="A refusal has a reason.", rule="requiredInput")
            raise InvalidInput(detail="The receipt is not complete.", issues=[issue])
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            found = await store.find_by_ticket(connection, ticket=receipt.ticket)
            if found is None:
                raise NotFound(detail="No message bears this ticket.")
            transmission = await store.read_transmission(connection, transmission_id=found, lock=True)
            changed = await service.record_receipt(
                connection,
                transmission=transmission,
                ticket=receipt.ticket,
                received_on=today,
                rejected_as=receipt.reason_code if receipt.outcome == "rejected" else None,
            )
        return ReceiptTaken(changed=changed)


def _add_resolving(router: ApiRouter, context: AnyContext) -> None:
    @router.post(
        "/v1/transmissions/{transmission_id}/resolutions",
        status_code=202,
        summary="Correct or close a transmission",
        response_model=TransmissionView,
    )
    async def resolve_transmission(
        transmission_id: UUID, resolution: Resolution, principal: Principal = Depends(require("benefitsAgent"))
    ) -> TransmissionView:
        """Send a corrected message under a new ticket, or end the procedure because a person saw to it."""
        if resolution.action == "close" and resolution.insurer is not None:
            issue = Issue(name="insurer", detail="Only a message that is sent again has one.", rule="rejectedInput")
            raise InvalidInput(detail="Nothing is sent when a transmission is closed.", issues=[issue])
        async with context.database.transaction() as connection:
            transmission = await store.find_transmission(connection, transmission_id=transmission_id, lock=True)
            if transmission is None:
                raise NotFound(detail="There is no such transmission.")
            if transmission.status not in service.OPEN_STATUSES:
                raise Conflict(detail="The transmission has ended.")
            if resolution.action == "resend" and transmission.status == "pending":
                raise Conflict(detail="The corrected message is about to be sent already.")
            await service.resolve(
                connection,
                transmission=transmission,
                action=resolution.action,
                insurer=resolution.insurer,
                by=principal.subject,
                reason=resolution.reason,
            )
        return await _view(context, transmission_id)


async def _view(context: AnyContext, transmission_id: UUID) -> TransmissionView:
    async with context.database.transaction() as connection:
        row = await store.find_transmission(connection, transmission_id=transmission_id)
        attempts = await store.attempts_of(connection, transmission_id=transmission_id)
        receipts = await store.receipts_of(connection, transmission_id=transmission_id)
    if row is None:
        raise NotFound(detail="There is no such transmission.")
    return TransmissionView(
        **dict(_item(row)),
        article=ARTICLES[row.duty],
        ticket=row.ticket,
        closed_by=row.closed_by,
        close_reason=row.close_reason,
        history=tuple(AttemptView(**vars(one)) for one in attempts),
        receipts=tuple(ReceiptView(**vars(one)) for one in receipts),
    )


def _item(row: store.Transmission) -> TransmissionItem:
    return TransmissionItem(
        href=f"/v1/transmissions/{row.transmission_id}",
        transmission_id=row.transmission_id,
        dossier=row.dossier,
        file_number=row.file_number,
        kind=row.duty.value,
        insurer=row.insurer,
        status=row.status,
        happened_on=row.happened_on,
        deadline=row.deadline,
        year_quarter=row.quarter,
        acknowledged_on=row.acknowledged_on,
        overdue_on=row.overdue_on,
        reason_code=row.reason_code,
        attempts=row.attempts,
    )
