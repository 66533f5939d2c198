"""Rows of what is told to mutualites: whom the fund insures where, each message, its attempts and its receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.benefits.transmissions.rules import Duty
from shared.contracts.vocabulary import Category
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

Status = Literal["pending", "sent", "acknowledged", "rejected", "closed"]
Outcome = Literal["accepted", "unavailable", "nonsense"]

_TRANSMISSIONS = (
    "select t.id as transmission_id, t.dossier, t.duty, t.insurer, t.file_number, t.category, t.starts_on, "
    "t.happened_on, t.quarter, t.relieved, t.deadline, t.ticket, t.status, t.reason_code, t.acknowledged_on, "
    "t.overdue_on, t.closed_by, t.close_reason, "
    "(select count(*) from transmission_attempt a where a.transmission_id = t.id) as attempts from transmission t"
)


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """One message, with how often it was tried."""

    transmission_id: UUID
    dossier: UUID
    duty: Duty
    insurer: str
    file_number: int
    category: Category
    starts_on: date
    happened_on: date
    quarter: str | None
    relieved: bool
    deadline: date
    ticket: UUID
    status: Status
    reason_code: str | None
    acknowledged_on: date | None
    overdue_on: date | None
    closed_by: str | None
    close_reason: str | None
    attempts: int


def _transmission(*, duty: str, category: str, **columns: Any) -> Transmission:
    return Transmission(duty=Duty(duty), category=Category(category), **columns)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of one attempt."""

    attempt: int
    ticket: UUID
    sent_on: date
    outcome: Outcome
    status_code: int | None
    payload_sha256: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a mutualite answered."""

    ticket: UUID
    received_on: date
    outcome: Literal["accepted", "rejected"]
    reason_code: str | None


@dataclass(frozen=True, kw_only=True)
class FirstContribution:
    """The first quarter that was covered here, beside the affiliation."""

    covered_on: date
    quarter: str
    relieved: bool
    starts_on: date
    taken_over: bool


# -------------------------------------------------------------------------------------------- who is insured where
async def upsert_insured(
    connection: Connection,
    *,
    dossier: UUID,
    file_number: int,
    insurer: str,
    category: str,
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
        (dossier, file_number, insurer, category, language, starts_on, taken_over),
    )


async def change_category(connection: Connection, *, dossier: UUID, category: str, applies_from: date) -> None:
    """Remember the category that messages about that day and later ones mention."""
    await connection.execute(
        "insert into insured_category (dossier, applies_from, category) values (%s, %s, %s) "
        "on conflict (dossier, applies_from) do update set category = excluded.category",
        (dossier, applies_from, category),
    )


async def record_cessation(connection: Connection, *, dossier: UUID, ceased_on: date) -> None:
    """Remember the last day of an activity."""
    await connection.execute("update insured set ceased_on = %s where dossier = %s", (ceased_on, dossier))


async def remember_first_contribution(
    connection: Connection, *, dossier: UUID, covered_on: date, quarter: str, relieved: bool
) -> None:
    """Keep the first time that a contribution of a dossier was fully paid or waived; later ones change nothing."""
    await connection.execute(
        "insert into first_contribution (dossier, covered_on, quarter, relieved) values (%s, %s, %s, %s) "
        "on conflict (dossier) do nothing",
        (dossier, covered_on, quarter, relieved),
    )


async def first_contribution(connection: Connection, *, dossier: UUID) -> FirstContribution | None:
    """Return the first contribution of a dossier, None until both it and the affiliation are known."""
    return await fetch_one(
        connection,
        FirstContribution,
        "select covered_on, quarter, relieved, starts_on, taken_over "
        "from first_contribution join insured using (dossier) where dossier = %s",
        (dossier,),
    )


# -------------------------------------------------------------------------------------------------------- messages
async def insert_transmission(
    connection: Connection,
    *,
    transmission_id: UUID,
    dossier: UUID,
    duty: str,
    event: str,
    happened_on: date,
    quarter: str | None,
    relieved: bool,
    deadline: date,
) -> bool:
    """Keep a duty with the category of its day; False when it exists or nobody knows the dossier yet."""
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
            "id": transmission_id,
            "dossier": dossier,
            "duty": duty,
            "event": event,
            "happened_on": happened_on,
            "quarter": quarter,
            "relieved": relieved,
            "deadline": deadline,
        },
    )
    return cursor.rowcount == 1


async def find_transmission(
    connection: Connection, *, transmission_id: UUID, lock: bool = False
) -> Transmission | None:
    """Return one message, or None."""
    return await fetch_one(
        connection,
        _transmission,
        f"{_TRANSMISSIONS} where t.id = %s {'for update of t' if lock else ''}",
        (transmission_id,),
    )


async def read_transmission(connection: Connection, *, transmission_id: UUID, lock: bool = False) -> Transmission:
    """Return one message; raises ``LookupError`` when there is none."""
    found = await find_transmission(connection, transmission_id=transmission_id, lock=lock)
    if found is None:
        raise LookupError("no such transmission")
    return found


async def find_by_ticket(connection: Connection, *, ticket: UUID) -> UUID | None:
    """Return the transmission that a ticket, current or corrected since, belongs to."""
    found: UUID | None = await fetch_value(
        connection,
        "select id from transmission where ticket = %(ticket)s "
        "union select transmission_id from transmission_attempt where ticket = %(ticket)s",
        {"ticket": ticket},
    )
    return found


async def list_transmissions(
    connection: Connection,
    *,
    status: str | None,
    insurer: str | None,
    dossier: UUID | None,
    after: UUID | None,
    page_size: int,
) -> list[Transmission]:
    """List transmissions in the order of their ids."""
    return await fetch_all(
        connection,
        _transmission,
        f"{_TRANSMISSIONS} where (%(status)s::text is null or t.status = %(status)s) "
        "and (%(insurer)s::text is null or t.insurer = %(insurer)s) "
        "and (%(dossier)s::uuid is null or t.dossier = %(dossier)s) "
        "and (%(after)s::uuid is null or t.id > %(after)s) order by t.id limit %(page_size)s",
        {"status": status, "insurer": insurer, "dossier": dossier, "after": after, "page_size": page_size},
    )


async def with_status(
    connection: Connection, *, statuses: Sequence[str], after: UUID | None, limit: int
) -> list[Transmission]:
    """List messages with one of some statuses, in order of id."""
    return await fetch_all(
        connection,
        _transmission,
        f"{_TRANSMISSIONS} where t.status = any(%(statuses)s) and (%(after)s::uuid is null or t.id > %(after)s) "
        "order by t.id limit %(limit)s",
        {"statuses": list(statuses), "after": after, "limit": limit},
    )


async def attempts_of(connection: Connection, *, transmission_id: UUID) -> list[Attempt]:
    """Return every attempt of a message, the first one first."""
    return await fetch_all(
        connection,
        Attempt,
        "select attempt, ticket, sent_on, outcome, status_code, payload_sha256, detail from transmission_attempt "
        "where transmission_id = %s order by attempt",
        (transmission_id,),
    )


async def receipts_of(connection: Connection, *, transmission_id: UUID) -> list[Receipt]:
    """Return every answer to a message, the first one first."""
    return await fetch_all(
        connection,
        Receipt,
        "select ticket, received_on, outcome, reason_code from transmission_receipt where transmission_id = %s "
        "order by received_on, ticket",
        (transmission_id,),
    )


async def insert_attempt(
    connection: Connection,
    *,
    transmission_id: UUID,
    ticket: UUID,
    sent_on: date,
    outcome: Outcome,
    status_code: int | None,
    payload_sha256: str,
    detail: str,
) -> None:
    """Keep what happened to one attempt; a message that was taken in is sent.

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
            "id": transmission_id,
            "ticket": ticket,
            "sent_on": sent_on,
            "outcome": outcome,
            "status_code": status_code,
            "payload_sha256": payload_sha256,
            "detail": detail,
        },
    )
    if outcome == "accepted":
        await connection.execute(
            "update transmission set status = 'sent' where id = %s and ticket = %s and status = 'pending'",
            (transmission_id, ticket),
        )


