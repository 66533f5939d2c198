"""How far a consumer group is behind, asked often: one connection that stays open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

_REQUEST_MILLISECONDS: Final = 10_000


class LagMeter:
    """Counts the messages a group has not yet acknowledged, without joining the group.

    It never joins, so it neither gets messages nor moves anybody's partitions.
    """

    def __init__(self, *, bootstrap: str, group: str, topics: Sequence[str]) -> None:
        """Keep what to ask; the connection is made at the first question.

        Args:
            bootstrap: address of Kafka.
            group: the consumer group.
            topics: what the group reads; without topics it is never behind.
        """
        self._bootstrap = bootstrap
        self._group = group
        self._topics = tuple(topics)
        self._consumer: Any = None
        self._asking = asyncio.Lock()

    async def lag(self) -> int:
        """Return how many messages wait.

        Raises:
            aiokafka.errors.KafkaError: Kafka can't be reached; the next question connects anew.
        """
        if not self._topics:
            return 0
        async with self._asking:
            try:
                return await self._count(await self._connected())
            except BaseException:
                await self._disconnect()
                raise

    async def close(self) -> None:
        """Close the connection."""
        async with self._asking:
            await self._disconnect()

    async def _count(self, consumer: Any) -> int:
        partitions = [
            TopicPartition(topic, partition)
            for topic in self._topics
            for partition in sorted(consumer.partitions_for_topic(topic) or _unknown(topic))
        ]
        # Positions are asked before ends: what is acknowledged in between makes the lag look greater, never smaller.
        # The client's own question is for one partition; this one asks for all of them in one message.
        committed = await consumer._coordinator.fetch_committed_offsets(partitions)  # noqa: SLF001
        positions = {partition: int(found.offset) for partition, found in committed.items() if found.offset >= 0}
        ends = await consumer.end_offsets(partitions)
        unknown = [partition for partition in partitions if partition not in positions]
        positions |= await consumer.beginning_offsets(unknown) if unknown else {}
        return sum(max(0, int(ends[partition]) - int(positions[partition])) for partition in partitions)

    async def _connected(self) -> Any:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                group_id=self._group,
                client_id=f"{self._group}-lag",
                enable_auto_commit=False,
                request_timeout_ms=_REQUEST_MILLISECONDS,
            )
            self._consumer = consumer
            await consumer.start()
            for topic in self._topics:
                # Without a subscription the client follows no topic by itself.
                await consumer._client.add_topic(topic)  # noqa: SLF001
            await consumer._client.force_metadata_update()  # noqa: SLF001
        return self._consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, OSError):
                await consumer.stop()


def _unknown(topic: str) -> NoReturn:
    raise UnknownTopicOrPartitionError(topic)
