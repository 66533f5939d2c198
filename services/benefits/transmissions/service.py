"""Transmissions to mutualites: the duty, each attempt, each receipt. A duty exists once per dossier and event."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from services.benefits.transmissions.procedure import TransmissionInput
from services.benefits.transmissions.rules import Duty, Notice, deadline, is_first_contribution, transmission_id
from shared.contracts.benefits_v1 import (
    TransmissionAcknowledged,
    TransmissionKind,
    TransmissionOverdue,
    TransmissionRejected,
    TransmissionSent,
)
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform import dispatch, outbox, tasks
from shared.platform.database import Connection
from shared.platform.sleepers import OpenWork

#: Statuses in which a receipt is still expected.
OPEN_STATUSES = ("pending", "sent", "rejected")
#: Kinds of tasks of this procedure.
OVERDUE_TASK = "transmissionOverdue"
REJECTED_TASK = "transmissionRejected"
#: Who answers for messages until somebody takes a task.
_OWNER: Final = "benefitsAgent"


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """One row, as the procedures need it."""

    notice: Notice
    dossier: UUID
    ticket: UUID
    deadline_on: date
    status: str
    reason_code: str | None

    @property
    def kind(self) -> TransmissionKind:
        """The duty, in the words of the contract."""
        return TransmissionKind(self.notice.duty.value)


def workflow_id(transmission: UUID) -> str:
    """Give the id of the procedure of a transmission."""
    return f"mutuality-transmission:{transmission}"


async def upsert_insured(
    connection: Connection,
    *,
    dossier: UUID,
    file_number: int,
    insurer: str,
    category: Category,
    language: str,
    starts_on: date,
    taken_over: bool,
) -> None:
    """Remember whom the fund insures; a new affiliation of the same dossier replaces the older one."""
    await connection.execute(
        """
        insert into insured (dossier, file_number, insurer, category, language, starts_on, taken_over)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (dossier) do update set
          insurer = excluded.insurer, category = excluded.category, language = excluded.language,
          starts_on = excluded.starts_on, ceased_on = null, taken_over = excluded.taken_over
        """,
        (dossier, file_number, insurer, category.value, language, starts_on, taken_over),
    )


async def change_category(connection: Connection, *, dossier: UUID, category: Category, applies_from: date) -> None:
    """Remember the category that messages about that day and later ones mention."""
    await connection.execute(
        "insert into insured_category (dossier, applies_from, category) values (%s, %s, %s) "
        "on conflict (dossier, applies_from) do update set category = excluded.category",
        (dossier, applies_from, category.value),
    )


async def record_cessation(connection: Connection, *, dossier: UUID, ceased_on: date) -> None:
    """Remember the last day of an activity."""
    await connection.execute("update insured set ceased_on = %s where dossier = %s", (ceased_on, dossier))


async def remember_first_contribution(
    connection: Connection, *, dossier: UUID, covered_on: date, quarter: Quarter, relieved: bool
) -> None:
    """Keep the first time that a contribution of a dossier was fully paid or waived; later ones change nothing."""
    await connection.execute(
        "insert into first_contribution (dossier, covered_on, quarter, relieved) values (%s, %s, %s, %s) "
        "on conflict (dossier) do nothing",
        (dossier, covered_on, str(quarter), relieved),
    )


async def open_first_contribution(connection: Connection, *, dossier: UUID, parameters: Parameters) -> bool:
    """Create the duty of the first contribution once both the contribution and the affiliation are known.

    Of somebody who was taken over, the first quarter that is covered here seldom is the first one of the affiliation.
    """
    cursor = await connection.execute(
        "select covered_on, quarter, relieved, starts_on, taken_over "
        "from first_contribution join insured using (dossier) where dossier = %s",
        (dossier,),
    )
    row = await cursor.fetchone()
    if row is None or not is_first_contribution(
        quarter=Quarter.parse(row["quarter"]), starts_on=row["starts_on"], taken_over=row["taken_over"]
    ):
        return False
    return await open_duty(
        connection,
        duty=Duty.FIRST_CONTRIBUTION,
        dossier=dossier,
        event="first",
        happened_on=row["covered_on"],
        quarter=Quarter.parse(row["quarter"]),
        relieved=row["relieved"],
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
) -> bool:
    """Create a duty and start its procedure; nothing happens when it exists or when nobody knows the dossier yet."""
    new_id = transmission_id(duty=duty, dossier=dossier, event=event)
    cursor = await connection.execute(
        """
        insert into transmission (id, dossier, duty, event, insurer, file_number, category, starts_on, happened_on,
                                  quarter, relieved, deadline, ticket)
        select %(id)s, dossier, %(duty)s, %(event)s, insurer, file_number,
               coalesce((select change.category from insured_category change
                         where change.dossier = insured.dossier
                           and change.applies_from between insured.starts_on and %(happened_on)s
                         order by change.applies_from desc limit 1), category), starts_on, %(happened_on)s,
               %(quarter)s, %(relieved)s, %(deadline)s, %(id)s
        from insured where dossier = %(dossier)s
        on conflict (dossier, duty, event) do nothing
        """,
        {
            "id": new_id,
            "dossier": dossier,
            "duty": duty.value,
            "event": event,
            "happened_on": happened_on,
            "quarter": None if quarter is None else str(quarter),
            "relieved": relieved,
            "deadline": deadline(duty=duty, happened_on=happened_on, parameters=parameters),
        },
    )
    if cursor.rowcount == 0:
        return False
    await dispatch.start_workflow(
        connection,
        workflow="MutualityTransmission",
        workflow_id=workflow_id(new_id),
        argument=TransmissionInput(transmission_id=new_id),
        dossier=dossier,
    )
    return True


async def read_transmission(connection: Connection, *, transmission: UUID, lock: bool = False) -> Transmission:
    """Read one transmission; raises ``LookupError`` when there is none."""
    cursor = await connection.execute(
        f"select * from transmission where id = %s {'for update' if lock else ''}", (transmission,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("no such transmission")
    return _transmission(row)


def _transmission(row: dict[str, Any]) -> Transmission:
    notice = Notice(
        transmission_id=row["id"],
        duty=Duty(row["duty"]),
        insurer=row["insurer"],
        file_number=row["file_number"],
        category=Category(row["category"]),
        starts_on=row["starts_on"],
        happened_on=row["happened_on"],
        quarter=None if row["quarter"] is None else Quarter.parse(row["quarter"]),
        relieved=row["relieved"],
    )
    return Transmission(
        notice=notice,
        dossier=row["dossier"],
        ticket=row["ticket"],
        deadline_on=row["deadline"],
        status=row["status"],
        reason_code=row["reason_code"],
    )


async def record_attempt(
    connection: Connection,
    *,
    transmission: Transmission,
    sent_on: date,
    outcome: str,
    status_code: int | None,
    payload_sha256: str,
    detail: str,
) -> None:
    """Keep what happened to one attempt; an accepted one tells that the message was sent.

    The receipt may have come before this row is written, and so may a correction: both stay.
    """
    await connection.execute(
        """
        insert into transmission_attempt
          (transmission_id, attempt, ticket, sent_on, outcome, status_code, payload_sha256, detail)
        select %(id)s, coalesce(max(attempt), 0) + 1, %(ticket)s, %(sent_on)s, %(outcome)s, %(status_code)s,
               %(payload_sha256)s, %(detail)s
        from transmission_attempt where transmission_id = %(id)s
        """,
        {
            "id": transmission.notice.transmission_id,
            "ticket": transmission.ticket,
            "sent_on": sent_on,
            "outcome": outcome,
            "status_code": status_code,
            "payload_sha256": payload_sha256,
            "detail": detail,
        },
    )
    if outcome != "accepted":
        return
    await connection.execute(
        "update transmission set status = 'sent' where id = %s and ticket = %s and status = 'pending'",
        (transmission.notice.transmission_id, transmission.ticket),
    )
    await outbox.publish(
        connection,
        TransmissionSent(
            dossier=transmission.dossier,
            occurred_on=sent_on,
            transmission_id=transmission.notice.transmission_id,
            ticket=transmission.ticket,
            kind=transmission.kind,
            insurer=transmission.notice.insurer,
        ),
    )


async def find_by_ticket(connection: Connection, *, ticket: UUID) -> UUID | None:
    """Give the transmission that a ticket, current or corrected since, belongs to."""
    cursor = await connection.execute(
        "select id from transmission where ticket = %(ticket)s "
        "union select transmission_id from transmission_attempt where ticket = %(ticket)s",
        {"ticket": ticket},
    )
    row = await cursor.fetchone()
    return None if row is None else row["id"]


async def record_receipt(
    connection: Connection,
    *,
    transmission: Transmission,
    ticket: UUID,
    received_on: date,
    accepted: bool,
    reason_code: str | None,
) -> bool:
    """Keep a receipt and change the status; False when this ticket already had one or is no longer the current one.

    A receipt for an older, corrected message is kept as evidence and changes nothing.
    """
    cursor = await connection.execute(
        "insert into transmission_receipt (ticket, transmission_id, received_on, outcome, reason_code) "
        "values (%s, %s, %s, %s, %s) on conflict (ticket) do nothing",
        (
            ticket,
            transmission.notice.transmission_id,
            received_on,
            "accepted" if accepted else "rejected",
            reason_code,
        ),
    )
    if cursor.rowcount == 0 or ticket != transmission.ticket or transmission.status not in OPEN_STATUSES:
        return False
    await connection.execute(
        "update transmission set status = %s, reason_code = %s, acknowledged_on = %s where id = %s",
        (
            "acknowledged" if accepted else "rejected",
            reason_code,
            received_on if accepted else None,
            transmission.notice.transmission_id,
        ),
    )
    common = {
        "dossier": transmission.dossier,
        "occurred_on": received_on,
        "transmission_id": transmission.notice.transmission_id,
        "ticket": transmission.ticket,
        "kind": transmission.kind,
        "insurer": transmission.notice.insurer,
    }
    if accepted:
        await outbox.publish(connection, TransmissionAcknowledged(**common))
    else:
        await outbox.publish(connection, TransmissionRejected(**common, reason_code=reason_code or "unknown"))
    return True


async def mark_overdue(connection: Connection, *, transmission: Transmission, today: date) -> None:
    """Tell once that no receipt came in time before the legal deadline."""
    cursor = await connection.execute(
        "update transmission set overdue_on = %s where id = %s and overdue_on is null",
        (today, transmission.notice.transmission_id),
    )
    if cursor.rowcount:
        await outbox.publish(
            connection,
            TransmissionOverdue(
                dossier=transmission.dossier,
                occurred_on=today,
                transmission_id=transmission.notice.transmission_id,
                ticket=transmission.ticket,
                kind=transmission.kind,
                insurer=transmission.notice.insurer,
                deadline=transmission.deadline_on,
            ),
        )


async def correct(connection: Connection, *, transmission: Transmission, insurer: str | None) -> None:
    """Make the message a new one, with a new ticket, to be sent again after a refusal."""
    await connection.execute(
        "update transmission set status = 'pending', reason_code = null, correction = correction + 1, "
        "insurer = coalesce(%s, insurer), ticket = %s where id = %s",
        (
            insurer,
            uuid5(transmission.notice.transmission_id, str(transmission.ticket)),
            transmission.notice.transmission_id,
        ),
    )


async def close(connection: Connection, *, transmission: Transmission, closed_by: str, reason: str) -> None:
    """End a transmission because a person saw to it in another way."""
    await connection.execute(
        "update transmission set status = 'closed', closed_by = %s, close_reason = %s where id = %s",
        (closed_by, reason, transmission.notice.transmission_id),
    )


async def settle_tasks(connection: Connection, *, transmission: Transmission, resolution: str) -> None:
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


async def open_transmissions(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return messages that are neither acknowledged nor closed by a person, in order of id."""
    cursor = await connection.execute(
        "select id, dossier from transmission where status = any(%(open)s) "
        "and (%(after)s::uuid is null or id > %(after)s) order by id limit %(limit)s",
        {"open": list(OPEN_STATUSES), "after": after, "limit": limit},
    )
    return [
        OpenWork(workflow_id=workflow_id(row["id"]), reference=row["id"], dossier=row["dossier"], owner=_OWNER)
        for row in await cursor.fetchall()
    ]
