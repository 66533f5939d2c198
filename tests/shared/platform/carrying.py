"""Helpers of the tests about outbox, relay, Kafka and inbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from uuid6 import uuid7

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.contracts.envelope import Envelope, Fact
from shared.contracts.topics import partition_of, topic_of
from shared.contracts.vocabulary import Category
from shared.platform.database.connections import Database
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.messages import Record
from shared.platform.messages_out.relay import Relay, pending_count


class StillClock:
    """A clock without shift."""

    async def now(self) -> datetime:
        return datetime(2026, 4, 5, 8, tzinfo=UTC)

    async def today(self) -> date:
        return date(2026, 4, 5)

    async def shift(self) -> timedelta:
        return timedelta()


def new_dossier() -> UUID:
    return UUID(int=uuid7().int)


def dossier_of_partition(partition: int, topic: str = "billing.facts.v1") -> UUID:
    while True:
        dossier = new_dossier()
        if partition_of(dossier, topic) == partition:
            return dossier


def change(dossier: UUID, number: int) -> AffiliationCategoryChanged:
    """Return a fact of affiliation; its day tells which one it is."""
    day = date(2026, 1, 1) + timedelta(days=number)
    return AffiliationCategoryChanged(dossier=dossier, occurred_on=day, category=Category.MAIN, applies_from=day)


def issued_page(sequences: dict[UUID, int], *, page: int = 0, partition: int = 0) -> ContributionsIssued:
    return ContributionsIssued(
        partition=partition,
        occurred_on=date(2026, 4, 5),
        run_id="billing-2026Q2",
        page=page,
        quarter="2026Q2",
        due_on=date(2026, 6, 30),
        items=tuple(
            IssuedContribution(
                dossier=dossier, sequence=sequence, contribution_cents=89042, fee_cents=3606, total_cents=92648
            )
            for dossier, sequence in sequences.items()
        ),
    )


def envelope_of(fact: Fact, sequence: int | None, **changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "event_id": fact.event_id(),
        "type": fact.type,
        "source": f"urn:auxilia:{topic_of(fact.type).producer}",
        "occurred_at": datetime(2026, 4, 5, 6, tzinfo=UTC),
        "key": str(fact.dossier),
        "sequence": sequence,
        "correlation_id": uuid4(),
    }
    return Envelope(**{**values, **changes})


_offsets = iter(range(1_000_000))


def record_of(fact: Fact, sequence: int | None, *, body: bytes | None = None, **changes: Any) -> Record:
    """Return the message Kafka would deliver for a fact."""
    envelope = envelope_of(fact, sequence, **changes)
    topic = topic_of(fact.type).name
    return Record(
        topic=topic,
        partition=partition_of(fact.dossier, topic),
        offset=next(_offsets),
        key=envelope.key.encode(),
        headers=tuple(envelope.headers()),
        body=fact.to_json() if body is None else body,
    )


def page_record(page: ContributionsIssued) -> Record:
    envelope = Envelope(
        event_id=page.event_id(),
        type=page.type,
        source="urn:auxilia:billing",
        occurred_at=datetime(2026, 4, 5, 6, tzinfo=UTC),
        key="page",
        correlation_id=uuid4(),
    )
    return Record(
        topic="billing.facts.v1",
        partition=page.partition,
        offset=next(_offsets),
        key=b"page",
        headers=tuple(envelope.headers()),
        body=page.to_json(),
    )


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 60.0) -> None:
    """Wait until a condition holds; the limit only ends a test that would hang."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def rows(database: Database, query: str, *parameters: Any) -> list[dict[str, Any]]:
    async with database.transaction() as connection:
        return await (await connection.execute(query, parameters)).fetchall()


async def is_carried(database: Database) -> bool:
    async with database.transaction() as connection:
        return await pending_count(connection) == 0


@asynccontextmanager
async def running(work: Relay | FactConsumer) -> AsyncIterator[None]:
    """Run a relay or a consumer for the length of the block, and stop it in order."""
    stop = asyncio.Event()
    task = asyncio.create_task(work.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def everything_on(bootstrap: str, topic: str) -> list[Any]:
    """Return all messages of a topic, per partition in order."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(sorted(consumer.assignment()))
        found: list[Any] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=500)
            found.extend(message for batch in batches.values() for message in batch)
        return found
    finally:
        await consumer.stop()


async def send_raw(bootstrap: str, prefix: str, records: Sequence[Record]) -> None:
    """Put messages on Kafka that no relay would send."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for record in records:
            await producer.send_and_wait(
                prefix + record.topic,
                value=record.body,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
    finally:
        await producer.stop()


def numbers_of(messages: Sequence[Any], dossier: UUID) -> list[int]:
    """Return the numbers of the messages of a dossier, in the order Kafka keeps them."""
    return [int(dict(message.headers)["ce_sequence"]) for message in messages if message.key == str(dossier).encode()]


def body_of(message: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(message.value)
    return content