async def insert_receipt(
    connection: Connection,
    *,
    ticket: UUID,
    transmission_id: UUID,
    received_on: date,
    outcome: str,
    reason_code: str | None,
) -> bool:
    """Keep a receipt; False when this ticket has one."""
    cursor = await connection.execute(
        "insert into transmission_receipt (ticket, transmission_id, received_on, outcome, reason_code) "
        "values (%s, %s, %s, %s, %s) on conflict (ticket) do nothing",
        (ticket, transmission_id, received_on, outcome, reason_code),
    )
    return cursor.rowcount == 1


async def set_answer(
    connection: Connection,
    *,
    transmission_id: UUID,
    status: Status,
    reason_code: str | None,
    acknowledged_on: date | None,
) -> None:
    """Keep what the current receipt makes of a message."""
    await connection.execute(
        "update transmission set status = %s, reason_code = %s, acknowledged_on = %s where id = %s",
        (status, reason_code, acknowledged_on, transmission_id),
    )


async def set_overdue(connection: Connection, *, transmission_id: UUID, overdue_on: date) -> bool:
    """Keep since when a message is overdue; False when that is known."""
    cursor = await connection.execute(
        "update transmission set overdue_on = %s where id = %s and overdue_on is null", (overdue_on, transmission_id)
    )
    return cursor.rowcount == 1


async def correct(connection: Connection, *, transmission_id: UUID, insurer: str | None, ticket: UUID) -> None:
    """Make a message a new one, with a new ticket, to be sent again after a refusal."""
    await connection.execute(
        "update transmission set status = 'pending', reason_code = null, correction = correction + 1, "
        "insurer = coalesce(%s, insurer), ticket = %s where id = %s",
        (insurer, ticket, transmission_id),
    )


async def close(connection: Connection, *, transmission_id: UUID, closed_by: str, reason: str) -> None:
    """End a transmission because a person saw to it in another way."""
    await connection.execute(
        "update transmission set status = 'closed', closed_by = %s, close_reason = %s where id = %s",
        (closed_by, reason, transmission_id),
    )
