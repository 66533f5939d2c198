"""Dead letters that may go on: asked for by a person, or waiting for a number that came.

Each is handled in a transaction of its own, under the lock of its dossier, in order of number.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import structlog

from shared.contracts.envelope import FactPage
from shared.platform.database.connections import Connection, Database, retryable
from shared.platform.messages_in import dead_letters
from shared.platform.messages_in.inbox import UNREAD_PART, WAITING_KINDS, Inbox, lock_dossiers, restricted
from shared.platform.messages_in.messages import Incoming, Unreadable, explain_failure, read
from shared.platform.people import audit

#: Who resolves letters that go on by themselves.
CONSUMER_ACTOR: Final = "consumer"

#: Open letters whose turn it is. A requested one: nothing of its dossier that is broken came before it, and among those
#: that wait it has the lowest number. One that waits: its number is next, and nothing of its dossier is broken.
_DUE: Final = """
select l.id from dead_letter l
left join inbox_sequence s on s.producer = l.producer and s.dossier = l.dossier
where l.resolved_at is null
  and case when l.replay_requested_at is not null then
    l.dossier is null or l.kind = 'stale' or not exists (
      select from dead_letter e where e.resolved_at is null and e.producer = l.producer and e.dossier = l.dossier
        and e.id <> l.id and e.kind <> 'stale'
        and (e.position < l.position and e.kind <> all(%(waiting)s)
             or l.kind = any(%(waiting)s) and (e.kind <> all(%(waiting)s) or e.sequence < l.sequence)))
  else
    l.kind = any(%(waiting)s)
    and (l.sequence is null or l.sequence <= coalesce(s.last, 0) + 1)
    and not exists (
      select from dead_letter e where e.resolved_at is null and e.producer = l.producer and e.dossier = l.dossier
        and (e.kind <> all(%(waiting)s || array['stale']) or e.sequence < l.sequence))
  end
  and (%(letter)s::uuid is null or l.id = %(letter)s)
order by l.sequence nulls last, l.position limit 200
"""

_log = structlog.get_logger(__name__)


class Replayer:
    """Handles the letters of one service whose turn it is."""

    def __init__(self, *, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox

    async def sweep(self) -> int:
        """Handle every letter whose turn it is, until there is none; return how many were resolved.

        Raises:
            psycopg.OperationalError: the database can't be reached; nothing is lost, call again.
        """
        resolved = 0
        tried: set[UUID] = set()
        while True:
            async with self._database.transaction() as connection:
                cursor = await connection.execute(_DUE, {"waiting": list(WAITING_KINDS), "letter": None})
                due = [row["id"] for row in await cursor.fetchall() if row["id"] not in tried]
            if not due:
                return resolved
            for letter in due:
                tried.add(letter)
                resolved += await self.replay(letter)

    async def replay(self, letter: UUID) -> bool:
        """Handle one letter if it is its turn; tell whether it is resolved now.

        What goes wrong is written on the letter, which then waits for a person.

        Raises:
            psycopg.OperationalError: a transient failure; nothing happened, call again.
        """
        try:
            async with self._database.transaction() as connection:
                return await self._handle(connection, letter)
        except Exception as error:
            if retryable(error):
                raise
            _log.warning("dead letter failed again", letter=str(letter), error=explain_failure(error))
            async with self._database.transaction() as connection:
                await _mark_failed(connection, letter, explain_failure(error))
            return False

    async def _handle(self, connection: Connection, letter: UUID) -> bool:
        row = await dead_letters.dead_letter_by_id(connection, dead_letter_id=letter)
        if row["dossier"] is not None:
            await lock_dossiers(connection, [(row["producer"], row["dossier"])])
        # Only now nobody else works on the dossier: look again whether it is this letter's turn.
        cursor = await connection.execute(_DUE, {"waiting": list(WAITING_KINDS), "letter": letter})
        if await cursor.fetchone() is None:
            return False
        row = await dead_letters.dead_letter_by_id(connection, dead_letter_id=letter, lock=True)
        message = read(dead_letters.record_of(row), self._inbox.classes)
        if isinstance(message, Unreadable):
            await _mark_failed(connection, letter, message.reason, kind=message.kind)
            return False
        await _resolved(connection, row)
        if row["part"] == UNREAD_PART:
            if await _is_only_copy(connection, row, message):
                await self._inbox.apply(connection, [message], replayed=True)
            return True
        await self._handle_part(connection, row, message)
        await _advance(connection, row)
        return True

    async def _handle_part(self, connection: Connection, row: dict[str, Any], message: Incoming) -> None:
        if message.content is None:
            self._inbox.count("ignored")
        elif isinstance(message.content, FactPage):
            await self._inbox.handle(connection, restricted(message, [row["dossier"]]))
        else:
            await self._inbox.handle(connection, message)


async def _is_only_copy(connection: Connection, row: dict[str, Any], message: Incoming) -> bool:
    """Tell whether no other message with the same fact was received: a relay may have sent it twice."""
    cursor = await connection.execute(
        "select from inbox where event_id = %s and (topic, partition, message_offset) <> (%s, %s, %s)",
        (message.envelope.event_id, row["topic"], row["partition"], row["message_offset"]),
    )
    return await cursor.fetchone() is None


async def _advance(connection: Connection, row: dict[str, Any]) -> None:
    if row["kind"] != "stale":
        await connection.execute(
            "update inbox_sequence set last = greatest(last, coalesce(%s, last)) where producer = %s and dossier = %s",
            (row["sequence"], row["producer"], row["dossier"]),
        )


async def _resolved(connection: Connection, row: dict[str, Any]) -> None:
    actor = row["replay_requested_by"] or CONSUMER_ACTOR
    await dead_letters.resolve(connection, dead_letter_id=row["id"], resolution="replayed", actor=actor)
    if row["replay_requested_by"] is not None:
        await audit.record(
            connection,
            actor=actor,
            action="deadLetter.replayed",
            dossier=row["dossier"],
            purpose="repair",
            details={"deadLetterId": str(row["id"]), "kind": row["kind"], "sequence": row["sequence"]},
        )


async def _mark_failed(connection: Connection, letter: UUID, reason: str, *, kind: str = "failed") -> None:
    await connection.execute(
        "update dead_letter set kind = case when kind = 'stale' then kind else %s end, reason = %s, "
        "attempts = attempts + 1, replay_requested_at = null, replay_requested_by = null "
        "where id = %s and resolved_at is null",
        (kind, reason, letter),
    )
