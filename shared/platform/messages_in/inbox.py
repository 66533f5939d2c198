"""What a consumer does with messages inside one transaction: once each, in order per dossier, nothing lost.

The inbox says which facts were received (handled, or kept as a dead letter). ``inbox_sequence`` says up to which
number a dossier's facts were handled; its row is the lock of the dossier, also between processes.

A number that is skipped parks the fact until the missing one comes. Accepting it with an alarm would be simpler, but
a gap is real: after a partly failed send Kafka may hold a later fact before an earlier one, and a message whose key
can't be read belongs to some dossier nobody knows. Facts about money must not overtake each other, and parking costs
nothing when there is no gap. A person may accept a gap by replaying the letter that waits for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from shared.contracts.envelope import Envelope, FactPage
from shared.contracts.topics import FactClass
from shared.platform.database.connections import PURGED_AT_ONCE, Connection
from shared.platform.messages_in import dead_letters
from shared.platform.messages_in.messages import Incoming, Kind, Unreadable
from shared.platform.observation.correlation import handling, remote_trace

#: Does the effect of one fact (or page) in the transaction it is given.
Handler = Callable[[Connection, Any, Envelope], Awaitable[None]]

#: Letters of these kinds wait for an earlier number only; they go on by themselves when it comes.
WAITING_KINDS: Final = ("parked", "gap")
#: Part number of a letter that keeps a whole message, because it could not be read.
UNREAD_PART: Final = -1

_tracer = trace.get_tracer(__name__)
_facts = Counter("auxilia_facts_received_total", "Facts read from Kafka.", ["service", "outcome"])
_Key = tuple[str, UUID]


@dataclass(kw_only=True)
class _State:
    """What is known about the dossiers and facts of a batch, kept current while the batch is worked through."""

    seen: set[UUID]
    last: dict[_Key, int]
    waiting: set[_Key]
    blocked: set[_Key]
    received: list[Incoming | Unreadable] = field(default_factory=list)
    touched: set[_Key] = field(default_factory=set)


class Inbox:
    """The inbox of one service and the handlers behind it."""

    def __init__(self, *, service: str, handlers: Mapping[FactClass, Handler]) -> None:
        self.service = service
        self.classes: dict[str, FactClass] = {fact.type: fact for fact in handlers}
        self._handlers = {fact.type: handler for fact, handler in handlers.items()}

    async def apply(
        self, connection: Connection, messages: Sequence[Incoming | Unreadable], *, replayed: bool = False
    ) -> bool:
        """Do everything a batch asks for; the caller commits.

        Args:
            connection: a transaction.
            messages: in the order Kafka keeps them.
            replayed: they were received before, but could not be read then.

        Returns:
            True when facts that were parked may go on now.

        Raises:
            Exception: whatever a handler raises; then nothing of the batch may be committed.
        """
        state = await self._load(connection, messages)
        if replayed:
            state.seen.clear()
        for message in messages:
            if isinstance(message, Unreadable):
                await self._keep_unreadable(connection, message, state)
            elif message.is_page:
                await self._apply_page(connection, message, state)
            else:
                await self._apply_fact(connection, message, state)
        await self._store(connection, state)
        return bool(state.waiting & state.touched)

    async def apply_item(self, connection: Connection, page: Incoming, item: int) -> bool:
        """Do what one item of a page asks for, when the page as a whole failed; the caller commits.

        The page does not count as received yet: the number of the dossier says that the item was done.

        Returns:
            True when facts that were parked may go on now.

        Raises:
            Exception: whatever the handler raises; then nothing may be committed.
        """
        dossier, sequence = page.items[item]
        key = (page.record.producer, dossier)
        part = restricted(page, [dossier])
        state = await self._load(connection, [part])
        if page.envelope.event_id in state.seen or (sequence is not None and sequence <= state.last[key]):
            return False
        if not await self._must_wait(connection, page, item, state):
            if part.content is not None:
                await self.handle(connection, part)
            _advance(state, key, sequence)
        await self._store(connection, state)
        return bool(state.waiting & state.touched)

    async def handle(self, connection: Connection, message: Incoming) -> None:
        """Give a fact or page to its handler, inside the trace and causation of its message."""
        envelope = message.envelope
        with (
            remote_trace(envelope.traceparent),
            handling(envelope),
            _tracer.start_as_current_span(f"handle {envelope.type}", kind=SpanKind.CONSUMER) as span,
        ):
            span.set_attribute("messaging.system", "kafka")
            span.set_attribute("messaging.destination.name", message.record.topic)
            span.set_attribute("messaging.message.id", str(envelope.event_id))
            if not message.is_page:
                span.set_attribute("auxilia.dossier", envelope.key)
            await self._handlers[envelope.type](connection, message.content, envelope)
        self.count("handled")

    async def keep_failed(
        self, connection: Connection, message: Incoming, *, item: int, kind: Kind, reason: str, attempts: int = 1
    ) -> None:
        """Keep one fact, or one item of a page, as a dead letter."""
        dossier, sequence = message.items[item]
        await dead_letters.keep(
            connection,
            message.record,
            kind=kind,
            reason=reason,
            dossier=dossier,
            sequence=sequence,
            event_id=message.envelope.event_id,
            fact_type=message.envelope.type,
            part=item,
            body=part_of(message, [dossier]).to_json() if isinstance(message.content, FactPage) else None,
            attempts=attempts,
        )
        self.count(kind)

    async def keep_bytes(self, connection: Connection, message: Unreadable, *, reason: str) -> None:
        """Keep a message that can't be read nor written down as what it says it is: its key, headers and body only."""
        await dead_letters.keep(
            connection, message.record, kind="poison", reason=reason, dossier=message.dossier, part=UNREAD_PART
        )
        self.count("poison")

    def count(self, outcome: str) -> None:
        """Count what became of a message."""
        _facts.labels(self.service, outcome).inc()

    async def _apply_fact(self, connection: Connection, message: Incoming, state: _State) -> None:
        envelope = message.envelope
        dossier, sequence = message.items[0]
        key = (message.record.producer, dossier)
        last = state.last[key]
        new = envelope.event_id not in state.seen
        if sequence is not None and sequence <= last:
            if not new or message.content is None:
                self.count("duplicate")
                return
            # A number that was given up or accepted as missing came after all: a person decides, nothing waits for it.
            await self.keep_failed(
                connection, message, item=0, kind="stale", reason=f"number {sequence} came after number {last}"
            )
            _receive(state, message)
            return
        if not new:
            self.count("duplicate")
            if key not in state.waiting:
                _advance(state, key, sequence)  # told again under a new number; a parked original advances by itself
            return
        if not await self._must_wait(connection, message, 0, state):
            if message.content is None:
                self.count("ignored")
            else:
                await self.handle(connection, message)
            _advance(state, key, sequence)
        if message.content is not None or key in state.waiting:
            _receive(state, message)

    async def _apply_page(self, connection: Connection, message: Incoming, state: _State) -> None:
        producer = message.record.producer
        if message.envelope.event_id in state.seen:
            self.count("duplicate")
            return
        due: list[UUID] = []
        for item, (dossier, sequence) in enumerate(message.items):
            key = (producer, dossier)
            if sequence is not None and sequence <= state.last[key]:
                continue  # handled in an earlier attempt that ended halfway, or a duplicate
            if not await self._must_wait(connection, message, item, state):
                due.append(dossier)
                _advance(state, key, sequence)
        if due and message.content is not None:
            await self.handle(connection, restricted(message, due))
        else:
            self.count("ignored")
        _receive(state, message)

    async def _must_wait(self, connection: Connection, message: Incoming, item: int, state: _State) -> bool:
        """Park the item when an earlier one of its dossier is a dead letter or missing; tell whether it was parked."""
        dossier, sequence = message.items[item]
        key = (message.record.producer, dossier)
        expected = state.last[key] + 1
        if key not in state.blocked and (sequence is None or sequence == expected):
            return False
        behind = key in state.blocked or key in state.waiting
        reason = "waits behind an earlier dead letter" if behind else f"number {expected} is missing"
        await self.keep_failed(
            connection, message, item=item, kind="parked" if behind else "gap", reason=f"{reason}; has {sequence}"
        )
        state.waiting.add(key)
        return True

    async def _keep_unreadable(self, connection: Connection, message: Unreadable, state: _State) -> None:
        envelope = message.envelope
        if message.kind == "unknownVersion" and envelope is not None and envelope.event_id in state.seen:
            self.count("duplicate")
            return
        await dead_letters.keep(
            connection,
            message.record,
            kind=message.kind,
            reason=message.reason,
            dossier=message.dossier,
            sequence=None if envelope is None else envelope.sequence,
            event_id=None if envelope is None else envelope.event_id,
            fact_type=None if envelope is None else envelope.type,
            part=UNREAD_PART,
        )
        if message.dossier is not None:
            state.blocked.add((message.record.producer, message.dossier))
            state.waiting.add((message.record.producer, message.dossier))
        if message.kind == "unknownVersion":
            _receive(state, message)
        self.count(message.kind)

    async def _load(self, connection: Connection, messages: Sequence[Incoming | Unreadable]) -> _State:
        keys = sorted({key for message in messages for key in _keys_of(message)})
        producers = [producer for producer, _ in keys]
        dossiers = [dossier for _, dossier in keys]
        last = await lock_dossiers(connection, keys)
        cursor = await connection.execute(
            "select l.producer, l.dossier, bool_or(l.kind <> all(%s)) as blocked from dead_letter l "
            "join (select distinct * from unnest(%s::text[], %s::uuid[]) as given (producer, dossier)) g "
            "on g.producer = l.producer and g.dossier = l.dossier "
            "where l.resolved_at is null and l.kind <> 'stale' group by l.producer, l.dossier",
            (list(WAITING_KINDS), producers, dossiers),
        )
        letters = await cursor.fetchall()
        events = [message.envelope.event_id for message in messages if message.envelope is not None]
        cursor = await connection.execute("select event_id from inbox where event_id = any(%s)", (events,))
        return _State(
            seen={row["event_id"] for row in await cursor.fetchall()},
            last=last,
            waiting={(row["producer"], row["dossier"]) for row in letters},
            blocked={(row["producer"], row["dossier"]) for row in letters if row["blocked"]},
        )

    async def _store(self, connection: Connection, state: _State) -> None:
        await receive(connection, state.received)
        touched = sorted(state.touched)
        if touched:
            await connection.execute(
                "update inbox_sequence s set last = given.last "
                "from unnest(%s::text[], %s::uuid[], %s::bigint[]) as given (producer, dossier, last) "
                "where s.producer = given.producer and s.dossier = given.dossier",
                (
                    [producer for producer, _ in touched],
                    [dossier for _, dossier in touched],
                    [state.last[key] for key in touched],
                ),
            )


