"""Nothing that tells who somebody is leaves the places meant for it: the traces of a whole year are searched."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import topics
from tests.journeys.playing import PROJECT, Played


def personal_data() -> list[str]:
    """Return national numbers, family names, accounts and e-mail addresses of everybody in the samples."""
    with (PROJECT / "samples" / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    columns = ("national_number", "last_name", "account_number", "email")
    return sorted({row[column] for row in rows for column in columns if len(row[column]) >= 6})


def found_in(texts: Iterator[tuple[str, str]], wanted: list[str]) -> list[str]:
    """Return where which of the wanted texts was found; the text itself is not repeated."""
    found = []
    for place, text in texts:
        found += [f"{place}: item {number}" for number, item in enumerate(wanted) if item in text]
    return found[:20]


@pytest.fixture(scope="module")
def wanted() -> list[str]:
    """What must be found nowhere."""
    return personal_data()


class TestNothingPersonal:
    def test_in_logs(self, undisturbed: Played, wanted: list[str]) -> None:
        logs = list(undisturbed.instance.layout.logs.glob("*.log*"))
        assert logs
        assert found_in(((path.name, path.read_text(errors="replace")) for path in logs), wanted) == []

    def test_in_traces(self, undisturbed: Played, wanted: list[str]) -> None:
        traces = [path for path in undisturbed.instance.layout.telemetry.rglob("*") if path.is_file()]
        assert traces
        assert found_in(((path.name, path.read_text(errors="replace")) for path in traces), wanted) == []

    def test_in_facts_on_kafka(self, undisturbed: Played, wanted: list[str]) -> None:
        messages = asyncio.run(read_topics(undisturbed.instance.environment()["AUXILIA_KAFKA_BOOTSTRAP"]))
        assert len(messages) > 500
        assert found_in(iter(messages), wanted) == []

    def test_in_procedures(self, undisturbed: Played, wanted: list[str]) -> None:
        # The server's own database holds every history; its payloads are encrypted, its names and indexes are not.
        files = [path for path in (undisturbed.instance.layout.folder / "temporal").rglob("*") if path.is_file()]
        assert any(path.stat().st_size > 1_000_000 for path in files)
        assert found_in(((path.name, path.read_bytes().decode("latin-1")) for path in files), wanted) == []


async def read_topics(bootstrap: str) -> list[tuple[str, str]]:
    """Return every message of every topic, with its key and headers, as text."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for topic in topics() for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        messages: list[tuple[str, str]] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, batch in (await consumer.getmany(timeout_ms=1000)).items():
                messages += [(f"{partition.topic} {message.offset}", text_of(message)) for message in batch]
        return messages
    finally:
        await consumer.stop()


def text_of(message: object) -> str:
    """Return key, headers and body of a message in one text."""
    parts = [getattr(message, "key", b"") or b"", getattr(message, "value", b"") or b""]
    parts += [value for _, value in getattr(message, "headers", ())]
    return b"\n".join(parts).decode("utf-8", errors="replace")
