"""The twin of a bailiff: takes warrants in, serves them ten working days later, and tells what that cost."""

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
from shared.contracts.vocabulary import EuroCents
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, Principal, require

NAME: Final = "bailiff"
#: A warrant is served on the tenth working day after the mandate.
SERVICE_WORKING_DAYS: Final = 10
#: What this bailiff asks for a service, in euro cents; invented, the tariff is not ours to know.
SERVICE_COST_CENTS: Final = 18_743
_KIND: Final = "mandate"


class Mandate(ApiModel):
    """A warrant to serve; the same id is the same mandate."""

    mandate_id: UUID
    file_number: FileNumber
    total_cents: Annotated[EuroCents, Field(gt=0)]
    document_sha256: Sha256
    content: Content


class Withdrawal(ApiModel):
    """The creditor wants a warrant back that was not served."""

    mandate_id: UUID
    reason: Literal["paid"]


class BailiffBehaviour(ApiModel):
    """How warrants of one file, or of everybody, fare from now on."""

    file_number: FileNumber | None = None
    mode: Literal["normal", "late", "silent", "notServed", "down", "nonsense", "nonsenseReceipt"]
    late_days: Annotated[int, Field(ge=0, le=120)] = 0


class _Report(ApiModel):
    mandate_id: UUID
    kind: Literal["served", "notServed"]
    served_on: date | None = None
    cost_cents: int | None = None
    on: date | None = None
    reason: str | None = None


def router(context: TwinContext) -> APIRouter:
    """Return the routes of the bailiff."""
    routes = ApiRouter(tags=["Bailiff"])

    @routes.post(
        "/v1/bailiff/mandates",
        summary="Give a warrant to serve",
        status_code=202,
        response_model=Receipt | NonsenseReceipt,
    )
    async def accept_mandate(
        mandate: Mandate, principal: Principal = Depends(require("service"))
    ) -> Receipt | NonsenseReceipt:
        """Take a warrant in and give a receipt; only its hash is remembered."""
        check_content(mandate.content, sha256=mandate.document_sha256)
        return await take_in(
            context,
            depositor=principal.subject,
            twin=NAME,
            kind=_KIND,
            reference=mandate.mandate_id,
            payload={"documentSha256": mandate.document_sha256, "totalCents": mandate.total_cents},
            file_number=mandate.file_number,
            working_days=SERVICE_WORKING_DAYS,
        )

    @routes.post("/v1/bailiff/withdrawals", summary="Take a warrant back", status_code=202, response_model=Receipt)
    async def accept_withdrawal(withdrawal: Withdrawal, _principal: Principal = Depends(require("service"))) -> Receipt:
        """Stop before service; a warrant that was served can't be taken back."""
        return await _withdraw(context, withdrawal)

    @routes.put("/v1/bailiff/behaviour", summary="Make the bailiff behave in some way", response_model=Accepted)
    async def set_bailiff_behaviour(
        behaviour: BailiffBehaviour, _principal: Principal = Depends(require("operator"))
    ) -> Accepted:
        """Be late, silent or closed, find nobody at home, or report nonsense."""
        await behave(
            context,
            twin=NAME,
            file_number=behaviour.file_number,
            behaviour={"mode": behaviour.mode, "lateDays": behaviour.late_days},
        )
        return Accepted(accepted=True)

    return routes


async def tick(context: TwinContext, today: date) -> None:
    """Serve the warrants that are due and report each service with its costs."""
    async with context.database.transaction() as connection:
        due = await store.due_items(connection, twin=NAME, today=today)
    for item in due:
        await _serve(context, item, today)


async def due_count(context: TwinContext, today: date) -> int:
    """Return how many warrants are due and not reported."""
    async with context.database.transaction() as connection:
        return await store.count_due(connection, twin=NAME, today=today)


async def _serve(context: TwinContext, item: TwinItem, today: date) -> None:
    async with context.database.transaction() as connection:
        mode, _late_days = await mode_of(connection, twin=NAME, file_number=item.payload["fileNumber"])
    path = "/v1/bailiffReports"
    if mode in {"silent", "down"}:
        await move(context, item=item, state="silent", due_on=None)
        return
    mandate_id = UUID(item.reference)
    day = item.due_on or today
    body: ApiModel
    if mode == "nonsense":
        body, state = Gibberish(lorem="ipsum", ipsum=7), "nonsense"
    elif mode == "notServed":
        body = _Report(mandate_id=mandate_id, kind="notServed", on=day, reason="addressUnknown")
        state = "notServed"
    else:
        body = _Report(mandate_id=mandate_id, kind="served", served_on=day, cost_cents=SERVICE_COST_CENTS)
        state = "served"
    await report(context, item=item, path=path, body=body, state=state, today=today)


async def _withdraw(context: TwinContext, withdrawal: Withdrawal) -> Receipt:
    today = await context.clock.today()
    async with context.database.transaction() as connection:
        reference = str(withdrawal.mandate_id)
        item = await store.find_item(connection, twin=NAME, kind=_KIND, reference=reference)
        if item is None:
            issue = Issue(name="mandateId", detail="This mandate is not known.", rule="referencedResourceNotFound")
            raise InvalidInput(issues=[issue])
        if item.state == "served":
            raise Conflict(detail="The warrant was served before.")
        if item.state != "withdrawn":
            await store.move_item(
                connection, item_id=item.id, state="withdrawn", due_on=None, details={"withdrawnFor": withdrawal.reason}
            )
    return Receipt(reference=withdrawal.mandate_id, receipt=f"W{reference[:12].upper()}", accepted_on=today)
