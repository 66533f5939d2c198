"""Provisioning of topics, and how far a consumer is behind.

python -m shared.platform.messages_in.kafka_admin [--bootstrap ADDRESS] [--replication-factor N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from shared.contracts.topics import Topic, topics

_TOPIC_EXISTS: Final = 36
_DAY_MILLISECONDS: Final = 86_400_000


class PartitionsDiffer(RuntimeError):
    """A topic exists with another number of partitions than its contract says."""


@asynccontextmanager
async def admin_client(bootstrap: str) -> AsyncIterator[Any]:
    """Give a connected admin client, and close it."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def ensure_topics(
    bootstrap: str, *, prefix: str = "", wanted: Sequence[Topic] | None = None, replication_factor: int = 1
) -> list[str]:
    """Create the topics that are absent; those that exist must have the partitions of their contract.

    Args:
        bootstrap: address of Kafka.
        prefix: put before each name, so that instances can share one Kafka.
        wanted: topics; by default all of ``topics.yaml``.
        replication_factor: copies of each partition; 3 where there are three brokers.

    Returns:
        Names of the topics that were created.

    Raises:
        PartitionsDiffer: a topic exists with other partitions; dossiers would move between them.
        aiokafka.errors.KafkaError: Kafka refuses or can't be reached.
    """
    wanted = [replace(topic, name=prefix + topic.name) for topic in (topics() if wanted is None else wanted)]
    async with admin_client(bootstrap) as client:
        existing = set(await client.list_topics())
        absent = [topic for topic in wanted if topic.name not in existing]
        created = await _create(client, absent, replication_factor) if absent else []
        await _check_partitions(client, [topic for topic in wanted if topic.name not in created])
    return created


async def missing_topics(bootstrap: str, names: Sequence[str]) -> list[str]:
    """Return which of these topics do not exist yet."""
    async with admin_client(bootstrap) as client:
        existing = set(await client.list_topics())
    return [name for name in names if name not in existing]


async def group_lag(bootstrap: str, *, group: str, names: Sequence[str]) -> dict[str, int]:
    """Return per topic how many messages a consumer group has not yet committed.

    Raises:
        aiokafka.errors.KafkaError: Kafka can't be reached.
    """
    if not names:
        return {}
    async with admin_client(bootstrap) as client:
        committed = await client.list_consumer_group_offsets(group)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=10_000)
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()  # noqa: SLF001  (a new client knows no topic yet)
        partitions = await _partitions(consumer, names)
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
    finally:
        await consumer.stop()
    lag = dict.fromkeys(names, 0)
    for partition in partitions:
        known = committed.get(partition)
        position = known.offset if known is not None and known.offset >= 0 else begins[partition]
        lag[partition.topic] += max(0, ends[partition] - max(position, begins[partition]))
    return lag


async def _partitions(consumer: Any, names: Sequence[str]) -> list[TopicPartition]:
    found: list[TopicPartition] = []
    for name in names:
        await consumer._client.add_topic(name)  # noqa: SLF001  (a consumer without subscription follows no topic)
        found.extend(TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ())
    return found


async def _create(client: Any, absent: Sequence[Topic], replication_factor: int) -> list[str]:
    response = await client.create_topics(
        [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partitions,
                replication_factor=replication_factor,
                topic_configs={
                    "cleanup.policy": "delete",
                    "retention.ms": str(topic.retention_days * _DAY_MILLISECONDS),
                    "min.insync.replicas": str(max(1, replication_factor - 1)),
                },
            )
            for topic in absent
        ]
    )
    created: list[str] = []
    for name, code, *_ in response.topic_errors:
        if code == 0:
            created.append(name)
        elif code != _TOPIC_EXISTS:
            raise for_code(code)(f"{name}: could not be created")
    return created


async def _check_partitions(client: Any, existing: Sequence[Topic]) -> None:
    if not existing:
        return
    wanted = {topic.name: topic.partitions for topic in existing}
    for description in await client.describe_topics(list(wanted)):
        found = len(description["partitions"])
        name = description["topic"]
        if description["error_code"] == 0 and found != wanted[name]:
            raise PartitionsDiffer(f"{name}: has {found} partitions, its contract says {wanted[name]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Create the topics that are absent; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.platform.messages_in.kafka_admin", description=__doc__)
    parser.add_argument("--bootstrap", default=os.environ.get("AUXILIA_KAFKA_BOOTSTRAP", "127.0.0.1:9092"))
    parser.add_argument("--prefix", default=os.environ.get("AUXILIA_KAFKA_PREFIX", ""))
    parser.add_argument("--replication-factor", type=int, default=1)
    chosen = parser.parse_args(arguments)
    try:
        created = asyncio.run(
            ensure_topics(chosen.bootstrap, prefix=chosen.prefix, replication_factor=chosen.replication_factor)
        )
    except (KafkaError, PartitionsDiffer) as error:
        sys.stderr.write(f"{chosen.bootstrap}: {error}\n")
        return 1
    sys.stdout.write(f"created: {', '.join(created) or 'nothing, all topics were there'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
