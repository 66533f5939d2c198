"""The fund's bank, as far as payments go: it takes payment files in and reports what became of each payment.

A file is known by its message id: the same file again is the same file, another file under that id is refused. It is
executed on the day it asks for, at the earliest the next working day, and reported on that day. Behaviour: ``down``,
``refusing`` every file, and file numbers whose first payment comes back with a reason.
"""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from lxml import etree
from pydantic import Field

from deploy.sandbox import store
from deploy.sandbox.context import TwinContext
from shared.law.calendar import add_working_days, next_working_day
from shared.law.identifiers import Iban, InvalidIdentifier
from shared.platform.calls.service_client import CallFailed, PeerRefused
from shared.platform.database.connections import Connection
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    Principal,
    ServiceUnavailable,
    require,
)
from shared.platform.observation.logging import get_logger

NAME = "bank"
_FILE = "paymentFile"
_NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
_COLLECTIONS = "{urn:iso:std:iso:20022:tech:xsd:pain.008.001.08}"
_FILE_NUMBER = re.compile(r"[0-9]{7}$")
_XML_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/xml": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_log = get_logger(__name__)


class FileTaken(ApiModel):
    """The file was taken in."""

    message_id: str


class Return(ApiModel):
    """A person whose first payment comes back."""

    file_number: str = Field(pattern=r"^[0-9]{7}$")
    reason_code: str = Field(default="AC04", pattern=r"^[A-Z]{2}[0-9]{2}$", description="AC04: closed account.")


class Behaviour(ApiModel):
    """How the bank behaves; ``until`` is the first day on which it is as always again."""

    mode: Literal["normal", "down", "refusing"] = "normal"
    until: date | None = None
    returns: tuple[Return, ...] = ()


class Report(ApiModel):
    """What became of one payment."""

    end_to_end_id: str
    outcome: Literal["executed", "returned"]
    executed_on: date | None = None
    reason_code: str | None = None


class Reports(ApiModel):
    """What became of the payments of a file."""

    message_id: str
    items: tuple[Report, ...]


class ReportsTaken(ApiModel):
    """What the fund answers to reports."""

    changed: int


def router(context: TwinContext) -> APIRouter:
    """Return the bank's routes."""
    routes = ApiRouter(tags=["Bank"])

    @routes.post(
        "/v1/bank/paymentFiles",
        status_code=202,
        summary="Send a payment file",
        response_model=FileTaken,
        openapi_extra=_XML_BODY,
    )
    async def receive_payment_file(request: Request, principal: Principal = Depends(require("service"))) -> FileTaken:
        """Take a file of payments (pain.001.001.09) or collections (pain.008.001.08) in, or refuse it as a whole."""
        content = await request.body()
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            behaviour = await _behaviour(connection)
            if behaviour.mode == "down" and (behaviour.until is None or today < behaviour.until):
                raise ServiceUnavailable(detail="The bank is closed.")
            if behaviour.mode == "refusing" and (behaviour.until is None or today < behaviour.until):
                raise _refused("GrpHdr.InitgPty", "May not order anything.")
            payload = read_payment_file(content)
            execution_on = next_working_day(date.fromisoformat(payload["executionOn"]))
            item, _ = await store.add_item(
                connection,
                twin=NAME,
                kind=_FILE,
                reference=payload["messageId"],
                created_on=today,
                due_on=max(execution_on, add_working_days(today, 1)),
                payload={**payload, "sha256": sha256(content).hexdigest(), "service": principal.subject},
                content=content,
            )
            if item.payload["sha256"] != sha256(content).hexdigest():
                raise Conflict(detail="Another file has this message id.")
        return FileTaken(message_id=payload["messageId"])

    @routes.put("/v1/bank/behaviour", summary="Set the bank's behaviour", response_model=Behaviour)
    async def put_bank_behaviour(
        behaviour: Behaviour,
        principal: Principal = Depends(require("operator", "service")),  # noqa: ARG001
    ) -> Behaviour:
        """Close the bank, or let payments come back."""
        async with context.database.transaction() as connection:
            await store.set_behaviour(
                connection, twin=NAME, subject="*", behaviour=behaviour.model_dump(mode="json", by_alias=True)
            )
        return behaviour

    return routes


async def tick(context: TwinContext, today: date) -> None:
    """Report on the files whose day has come; a report that is not accepted waits for the next tick."""
    async with context.database.transaction() as connection:
        due = await store.due_items(connection, twin=NAME, today=today)
    for item in due:
        async with context.database.transaction() as connection:
            reports = await _reports(connection, item)
        client = context.service(item.payload["service"], partner=NAME)
        try:
            await client.post("/v1/paymentReports", reports, ReportsTaken)
        except PeerRefused as error:
            _log.warning("report.refused", item=str(item.id), status=error.status)
            state = "undeliverable"
        except CallFailed:
            continue
        else:
            state = "reported"
        async with context.database.transaction() as connection:
            await store.move_item(connection, item_id=item.id, state=state, due_on=None)


async def due_count(context: TwinContext, today: date) -> int:
    """Return how many files are to be reported on."""
    async with context.database.transaction() as connection:
        return await store.count_due(connection, twin=NAME, today=today)


