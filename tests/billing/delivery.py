"""Facts of other services on their way into billing, for the tests of any subject that hears one."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from services.billing.app import APP
from shared.contracts.envelope import Envelope, Fact
from shared.contracts.topics import partition_of, topic_of
from shared.platform.messages_in.messages import Record, read
from tests.billing.harness import open_service
from tests.billing.world import World


class Kafka:
    """Delivers facts to every subject of billing as Kafka does: with headers, numbered per dossier and producer."""

    def __init__(self, world: World) -> None:
        opened = open_service(world, temporal=None)
        opened.clock.day = date(2026, 6, 1)
        consumer = APP.consumers(opened.context)
        assert consumer is not None
        self._inbox = consumer._inbox
        self._world = world
        self._sequences: defaultdict[tuple[str, UUID], int] = defaultdict(int)
        self._offset = 0

    def record(self, fact: Fact) -> Record:
        """Give a fact its number and put it in a message."""
        topic = topic_of(fact.type)
        key = (topic.producer, fact.dossier)
        self._sequences[key] += 1
        envelope = Envelope(
            event_id=fact.event_id(),
            type=fact.type,
            source=f"urn:auxilia:{topic.producer}",
            occurred_at=datetime(2026, 6, 1, 8, tzinfo=UTC),
            key=str(fact.dossier),
            sequence=self._sequences[key],
            correlation_id=uuid4(),
        )
        self._offset += 1
        return Record(
            topic=topic.name,
            partition=partition_of(fact.dossier, topic.name),
            offset=self._offset,
            key=str(fact.dossier).encode(),
            headers=tuple(envelope.headers()),
            body=fact.to_json(),
        )

    async def deliver(self, *records: Record) -> None:
        """Deliver messages in one batch."""
        async with self._world.database.transaction() as connection:
            await self._inbox.apply(connection, [read(record, self._inbox.classes) for record in records])
