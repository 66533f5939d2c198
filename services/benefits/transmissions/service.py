"""Transmissions to mutualites: the duty, each attempt, each receipt. A duty exists once per dossier and event."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Final, Literal
from uuid import UUID, uuid5

from services.benefits.transmissions import store
from services.benefits.transmissions.procedure import ReceiptRecorded, TransmissionInput, TransmissionResolution
from services.benefits.transmissions.rules import (
    ARTICLES,
    Duty,
    Notice,
    deadline,
    is_first_contribution,
    transmission_id,
)
from services.benefits.transmissions.store import Outcome, Transmission
from shared.contracts.benefits_v1 import (
    TransmissionAcknowledged,
    TransmissionKind,
    TransmissionOverdue,
    TransmissionRejected,
    TransmissionSent,
)
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox
from shared.platform.people import audit, tasks
from shared.platform.temporal import dispatch
from shared.platform.temporal.sleepers import OpenWork

#: Statuses in which a receipt is still expected.
OPEN_STATUSES: Final = ("pending", "sent", "rejected")
PURPOSE: Final = "mutualityTransmission"
#: Kinds of tasks of this procedure.
OVERDUE_TASK: Final = "transmissionOverdue"
REJECTED_TASK: Final = "transmissionRejected"
#: Who answers for messages until somebody takes a task, and who gets the tasks.
_OWNER: Final = "benefitsAgent"


def workflow_id(transmission: UUID) -> str:
    """Give the id of the procedure of a transmission."""
    return f"mutuality-transmission:{transmission}"


def notice_of(transmission: Transmission) -> Notice:
    """Give what a message says under its present ticket."""
    return Notice(
        transmission_id=transmission.ticket,
        duty=transmission.duty,
        insurer=transmission.insurer,
        file_number=transmission.file_number,
        category=transmission.category,
        starts_on=transmission.starts_on,
        happened_on=transmission.happened_on,
        quarter=None if transmission.quarter is None else Quarter.parse(transmission.quarter),
        relieved=transmission.relieved,
    )


async def open_first_contribution(connection: Connection, *, dossier: UUID, parameters: Parameters) -> None:
    """Create the duty of the first contribution once both the contribution and the affiliation are known.

    Of somebody who was taken over, the first quarter that is covered here seldom is the first one of the affiliation.
    """
    first = await store.first_contribution(connection, dossier=dossier)
    if first is None:
        return
    quarter = Quarter.parse(first.quarter)
    if is_first_contribution(quarter=quarter, starts_on=first.starts_on, taken_over=first.taken_over):
        await open_duty(
            connection,
            duty=Duty.FIRST_CONTRIBUTION,
            dossier=dossier,
            event="first",
            happened_on=first.covered_on,
            quarter=quarter,
            relieved=first.relieved,
            parameters=parameters,
        )


async def open_duty(
    connection: Connection,
    *,
    parameters: Parameters,
    duty: Duty,
    dossier: UUID,
    event: str,
    happened_on: date,
    quarter: Quarter | None = None,
    relieved: bool = False,
) -> None:
    """Create a duty and start its procedure; nothing happens when it exists or when nobody knows the dossier yet."""
    new_id = transmission_id(duty=duty, dossier=dossier, event=event)
    created = await store.insert_transmission(
        connection,
        transmission_id=new_id,
        dossier=dossier,
        duty=duty.value,
        event=event,
        happened_on=happened_on,
        quarter=None if quarter is None else str(quarter),
        relieved=relieved,
        deadline=deadline(duty=duty, happened_on=happened_on, parameters=parameters),
    )
    if created:
        await dispatch.start_workflow(
            connection,
            workflow="MutualityTransmission",
            workflow_id=workflow_id(new_id),
            argument=TransmissionInput(transmission_id=new_id),
            dossier=dossier,
        )


async def record_attempt(
    connection: Connection,
    *,
    transmission: Transmission,
    sent_on: date,
    outcome: Outcome,
    status_code: int | None,
    payload_sha256: str,
    detail: str,
) -> None:
    """Keep what happened to one attempt of a message as it was sent; an accepted one tells that it was."""
    await store.insert_attempt(
        connection,
        transmission_id=transmission.transmission_id,
        ticket=transmission.ticket,
        sent_on=sent_on,
        outcome=outcome,
        status_code=status_code,
        payload_sha256=payload_sha256,
        detail=detail,
    )
    if outcome == "accepted":
        await outbox.publish(
            connection,
            TransmissionSent(
                dossier=transmission.dossier,
                occurred_on=sent_on,
                transmission_id=transmission.transmission_id,
                ticket=transmission.ticket,
                kind=TransmissionKind(transmission.duty.value),
                insurer=transmission.insurer,
            ),
        )


async def record_receipt(
    connection: Connection, *, transmission: Transmission, ticket: UUID, received_on: date, rejected_as: str | None
) -> bool:
    """Keep a receipt, tell it and wake the procedure; a refused message becomes a task.

    A receipt for an older, corrected message is kept as evidence and changes nothing.

    Args:
        connection: a transaction that holds the lock of the transmission.
        transmission: the message.
        ticket: the ticket of the message that is answered.
        received_on: the business date.
        rejected_as: code of the reason of a refusal, None when the message is accepted.

    Returns:
        False when this ticket already had a receipt or is no longer the current one.
    """
    accepted = rejected_as is None
    new = await store.insert_receipt(
        connection,
        ticket=ticket,
        transmission_id=transmission.transmission_id,
        received_on=received_on,
        outcome="accepted" if accepted else "rejected",
        reason_code=rejected_as,
    )
    if not new or ticket != transmission.ticket or transmission.status not in OPEN_STATUSES:
        return False
    await store.set_answer(
        connection,
        transmission_id=transmission.transmission_id,
        status="acknowledged" if accepted else "rejected",
        reason_code=rejected_as,
        acknowledged_on=received_on if accepted else None,
    )
    about = {
        "dossier": transmission.dossier,
        "occurred_on": received_on,
        "transmission_id": transmission.transmission_id,
        "ticket": transmission.ticket,
        "kind": TransmissionKind(transmission.duty.value),
        "insurer": transmission.insurer,
    }
    if rejected_as is None:
        await outbox.publish(connection, TransmissionAcknowledged(**about))
        await _settle_tasks(connection, transmission=transmission, resolution="acknowledged")
    else:
        await outbox.publish(connection, TransmissionRejected(**about, reason_code=rejected_as))
        await _open_task(connection, transmission, kind=REJECTED_TASK, why={"reasonCode": rejected_as})
    await dispatch.signal_workflow(
        connection,
        workflow_id=workflow_id(transmission.transmission_id),
        signal="receipt_recorded",
        argument=ReceiptRecorded(accepted=accepted),
        dossier=transmission.dossier,
    )
    return True


async def mark_overdue(connection: Connection, *, transmission: Transmission, today: date) -> None:
    """Give a person a task because no receipt came in time before the legal deadline, and tell so once."""
    if await store.set_overdue(connection, transmission_id=transmission.transmission_id, overdue_on=today):
        await outbox.publish(
            connection,
            TransmissionOverdue(
                dossier=transmission.dossier,
                occurred_on=today,
                transmission_id=transmission.transmission_id,
                ticket=transmission.ticket,
                kind=TransmissionKind(transmission.duty.value),
                insurer=transmission.insurer,
                deadline=transmission.deadline,
            ),
        )
    article = ARTICLES[transmission.duty]
    await _open_task(connection, transmission, kind=OVERDUE_TASK, why={"article": article})


async def resolve(
    connection: Connection,
    *,
    transmission: Transmission,
    action: Literal["resend", "close"],
    insurer: str | None,
    by: str,
    reason: str,
) -> None:
    """Let a message be sent again, corrected and under a new ticket, or end it because a person saw to it."""
    await _settle_tasks(connection, transmission=transmission, resolution=action)
    if action == "resend":
        ticket = uuid5(transmission.transmission_id, str(transmission.ticket))
        await store.correct(connection, transmission_id=transmission.transmission_id, insurer=insurer, ticket=ticket)
    else:
        await store.close(connection, transmission_id=transmission.transmission_id, closed_by=by, reason=reason)
    await audit.record(
        connection,
        actor=by,
        action=f"transmission.{action}",
        dossier=transmission.dossier,
        purpose=PURPOSE,
        details={"transmissionId": str(transmission.transmission_id)},
    )
    await dispatch.signal_workflow(
        connection,
        workflow_id=workflow_id(transmission.transmission_id),
        signal="transmission_resolved",
        argument=TransmissionResolution(action=action),
        dossier=transmission.dossier,
    )


async def open_transmissions(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return messages that are neither acknowledged nor closed by a person, in order of id."""
    return [
        OpenWork(
            workflow_id=workflow_id(one.transmission_id),
            reference=one.transmission_id,
            dossier=one.dossier,
            owner=_OWNER,
        )
        for one in await store.with_status(connection, statuses=OPEN_STATUSES, after=after, limit=limit)
    ]


async def _open_task(connection: Connection, transmission: Transmission, *, kind: str, why: dict[str, str]) -> None:
    await tasks.open_task(
        connection,
        kind=kind,
        reference=str(transmission.ticket),
        dossier=transmission.dossier,
        due_on=transmission.deadline,
        role=_OWNER,
        details={
            "transmissionId": str(transmission.transmission_id),
            "insurer": transmission.insurer,
            "duty": transmission.duty.value,
            "deadline": transmission.deadline.isoformat(),
            **why,
        },
    )


async def _settle_tasks(connection: Connection, *, transmission: Transmission, resolution: str) -> None:
    """Close the tasks that an event has overtaken."""
    for kind in (OVERDUE_TASK, REJECTED_TASK):
        with suppress(tasks.TaskAlreadyResolved):
            await tasks.resolve_task(
                connection,
                kind=kind,
                reference=str(transmission.ticket),
                resolved_by="benefits",
                resolution=resolution,
            )