async def lock_dossiers(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, int]:
    """Lock dossiers in order until the transaction ends, and return the last number handled of each."""
    cursor = await connection.execute(
        "insert into inbox_sequence as s (producer, dossier, last) "
        "select producer, dossier, 0 from unnest(%s::text[], %s::uuid[]) as given (producer, dossier) "
        "order by producer, dossier "
        "on conflict (producer, dossier) do update set last = s.last returning producer, dossier, last",
        ([producer for producer, _ in keys], [dossier for _, dossier in keys]),
    )
    return {(row["producer"], row["dossier"]): int(row["last"]) for row in await cursor.fetchall()}


async def receive(connection: Connection, messages: Sequence[Incoming | Unreadable]) -> None:
    """Write that these facts were received; what has no readable envelope has no id to write."""
    known = [(message.record, message.envelope) for message in messages if message.envelope is not None]
    if not known:
        return
    await connection.execute(
        "insert into inbox (event_id, type, topic, partition, message_offset) "
        "select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::integer[], %s::bigint[]) on conflict do nothing",
        (
            [envelope.event_id for _, envelope in known],
            [envelope.type for _, envelope in known],
            [record.topic for record, _ in known],
            [record.partition for record, _ in known],
            [record.offset for record, _ in known],
        ),
    )


