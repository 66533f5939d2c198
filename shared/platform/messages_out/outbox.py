"""Telling facts: the fact is a row of the same transaction as what it tells, the relay sends it later.

Order and completeness, per dossier: publishing takes the lock of the dossier's sequence row and keeps it until the
transaction ends. So numbers are given in the order of commits, without gaps, and whoever sees a row sees every
earlier row of that dossier. That is why the relay may simply read unpublished rows by id. The well-known filter on
the oldest running transaction would be wrong here: it could hide an earlier row of a dossier (told by a younger
transaction) while it shows a later one.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import lt
from typing import Any, Final
from uuid import UUID

from shared.contracts.envelope import Fact, FactPage
from shared.contracts.topics import partition_of, topic_of
from shared.platform.database.connections import PURGED_AT_ONCE, Connection
from shared.platform.database.wake import wake_relay
from shared.platform.observation.correlation import current_causation, current_correlation, current_traceparent

#: Kafka refuses messages of more than 1 MiB; a body that would be refused must never get into the outbox.
LARGEST_BODY_BYTES: Final = 900_000

_PUBLISH: Final = "select outbox_publish(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) as sequence"


#: Arrays travel in binary form: a body written as text would be twice as long, and take twenty times as long to write.
_PUBLISH_MANY: Final = (
    "select outbox_publish_many(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::integer[], %b::uuid[], "
    "%s, %s, %s, %b::bytea[])"
)
#: Facts sent to the database in one statement: enough to be fast, and no more than a few megabytes.
_FACTS_AT_ONCE: Final = 5_000


class BodyTooLarge(ValueError):
    """A fact is too large for Kafka; pages must be made smaller."""

    def __init__(self, fact_type: str, size: int) -> None:
        super().__init__(f"{fact_type}: {size} bytes, more than {LARGEST_BODY_BYTES}; make smaller pages")


class SequencesMoved(RuntimeError):
    """A page that was told before took numbers that can't be given back any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFacts:
    """Single facts as columns of the outbox, in order of dossier; see ``written``."""

    event_ids: list[UUID]
    types: list[str]
    sources: list[str]
    topics: list[str]
    partitions: list[int]
    dossiers: list[UUID]
    bodies: list[bytes]


async def publish(connection: Connection, fact: Fact, *, causation_id: UUID | None = None) -> UUID:
    """Tell a fact when this transaction commits; telling it again changes nothing.

    Args:
        connection: inside the transaction that writes what the fact tells.
        fact: the fact; its ``event_id`` makes it unique.
        causation_id: the fact that caused it; by default the one that is being handled.

    Returns:
        The event id.

    Raises:
        BodyTooLarge: Kafka would refuse the message.
    """
    await connection.execute(_PUBLISH, _parameters(fact, causation_id))
    wake_relay()
    return fact.event_id()


async def publish_many(connection: Connection, facts: Sequence[Fact]) -> None:
    """Tell many facts in one round trip; locks are taken in order of dossier, so two callers can't deadlock.

    Facts of one dossier keep their order.

    Raises:
        BodyTooLarge: Kafka would refuse a message.
    """
    await publish_written(connection, written(facts))


def written(facts: Sequence[Fact]) -> list[WrittenFacts]:
    """Write facts out for ``publish_written``, in any thread: for thousands of them this is work for the processor.

    Raises:
        BodyTooLarge: Kafka would refuse a message.
    """
    ordered = sorted(facts, key=lambda fact: fact.dossier.int)
    return [_written(ordered[start : start + _FACTS_AT_ONCE]) for start in range(0, len(ordered), _FACTS_AT_ONCE)]


async def publish_written(connection: Connection, parts: Sequence[WrittenFacts]) -> None:
    """Tell facts that were written out, as ``publish_many`` tells them."""
    for part in parts:
        await connection.execute(
            _PUBLISH_MANY,
            (
                part.event_ids,
                part.types,
                part.sources,
                part.topics,
                part.partitions,
                part.dossiers,
                current_correlation(),
                current_causation(),
                current_traceparent(),
                part.bodies,
            ),
        )
    wake_relay()


