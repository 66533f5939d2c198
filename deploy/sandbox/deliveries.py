"""The twins of those who carry ordinary letters: the post's print room, a mail server and the eBox.

Each takes a document in under the sender's reference and answers a receipt, the proof that it was handed over; the same
reference is the same document, with the same receipt. An address is looked at and never remembered.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from deploy.sandbox import store
from deploy.sandbox.context import TwinContext
from deploy.sandbox.letterbox import Accepted, Content, FileNumber, Sha256, behave, check_content, mode_of
from shared.contracts.vocabulary import Language
from shared.platform.http import ApiModel, ApiRouter, NotFound, Principal, ServiceUnavailable, require

NAME: Final = "deliveries"
_KIND: Final = "document"

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9|:-]{1,80}$")]
Carrier = Literal["letters", "email", "ebox"]


class Document(ApiModel):
    """A document under the sender's own reference."""

    reference: Reference
    file_number: FileNumber
    language: Language
    document_sha256: Sha256
    content: Content


class Letter(Document):
    """A document to print and to put in letterboxes; the address is printed on it."""


class EmailMessage(Document):
    """A document to send as an attachment."""

    address: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,180}$")]
    subject: Annotated[str, Field(min_length=1, max_length=200)]


class EboxMessage(Document):
    """A document to put in the eBox of a person or of an enterprise."""

    recipient: Annotated[str, Field(pattern=r"^([0-9]{11}|[01][0-9]{9})$")]
    subject: Annotated[str, Field(min_length=1, max_length=200)]


class DeliveryReceipt(ApiModel):
    """Proof that a document was handed over."""

    reference: Reference
    receipt: str
    accepted_on: date


class CarrierBehaviour(ApiModel):
    """How documents of one file, or of everybody, fare with a carrier from now on."""

    carrier: Carrier
    file_number: FileNumber | None = None
    mode: Literal["normal", "down", "unknownAddress"]


def router(context: TwinContext) -> APIRouter:
    """Return the routes of the carriers."""
    routes = ApiRouter(tags=["Deliveries"])

    @routes.post("/v1/letters", summary="Hand over a letter", status_code=202, response_model=DeliveryReceipt)
    async def print_letter(letter: Letter, _principal: Principal = Depends(require("service"))) -> DeliveryReceipt:
        """Take a letter to print and post."""
        return await _take_in(context, carrier="letters", document=letter)

    @routes.post("/v1/emails", summary="Hand over an e-mail", status_code=202, response_model=DeliveryReceipt)
    async def send_email(message: EmailMessage, _principal: Principal = Depends(require("service"))) -> DeliveryReceipt:
        """Take an e-mail; an address nobody has is refused."""
        return await _take_in(context, carrier="email", document=message)

    @routes.post("/v1/eboxMessages", summary="Hand over to an eBox", status_code=202, response_model=DeliveryReceipt)
    async def put_in_ebox(message: EboxMessage, _principal: Principal = Depends(require("service"))) -> DeliveryReceipt:
        """Take a document for an eBox; one that was not activated is refused."""
        return await _take_in(context, carrier="ebox", document=message)

    @routes.put("/v1/deliveries/behaviour", summary="Make a carrier behave in some way", response_model=Accepted)
    async def set_carrier_behaviour(
        behaviour: CarrierBehaviour, _principal: Principal = Depends(require("operator"))
    ) -> Accepted:
        """Close a carrier, or let the address of a file be unknown to it."""
        await behave(
            context,
            twin=behaviour.carrier,
            file_number=behaviour.file_number,
            behaviour={"mode": behaviour.mode, "lateDays": 0},
        )
        return Accepted(accepted=True)

    return routes


async def tick(context: TwinContext, today: date) -> None:
    """Do nothing: what was handed over is on its way."""


async def due_count(context: TwinContext, today: date) -> int:  # noqa: ARG001 - the signature is every twin's
    """Return that nothing is due."""
    return 0


async def _take_in(context: TwinContext, *, carrier: Carrier, document: Document) -> DeliveryReceipt:
    check_content(document.content, sha256=document.document_sha256)
    today = await context.clock.today()
    async with context.database.transaction() as connection:
        mode, _late_days = await mode_of(connection, twin=carrier, file_number=document.file_number)
        if mode == "down":
            raise ServiceUnavailable(detail="Closed for the moment.")
        if mode == "unknownAddress":
            raise NotFound(detail="Nobody is known at this address.")
        item, _new = await store.add_item(
            connection,
            twin=carrier,
            kind=_KIND,
            reference=document.reference,
            created_on=today,
            due_on=None,
            payload={"documentSha256": document.document_sha256, "fileNumber": document.file_number},
        )
    number = hashlib.sha256(f"{carrier}|{document.reference}".encode()).hexdigest()[:12].upper()
    return DeliveryReceipt(
        reference=document.reference, receipt=f"{carrier[:1].upper()}{number}", accepted_on=item.created_on
    )
