"""How far a group is behind is told exactly, without taking part in the group."""

from __future__ import annotations

from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.topics import Topic
from shared.platform.messages_in.kafka_admin import ensure_topics
from shared.platform.messages_in.lag import LagMeter


@pytest.fixture
async def topic(kafka_bootstrap: str) -> str:
    name = f"lag-{uuid4().hex}"
    wanted = [Topic(name=name, producer="test", consumers=(), partitions=3, retention_days=1)]
    await ensure_topics(kafka_bootstrap, wanted=wanted)
    return name


async def send(bootstrap: str, topic: str, count: int) -> None:
    """Send messages, spread over the partitions."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    for number in range(count):
        await producer.send_and_wait(topic, b"x", partition=number % 3)
    await producer.stop()


async def acknowledge(bootstrap: str, group: str, positions: dict[TopicPartition, int]) -> None:
    """Acknowledge messages as a group would."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign(list(positions))
    await consumer.commit(positions)
    await consumer.stop()


async def test_messages_wait_until_they_are_acknowledged(kafka_bootstrap: str, topic: str) -> None:
    group = f"group-{uuid4().hex}"
    meter = LagMeter(bootstrap=kafka_bootstrap, group=group, topics=[topic])
    assert await meter.lag() == 0
    await send(kafka_bootstrap, topic, 7)
    assert await meter.lag() == 7
    await acknowledge(kafka_bootstrap, group, {TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 1})
    assert await meter.lag() == 3
    await acknowledge(kafka_bootstrap, group, {TopicPartition(topic, 1): 2})
    await acknowledge(kafka_bootstrap, group, {TopicPartition(topic, 2): 2})
    assert await meter.lag() == 0
    await meter.close()
    assert await meter.lag() == 0
    await meter.close()


async def test_a_topic_that_does_not_exist_is_not_taken_for_an_empty_one(kafka_bootstrap: str) -> None:
    meter = LagMeter(bootstrap=kafka_bootstrap, group="nobody", topics=[f"missing-{uuid4().hex}"])
    with pytest.raises(KafkaError):
        await meter.lag()


async def test_who_reads_nothing_is_never_behind() -> None:
    assert await LagMeter(bootstrap="127.0.0.1:1", group="", topics=()).lag() == 0


async def test_kafka_being_away_is_said() -> None:
    with pytest.raises(KafkaError):
        await LagMeter(bootstrap="127.0.0.1:1", group="nobody", topics=["any"]).lag()
