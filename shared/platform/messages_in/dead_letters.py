"""Messages that could not be handled: kept with their bytes and reason, replayed or discarded by a person.

A letter holds back later facts of the same dossier only (they are ``parked`` behind it). Replaying one, once its
cause is repaired, handles it and then everything parked behind it, in order. Replaying is asked for in the database;
the service's consumer does it, wherever it runs.

    python -m shared.platform.messages_in.dead_letters list billing
    python -m shared.platform.messages_in.dead_letters replay billing LETTER --actor SUBJECT
    python -m shared.platform.messages_in.dead_letters requestDiscard billing LETTER --actor SUBJECT
    python -m shared.platform.messages_in.dead_letters discard billing LETTER --actor SUBJECT

A letter is discarded once somebody else approved it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from uuid6 import uuid7

from shared.platform.database.connections import Connection
from shared.platform.messages_in.messages import Kind, Record
from shared.platform.people import audit
from shared.platform.people.approvals import ApprovalMismatch, ApprovalMissing, request_approval, require_approval

#: What must be approved by a second person before a message is given up.
DISCARD_ACTION: Final = "discardDeadLetter"
_SUMMARY: Final = (
    "id, kind, reason, topic, partition, message_offset, producer, dossier, sequence, event_id, type, attempts, "
    "received_at, replay_requested_at, resolved_at, resolved_by, resolution"
)


#: Shown where a text had a NUL character, which PostgreSQL keeps in no text.
_NUL_SHOWN: Final = "\N{REPLACEMENT CHARACTER}"


class DeadLetterNotFound(LookupError):
    """No such letter."""


class DeadLetterResolved(RuntimeError):
    """The letter was replayed or discarded before."""


async def keep(
    connection: Connection,
    record: Record,
    *,
    kind: Kind,
    reason: str,
    dossier: UUID | None,
    sequence: int | None = None,
    event_id: UUID | None = None,
    fact_type: str | None = None,
    part: int = 0,
    body: bytes | None = None,
    attempts: int = 1,
) -> None:
    """Keep a message as a dead letter; keeping it again changes nothing.

    Args:
        connection: inside the consumer's transaction.
        record: the raw message.
        kind: why it is kept.
        reason: in words, without values of the message.
        dossier: whom it holds back, as far as known.
        sequence: number of the fact within its dossier, as far as known.
        event_id: id of the fact, as far as known.
        fact_type: type of the fact, as far as known.
        part: which item of a page; -1 for a whole message that could not be read.
        body: the part of the page; by default the whole body.
        attempts: how often it was tried.
    """
    headers = [_header_kept(name, value) for name, value in record.headers]
    await connection.execute(
        "insert into dead_letter (id, topic, partition, message_offset, part, kind, reason, producer, dossier, "
        "sequence, event_id, type, key, headers, body, attempts, fingerprint) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (topic, partition, message_offset, part, fingerprint) do nothing",
        (
            UUID(int=uuid7().int),
            record.topic,
            record.partition,
            record.offset,
            part,
            kind,
            _NUL_SHOWN.join(reason.split("\x00")),
            record.producer,
            dossier,
            sequence,
            event_id,
            fact_type,
            record.key,
            Jsonb(headers),
            record.body if body is None else body,
            attempts,
            _fingerprint(record),
        ),
    )


def record_of(row: dict[str, Any]) -> Record:
    """Return the message a letter kept."""
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["message_offset"],
        key=None if row["key"] is None else bytes(row["key"]),
        headers=tuple(_header_read(*kept) for kept in row["headers"]),
        body=None if row["body"] is None else bytes(row["body"]),
    )


def _header_kept(name: str, value: bytes) -> list[str]:
    """Return how a header is written down; a name PostgreSQL can't keep as text goes third, in base64."""
    encoded = base64.b64encode(value).decode()
    if "\x00" not in name:
        return [name, encoded]
    return ["", encoded, base64.b64encode(name.encode()).decode()]


