"""What the twins of the post and of the bailiff share: a paper that is taken in, and a report that is called back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from deploy.sandbox import store
from deploy.sandbox.context import TwinContext
from deploy.sandbox.store import TwinItem
from shared.law.calendar import add_working_days
from shared.platform.calls.auth import IssuerUnavailable
from shared.platform.calls.service_client import CallFailed, PeerRefused
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, InvalidInput, Issue, MissingPermission, ServiceUnavailable

#: A paper is a few pages; base64 makes it a third longer.
_CONTENT_LENGTH_MAX: Final = 8_000_000
EVERYBODY: Final = "*"
#: The services that hand papers over; each takes the reports about its own.
_DEPOSITORS: Final = frozenset({"recovery", "benefits"})

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileNumber = Annotated[int, Field(ge=1, le=9_999_999)]
Content = Annotated[str, Field(min_length=1, max_length=_CONTENT_LENGTH_MAX)]


class Receipt(ApiModel):
    """The twin took something on."""

    reference: UUID
    receipt: str
    accepted_on: date


class NonsenseReceipt(ApiModel):
    """An answer that is none."""

    weather: str


class Accepted(ApiModel):
    """What the fund answers to a report."""

    accepted: bool


class Gibberish(ApiModel):
    """A report nobody can read."""

    lorem: str
    ipsum: int


def check_content(content: str, *, sha256: str) -> None:
    """Refuse a paper that isn't the one whose hash came with it; it is looked at, never kept.

    Raises:
        InvalidInput: the content is not base64, or its hash is another.
    """
    try:
        document = base64.b64decode(content, validate=True)
    except binascii.Error:
        issue = Issue(name="content", detail="The document is not base64.", rule="schemaViolation")
        raise InvalidInput(issues=[issue]) from None
    if hashlib.sha256(document).hexdigest() != sha256:
        issue = Issue(name="documentSha256", detail="This is the hash of another document.", rule="equalExpected")
        raise InvalidInput(issues=[issue])


async def mode_of(connection: Connection, *, twin: str, file_number: int) -> tuple[str, int]:
    """Return how a twin behaves towards a file, and how many working days late it is."""
    behaviour = await store.behaviour_of(connection, twin=twin, subject=str(file_number))
    return str(behaviour.get("mode", "normal")), int(behaviour.get("lateDays", 0))


async def behave(context: TwinContext, *, twin: str, file_number: int | None, behaviour: Mapping[str, Any]) -> None:
    """Make a twin behave in some way towards one file, or towards everybody."""
    subject = EVERYBODY if file_number is None else str(file_number)
    async with context.database.transaction() as connection:
        await store.set_behaviour(connection, twin=twin, subject=subject, behaviour=behaviour)


async def take_in(
    context: TwinContext,
    *,
    depositor: str,
    twin: str,
    kind: str,
    reference: UUID,
    payload: Mapping[str, Any],
    file_number: int,
    working_days: int,
) -> Receipt | NonsenseReceipt:
    """Remember a paper once and answer a receipt: the same reference is the same paper, with the same receipt.

    What becomes of it is reported to ``depositor``, the service that handed it over.

    Raises:
        MissingPermission: nothing can be reported to whoever hands it over.
        ServiceUnavailable: the twin was told to be down.
    """
    if depositor not in _DEPOSITORS:
        raise MissingPermission(detail="Whoever takes no reports hands nothing over.")
    today = await context.clock.today()
    async with context.database.transaction() as connection:
        mode, late_days = await mode_of(connection, twin=twin, file_number=file_number)
        if mode == "down":
            raise ServiceUnavailable(detail="Closed for the moment.")
        if mode == "nonsenseReceipt":
            return NonsenseReceipt(weather="rain")
        item, _new = await store.add_item(
            connection,
            twin=twin,
            kind=kind,
            reference=str(reference),
            created_on=today,
            due_on=add_working_days(today, working_days + late_days),
            payload={**payload, "fileNumber": file_number, "depositor": depositor},
        )
    number = hashlib.sha256(str(reference).encode()).hexdigest()[:12].upper()
    return Receipt(reference=reference, receipt=f"{twin[:1].upper()}{number}", accepted_on=item.created_on)


async def report(context: TwinContext, *, item: TwinItem, path: str, body: ApiModel, state: str, today: date) -> None:
    """Call back the service that handed it over.

    Only what it took in is done; a refusal for the moment is tried again on the next working day.
    """
    try:
        await context.service(item.payload["depositor"], partner=item.twin).post(path, body, Accepted)
    except PeerRefused as refusal:
        again = add_working_days(today, 1) if refusal.status == 409 else None
        moved = (item.state, again) if again else ("refused", None)
        await move(context, item=item, state=moved[0], due_on=moved[1], details={"refusal": refusal.status})
        return
    except (CallFailed, IssuerUnavailable):
        # Still due: the same report is made again as soon as the fund answers.
        return
    await move(context, item=item, state=state, due_on=None)


async def move(
    context: TwinContext,
    *,
    item: TwinItem,
    state: str,
    due_on: date | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down where an item stands."""
    async with context.database.transaction() as connection:
        await store.move_item(connection, item_id=item.id, state=state, due_on=due_on, details=details)