def _written(facts: Sequence[Fact]) -> WrittenFacts:
    topics = {fact_type: topic_of(fact_type) for fact_type in {fact.type for fact in facts}}
    return WrittenFacts(
        event_ids=[fact.event_id() for fact in facts],
        types=[fact.type for fact in facts],
        sources=[f"urn:auxilia:{topics[fact.type].producer}" for fact in facts],
        topics=[topics[fact.type].name for fact in facts],
        partitions=[partition_of(fact.dossier, topics[fact.type].name) for fact in facts],
        dossiers=[fact.dossier for fact in facts],
        bodies=[_body(fact) for fact in facts],
    )


async def reserve_sequences(connection: Connection, dossiers: Sequence[UUID]) -> dict[UUID, int]:
    """Take the next number of each dossier, for a page that is published in the same transaction.

    Args:
        connection: inside the transaction that publishes the page.
        dossiers: each at most once.

    Raises:
        ValueError: a dossier is named twice.
    """
    if len(set(dossiers)) != len(dossiers):
        raise ValueError("dossiers: one page speaks of a dossier once")
    cursor = await connection.execute(
        "insert into outbox_sequence as s (dossier, last) "
        "select dossier, 1 from unnest(%s::uuid[]) as given (dossier) order by dossier "
        "on conflict (dossier) do update set last = s.last + 1 returning dossier, last",
        (list(dossiers),),
    )
    return {row["dossier"]: row["last"] for row in await cursor.fetchall()}


async def reserve_sequences_in_order(connection: Connection, dossiers: Sequence[str]) -> list[int]:
    """Take the next number of each dossier as ``reserve_sequences`` does, for thousands of them at a time.

    Args:
        connection: inside the transaction that publishes the page.
        dossiers: in the usual form of a UUID and in ascending order, each at most once.

    Returns:
        The numbers, in the order of the dossiers.

    Raises:
        ValueError: a dossier is named twice, or not in order.
    """
    if not all(map(lt, dossiers, islice(dossiers, 1, None))):
        raise ValueError("dossiers: one page speaks of a dossier once, in order")
    cursor = await connection.execute(
        "with taken as (insert into outbox_sequence as s (dossier, last) "
        "select dossier, 1 from unnest(%s::uuid[]) as given (dossier) order by dossier "
        "on conflict (dossier) do update set last = s.last + 1 returning dossier, last) "
        "select string_agg(last::text, ',' order by dossier) as numbers from taken",
        ("{" + ",".join(dossiers) + "}",),
    )
    row = await cursor.fetchone()
    return [] if row is None or row["numbers"] is None else [int(number) for number in row["numbers"].split(",")]


async def publish_page(connection: Connection, page: FactPage, *, causation_id: UUID | None = None) -> UUID:
    """Tell a page of facts of one partition; telling it again changes nothing and gives its numbers back.

    Args:
        connection: inside the transaction that took the page's numbers with ``reserve_sequences``.
        page: the page; its items carry those numbers.
        causation_id: the fact that caused it; by default the one that is being handled.

    Raises:
        ValueError: a dossier of the page belongs to another partition.
        BodyTooLarge: Kafka would refuse the message.
        SequencesMoved: the page was told before, and its new numbers were overtaken in this transaction.
    """
    dossiers = [str(item.dossier) for item in page.items]
    numbers = [item.sequence for item in page.items]
    return await publish_page_body(
        connection, page, body=_body(page), dossiers=dossiers, numbers=numbers, causation_id=causation_id
    )