def _header_read(name: str, value: str, encoded_name: str | None = None) -> tuple[str, bytes]:
    return (name if encoded_name is None else base64.b64decode(encoded_name).decode()), base64.b64decode(value)


async def list_dead_letters(
    connection: Connection, *, is_open: bool | None = True, limit: int = 100, after: UUID | None = None
) -> list[dict[str, Any]]:
    """Return letters without their bytes, the oldest first; open (True), resolved (False) or both (None)."""
    cursor = await connection.execute(
        f"select {_SUMMARY} from dead_letter "
        "where (%(is_open)s::boolean is null or (resolved_at is null) = %(is_open)s) "
        "and (%(after)s::uuid is null or position > (select position from dead_letter where id = %(after)s)) "
        "order by position limit %(limit)s",
        {"is_open": is_open, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def open_dead_letter_count(connection: Connection) -> int:
    """Return how many letters wait for a person."""
    cursor = await connection.execute("select count(*) as waiting from dead_letter where resolved_at is null")
    row = await cursor.fetchone()
    return 0 if row is None else int(row["waiting"])


async def dead_letter_by_id(connection: Connection, *, dead_letter_id: UUID, lock: bool = False) -> dict[str, Any]:
    """Return one letter with its bytes.

    Raises:
        DeadLetterNotFound: there is no such letter.
    """
    query = "select * from dead_letter where id = %s"
    cursor = await connection.execute(f"{query} for update" if lock else query, (dead_letter_id,))
    row = await cursor.fetchone()
    if row is None:
        raise DeadLetterNotFound(f"{dead_letter_id}: no such dead letter")
    return row


async def replay_dead_letter(connection: Connection, *, dead_letter_id: UUID, actor: str) -> None:
    """Ask the service's consumer to handle a letter again; asking twice changes nothing.

    Replaying a letter that waits for a missing number accepts that the number never comes.

    Args:
        connection: a transaction.
        dead_letter_id: the letter.
        actor: subject of the person who asks.

    Raises:
        DeadLetterNotFound: there is no such letter.
        DeadLetterResolved: it was discarded before.
    """
    row = await dead_letter_by_id(connection, dead_letter_id=dead_letter_id, lock=True)
    if row["resolution"] == "discarded":
        raise DeadLetterResolved(f"{dead_letter_id}: was discarded before")
    if row["resolved_at"] is not None or row["replay_requested_at"] is not None:
        return
    await connection.execute(
        "update dead_letter set replay_requested_at = now(), replay_requested_by = %s where id = %s",
        (actor, dead_letter_id),
    )
    await audit.record(
        connection,
        actor=actor,
        action="deadLetter.replayRequested",
        dossier=row["dossier"],
        purpose="repair",
        details={"deadLetterId": str(dead_letter_id), "kind": row["kind"]},
    )


async def request_discard(connection: Connection, *, dead_letter_id: UUID, actor: str) -> UUID:
    """Ask a second person to approve that a letter is given up.

    Returns:
        The id of the approval request.

    Raises:
        DeadLetterNotFound: there is no such letter.
    """
    row = await dead_letter_by_id(connection, dead_letter_id=dead_letter_id)
    return await request_approval(
        connection,
        action=DISCARD_ACTION,
        reference=str(dead_letter_id),
        payload=_discarded(row),
        requested_by=actor,
        summary=_discarded(row),
        workflow_id=None,
        dossier=row["dossier"],
    )


async def discard_dead_letter(connection: Connection, *, dead_letter_id: UUID, actor: str) -> None:
    """Give a letter up, after a second person approved; what waits behind it goes on.

    Args:
        connection: a transaction.
        dead_letter_id: the letter.
        actor: subject of the person who does it.

    Raises:
        DeadLetterNotFound: there is no such letter.
        DeadLetterResolved: it was replayed before.
        ApprovalMissing: nobody else approved.
    """
    row = await dead_letter_by_id(connection, dead_letter_id=dead_letter_id, lock=True)
    if row["resolution"] == "discarded":
        return
    if row["resolved_at"] is not None:
        raise DeadLetterResolved(f"{dead_letter_id}: was replayed before")
    await require_approval(connection, action=DISCARD_ACTION, reference=str(dead_letter_id), payload=_discarded(row))
    await resolve(connection, dead_letter_id=dead_letter_id, resolution="discarded", actor=actor)
    if row["dossier"] is not None:
        await _skip_number(connection, row)
    await audit.record(
        connection,
        actor=actor,
        action="deadLetter.discarded",
        dossier=row["dossier"],
        purpose="repair",
        details={"deadLetterId": str(dead_letter_id), **_discarded(row)},
    )


async def resolve(connection: Connection, *, dead_letter_id: UUID, resolution: str, actor: str) -> None:
    """Mark a letter as replayed or discarded; it no longer holds anything back."""
    await connection.execute(
        "update dead_letter set resolved_at = now(), resolved_by = %s, resolution = %s "
        "where id = %s and resolved_at is null",
        (actor, resolution, dead_letter_id),
    )


def _fingerprint(record: Record) -> bytes:
    digest = hashlib.sha256()
    for part in (record.key, *(part for name, value in record.headers for part in (name.encode(), value)), record.body):
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return digest.digest()


def _discarded(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["message_offset"],
        "part": row["part"],
        "type": row["type"],
        "eventId": row["event_id"] and str(row["event_id"]),
        "reason": row["reason"],
    }


async def _skip_number(connection: Connection, row: dict[str, Any]) -> None:
    """Let the dossier go on after the number that was given up; of an unreadable letter, after whatever is missing."""
    sequence = row["sequence"]
    if sequence is None:
        cursor = await connection.execute(
            "select min(sequence) - 1 as missing from dead_letter "
            "where producer = %s and dossier = %s and resolved_at is null",
            (row["producer"], row["dossier"]),
        )
        found = await cursor.fetchone()
        sequence = None if found is None else found["missing"]
    if sequence is not None:
        await connection.execute(
            "insert into inbox_sequence as s (producer, dossier, last) values (%s, %s, %s) "
            "on conflict (producer, dossier) do update set last = greatest(s.last, excluded.last)",
            (row["producer"], row["dossier"], sequence),
        )


async def _run(action: str, url: str, letter: UUID | None, actor: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
        if action == "list":
            for row in await list_dead_letters(connection, limit=1000):
                sys.stdout.write(json.dumps(row, default=str) + "\n")
            return 0
        if letter is None or not actor:
            sys.stderr.write("LETTER and --actor are needed\n")
            return 2
        if action == "replay":
            await replay_dead_letter(connection, dead_letter_id=letter, actor=actor)
        elif action == "requestDiscard":
            approval = await request_discard(connection, dead_letter_id=letter, actor=actor)
            sys.stdout.write(f"approval {approval} asked for\n")
        else:
            await discard_dead_letter(connection, dead_letter_id=letter, actor=actor)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """List, replay or discard the dead letters of a service; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.platform.messages_in.dead_letters", description=__doc__)
    parser.add_argument("action", choices=["list", "replay", "requestDiscard", "discard"])
    parser.add_argument("service")
    parser.add_argument("letter", nargs="?", type=UUID)
    parser.add_argument("--actor", default="")
    chosen = parser.parse_args(arguments)
    variable = f"{chosen.service.upper()}_DATABASE_URL"
    url = os.environ.get(variable)
    if not url:
        sys.stderr.write(f"{variable}: not set; it is the address of the database of {chosen.service}\n")
        return 2
    try:
        return asyncio.run(_run(chosen.action, url, chosen.letter, chosen.actor))
    except (DeadLetterNotFound, DeadLetterResolved, ApprovalMissing, ApprovalMismatch) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