def read_payment_file(content: bytes) -> dict[str, Any]:
    """Read what the bank needs of a payment file, and refuse a file that a bank would refuse.

    Raises:
        InvalidInput: the file is neither of both formats, or its totals, accounts or ids are wrong.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise _refused("document", "Is not well-formed XML.") from None
    if root.tag == f"{_COLLECTIONS}Document":
        return _collections(root)
    if root.tag != f"{_NAMESPACE}Document":
        raise _refused("document", "Is neither a pain.001.001.09 nor a pain.008.001.08.")
    message_id = _text(root, "CstmrCdtTrfInitn", "GrpHdr", "MsgId")
    execution_on = _text(root, "CstmrCdtTrfInitn", "PmtInf", "ReqdExctnDt", "Dt")
    payments = [_payment(element) for element in root.iter(f"{_NAMESPACE}CdtTrfTxInf")]
    total_cents = sum(payment["cents"] for payment in payments)
    for part in ("GrpHdr", "PmtInf"):
        if _text(root, "CstmrCdtTrfInitn", part, "NbOfTxs") != str(len(payments)):
            raise _refused(f"{part}.NbOfTxs", "Is not the number of payments.")
        if _cents(_text(root, "CstmrCdtTrfInitn", part, "CtrlSum")) != total_cents:
            raise _refused(f"{part}.CtrlSum", "Is not the sum of the payments.")
    ids = [payment["endToEndId"] for payment in payments]
    if not ids or len(set(ids)) != len(ids):
        raise _refused("EndToEndId", "Is missing or used twice.")
    kept = [{name: payment[name] for name in ("endToEndId", "fileNumber", "cents")} for payment in payments]
    return {"messageId": message_id, "executionOn": execution_on, "totalCents": total_cents, "payments": kept}


def _collections(root: etree._Element) -> dict[str, Any]:
    message_id = _text(root, "CstmrDrctDbtInitn", "GrpHdr", "MsgId")
    blocks = root.findall(f"{_COLLECTIONS}CstmrDrctDbtInitn/{_COLLECTIONS}PmtInf")
    payments = []
    for block in blocks:
        inside = [_collection(element) for element in block.iter(f"{_COLLECTIONS}DrctDbtTxInf")]
        if _cents(_text(block, "CtrlSum")) != sum(one["cents"] for one in inside):
            raise _refused("PmtInf.CtrlSum", "Is not the sum of the collections.")
        payments += inside
    total_cents = sum(payment["cents"] for payment in payments)
    if _cents(_text(root, "CstmrDrctDbtInitn", "GrpHdr", "CtrlSum")) != total_cents:
        raise _refused("GrpHdr.CtrlSum", "Is not the sum of the collections.")
    ids = [payment["endToEndId"] for payment in payments]
    if not ids or len(set(ids)) != len(ids):
        raise _refused("EndToEndId", "Is missing or used twice.")
    execution_on = _text(blocks[0], "ReqdColltnDt")
    return {"messageId": message_id, "executionOn": execution_on, "totalCents": total_cents, "payments": payments}


def _collection(element: etree._Element) -> dict[str, Any]:
    try:
        Iban(_text(element, "DbtrAcct", "Id", "IBAN"))
    except InvalidIdentifier:
        raise _refused("DbtrAcct", "Is no account.") from None
    _text(element, "DrctDbtTx", "MndtRltdInf", "MndtId")
    remittance = _FILE_NUMBER.search(element.findtext(f"{_COLLECTIONS}RmtInf/{_COLLECTIONS}Ustrd") or "")
    return {
        "endToEndId": _text(element, "PmtId", "EndToEndId"),
        "cents": _cents(_text(element, "InstdAmt")),
        "fileNumber": "" if remittance is None else remittance.group(),
    }


def _payment(element: etree._Element) -> dict[str, Any]:
    try:
        Iban(_text(element, "CdtrAcct", "Id", "IBAN"))
    except InvalidIdentifier:
        raise _refused("CdtrAcct", "Is no account.") from None
    remittance = _FILE_NUMBER.search(element.findtext(f"{_NAMESPACE}RmtInf/{_NAMESPACE}Ustrd") or "")
    return {
        "endToEndId": _text(element, "PmtId", "EndToEndId"),
        "cents": _cents(_text(element, "Amt", "InstdAmt")),
        "fileNumber": "" if remittance is None else remittance.group(),
    }


def _text(element: etree._Element, *names: str) -> str:
    namespace = f"{{{etree.QName(element).namespace}}}"
    text = element.findtext("/".join(namespace + name for name in names))
    if not text:
        raise _refused(names[-1], "Is absent.")
    return text


def _cents(text: str) -> int:
    euros, _, rest = text.partition(".")
    if not (euros.isdigit() and rest.isdigit() and len(rest) == len("00")):
        raise _refused("amount", "Is not an amount in euros with two decimals.")
    return int(euros) * 100 + int(rest)


def _refused(name: str, detail: str) -> InvalidInput:
    return InvalidInput(detail="The bank refuses the file.", issues=[Issue(name=name, detail=detail)])


async def _behaviour(connection: Connection) -> Behaviour:
    return Behaviour.model_validate(await store.behaviour_of(connection, twin=NAME, subject="*"))


async def _reports(connection: Connection, item: store.TwinItem) -> Reports:
    behaviour = await _behaviour(connection)
    returns = {one.file_number: one.reason_code for one in behaviour.returns}
    items = []
    for payment in item.payload["payments"]:
        reason = returns.get(payment["fileNumber"])
        # A payment made again bears another number at its end: it goes through.
        if reason is not None and payment["endToEndId"].endswith("01"):
            items.append(Report(end_to_end_id=payment["endToEndId"], outcome="returned", reason_code=reason))
        else:
            items.append(Report(end_to_end_id=payment["endToEndId"], outcome="executed", executed_on=item.due_on))
    return Reports(message_id=item.reference, items=tuple(items))