async def publish_page_body(
    connection: Connection,
    page: FactPage,
    *,
    body: bytes,
    dossiers: Sequence[str],
    numbers: Sequence[int],
    causation_id: UUID | None = None,
) -> UUID:
    """Tell a page whose body was written over whole columns, as ``publish_page`` does.

    Args:
        connection: inside the transaction that took the page's numbers.
        page: the page; its items may be left out.
        body: its canonical JSON, with all items.
        dossiers: the dossiers of the page, in the usual form of a UUID.
        numbers: the numbers taken for them, in the same order.
        causation_id: the fact that caused it; by default the one that is being handled.
    """
    topic = topic_of(page.type)
    if len(body) > LARGEST_BODY_BYTES:
        raise BodyTooLarge(page.type, len(body))
    whole = bytes.fromhex("".join(dossiers).replace("-", ""))
    partitions = [zlib.crc32(whole[start : start + 16]) % topic.partitions for start in range(0, len(whole), 16)]
    if partitions.count(page.partition) != len(partitions):
        stranger = next(dossier for dossier, other in zip(dossiers, partitions, strict=True) if other != page.partition)
        raise ValueError(f"{stranger}: does not belong to partition {page.partition} of {topic.name}")
    cursor = await connection.execute(
        "insert into outbox (event_id, type, source, topic, partition, key, correlation_id, causation_id, "
        "traceparent, body) select %(event_id)s, %(type)s, %(source)s, %(topic)s, %(partition)s, 'page', "
        "%(correlation_id)s, %(causation_id)s, %(traceparent)s, %(body)b "
        "where not exists (select from outbox_purged where event_id = %(event_id)s) "
        "on conflict (event_id) do nothing",
        {
            "event_id": page.event_id(),
            "type": page.type,
            "source": f"urn:auxilia:{topic.producer}",
            "topic": topic.name,
            "partition": page.partition,
            "correlation_id": current_correlation(),
            "causation_id": causation_id or current_causation(),
            "traceparent": current_traceparent(),
            "body": body,
        },
    )
    if cursor.rowcount == 0:
        await _give_back(connection, page, dossiers, numbers)
    wake_relay()
    return page.event_id()


async def purge_published(connection: Connection, *, older_than_days: int, at_most: int = PURGED_AT_ONCE) -> int:
    """Delete rows published longer ago than that; their event ids are kept, so they are never told again.

    Returns:
        How many rows were deleted.
    """
    cursor = await connection.execute(
        "with gone as (delete from outbox where id in (select id from outbox "
        "where published_at < now() - make_interval(days => %s) limit %s) returning event_id) "
        "insert into outbox_purged (event_id) select event_id from gone on conflict do nothing",
        (older_than_days, at_most),
    )
    return cursor.rowcount


async def forget_purged(connection: Connection, *, older_than_days: int, at_most: int = PURGED_AT_ONCE) -> int:
    """Delete event ids of facts whose rows were purged longer ago than that; return how many.

    Only whoever does again what told a fact tells it again: an activity that is retried, a dead letter that is
    replayed, a run that is asked for anew. After ``older_than_days`` nothing of that time may be open any more.
    """
    cursor = await connection.execute(
        "delete from outbox_purged where event_id in (select event_id from outbox_purged "
        "where purged_at < now() - make_interval(days => %s) limit %s)",
        (older_than_days, at_most),
    )
    return cursor.rowcount


async def waiting_facts(connection: Connection) -> int:
    """Return how many facts are not yet on Kafka."""
    cursor = await connection.execute("select count(*) as waiting from outbox where published_at is null")
    row = await cursor.fetchone()
    return 0 if row is None else int(row["waiting"])


async def _give_back(connection: Connection, page: FactPage, dossiers: Sequence[str], numbers: Sequence[int]) -> None:
    cursor = await connection.execute(
        "update outbox_sequence s set last = s.last - 1 "
        "from unnest(%s::uuid[], %s::bigint[]) as taken (dossier, number) "
        "where s.dossier = taken.dossier and s.last = taken.number",
        (list(dossiers), list(numbers)),
    )
    if cursor.rowcount != len(numbers):
        raise SequencesMoved(f"{page.type} {page.event_id()}: told before, and its numbers were overtaken")


def _parameters(fact: Fact, causation_id: UUID | None) -> tuple[Any, ...]:
    topic = topic_of(fact.type)
    return (
        fact.event_id(),
        fact.type,
        f"urn:auxilia:{topic.producer}",
        topic.name,
        partition_of(fact.dossier, topic.name),
        fact.dossier,
        current_correlation(),
        causation_id or current_causation(),
        current_traceparent(),
        _body(fact),
    )


def _body(fact: Fact | FactPage) -> bytes:
    body = fact.to_json()
    if len(body) > LARGEST_BODY_BYTES:
        raise BodyTooLarge(fact.type, len(body))
    return body