async def purge_received(connection: Connection, *, older_than_days: int, at_most: int = PURGED_AT_ONCE) -> int:
    """Delete what was received longer ago than that, except what an open dead letter is about; return how many rows.

    Kafka delivers again only what it still keeps (30 days), whatever happened to the offsets. A copy that comes even
    later, because its teller was cut off between sending and marking, bears a number that was handled: it is kept as a
    stale letter for a person, and never handled twice.
    """
    cursor = await connection.execute(
        "delete from inbox where event_id in (select event_id from inbox i "
        "where i.received_at < now() - make_interval(days => %s) and not exists "
        "(select from dead_letter l where l.event_id = i.event_id and l.resolved_at is null) limit %s)",
        (older_than_days, at_most),
    )
    return cursor.rowcount


def part_of(message: Incoming, dossiers: Iterable[UUID]) -> FactPage:
    """Return the page of a message with only these dossiers.

    Raises:
        TypeError: the message holds no page.
    """
    if not isinstance(message.content, FactPage):
        raise TypeError("only a page has parts")
    return message.content.restricted_to(set(dossiers))


def restricted(message: Incoming, dossiers: Sequence[UUID]) -> Incoming:
    """Return a page message with only these dossiers; the message itself when that is all of them."""
    if len(dossiers) == len(message.items):
        return message
    wanted = set(dossiers)
    return Incoming(
        record=message.record,
        envelope=message.envelope,
        content=part_of(message, wanted),
        items=tuple(item for item in message.items if item[0] in wanted),
    )


def _keys_of(message: Incoming | Unreadable) -> list[_Key]:
    producer = message.record.producer
    if isinstance(message, Unreadable):
        return [] if message.dossier is None else [(producer, message.dossier)]
    return [(producer, dossier) for dossier, _ in message.items]


def _receive(state: _State, message: Incoming | Unreadable) -> None:
    if message.envelope is not None:
        state.seen.add(message.envelope.event_id)
        state.received.append(message)


def _advance(state: _State, key: _Key, sequence: int | None) -> None:
    if sequence is not None:
        state.last[key] = sequence
        state.touched.add(key)
