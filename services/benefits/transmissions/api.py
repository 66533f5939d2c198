"""Transmissions to mutualites: the list, each attempt, receipts from partners, and what people resolve."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from services.benefits.transmissions import service as store
from services.benefits.transmissions import store as transmission_queries
from services.benefits.transmissions.procedure import ReceiptRecorded, TransmissionResolution
from services.benefits.transmissions.rules import ARTICLES
from shared.contracts.vocabulary import YearQuarter
from shared.platform import audit, dispatch, tasks
from shared.platform.context import AnyContext
from shared.platform.database import Connection
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

_PURPOSE = "mutualityTransmission"
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
            rows = await transmission_queries.list_transmissions(
                connection,
                status=status,
                insurer=insurer,
                dossier=dossier,
                after=after_transmission,
                page_size=page_size,
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="transmissions", dossiers=[dossier], purpose=_PURPOSE
            )
        return TransmissionPage(items=tuple(TransmissionItem(**_item(row), attempts=row["attempts"]) for row in rows))

    @router.get("/v1/transmissions/{transmission_id}", summary="Read a transmission", response_model=TransmissionView)
    async def get_transmission(
        transmission_id: UUID,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> TransmissionView:
        """Return a transmission with all attempts and receipts; the read is on record."""
        view = await _view(context, transmission_id)
        async with context.database.transaction() as connection:
            await audit.record_reads(
                connection, actor=principal.subject, what="transmission", dossiers=[view.dossier], purpose=_PURPOSE
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
            transmission = await store.read_transmission(connection, transmission=found, lock=True)
            changed = await store.record_receipt(
                connection,
                transmission=transmission,
                ticket=receipt.ticket,
                received_on=today,
                accepted=receipt.outcome == "accepted",
                reason_code=receipt.reason_code if receipt.outcome == "rejected" else None,
            )
            if changed:
                await _follow_receipt(connection, transmission, receipt)
        return ReceiptTaken(changed=changed)


async def _follow_receipt(connection: Connection, transmission: store.Transmission, receipt: Receipt) -> None:
    accepted = receipt.outcome == "accepted"
    if accepted:
        await store.settle_tasks(connection, transmission=transmission, resolution="acknowledged")
    else:
        await tasks.open_task(
            connection,
            kind=store.REJECTED_TASK,
            reference=str(receipt.ticket),
            dossier=transmission.dossier,
            due_on=transmission.deadline_on,
            role="benefitsAgent",
            details={
                "transmissionId": str(transmission.notice.transmission_id),
                "insurer": transmission.notice.insurer,
                "duty": transmission.notice.duty.value,
                "reasonCode": receipt.reason_code,
                "deadline": transmission.deadline_on.isoformat(),
            },
        )
    await dispatch.signal_workflow(
        connection,
        workflow_id=store.workflow_id(transmission.notice.transmission_id),
        signal="receipt_recorded",
        argument=ReceiptRecorded(accepted=accepted),
        dossier=transmission.dossier,
    )


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
            try:
                transmission = await store.read_transmission(connection, transmission=transmission_id, lock=True)
            except LookupError:
                raise NotFound(detail="There is no such transmission.") from None
            if transmission.status not in store.OPEN_STATUSES:
                raise Conflict(detail="The transmission has ended.")
            if resolution.action == "resend" and transmission.status == "pending":
                raise Conflict(detail="The corrected message is about to be sent already.")
            await store.settle_tasks(connection, transmission=transmission, resolution=resolution.action)
            if resolution.action == "resend":
                await store.correct(connection, transmission=transmission, insurer=resolution.insurer)
            else:
                await store.close(
                    connection, transmission=transmission, closed_by=principal.subject, reason=resolution.reason
                )
            await audit.record(
                connection,
                actor=principal.subject,
                action=f"transmission.{resolution.action}",
                dossier=transmission.dossier,
                purpose=_PURPOSE,
                details={"transmissionId": str(transmission_id)},
            )
            await dispatch.signal_workflow(
                connection,
                workflow_id=store.workflow_id(transmission_id),
                signal="transmission_resolved",
                argument=TransmissionResolution(action=resolution.action),
                dossier=transmission.dossier,
            )
        return await _view(context, transmission_id)


async def _view(context: AnyContext, transmission_id: UUID) -> TransmissionView:
    async with context.database.transaction() as connection:
        row = await transmission_queries.transmission_detail(connection, transmission=transmission_id)
    if row is None:
        raise NotFound(detail="There is no such transmission.")
    attempts = ("attempt", "ticket", "sent_on", "outcome", "status_code", "payload_sha256", "detail")
    receipts = ("ticket", "received_on", "outcome", "reason_code")
    return TransmissionView(
        **_item(row),
        attempts=len(row["attempts"]),
        article=next(article for duty, article in ARTICLES.items() if duty.value == row["duty"]),
        ticket=row["ticket"],
        closed_by=row["closed_by"],
        close_reason=row["close_reason"],
        history=tuple(AttemptView(**{name: one[name] for name in attempts}) for one in row["attempts"]),
        receipts=tuple(ReceiptView(**{name: one[name] for name in receipts}) for one in row["receipts"]),
    )


def _item(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "dossier", "file_number", "insurer", "status", "happened_on", "deadline", "acknowledged_on", "overdue_on",
        "reason_code",
    )  # fmt: skip
    return {
        "href": f"/v1/transmissions/{row['id']}",
        "transmission_id": row["id"],
        "kind": row["duty"],
        "year_quarter": row["quarter"],
        **{name: row[name] for name in names},
    }
