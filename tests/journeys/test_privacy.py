"""Nothing that tells who somebody is leaves the places meant for it: the traces of a whole year are searched."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import topics
from tests.journeys.playing import PROJECT, Played

#: Columns of the samples that tell who somebody is, whatever stands around them.
TELLING = ("national_number", "account_number", "email")
#: Columns of words that others may contain: looked for as whole words.
WORDS = ("last_name", "first_name", "street", "birth_date")
#: Words of fewer bytes come up by chance in megabytes of encrypted bytes: there, only readable text around them counts.
SHORTEST_BY_CHANCE = 5
PART_OF_A_WORD = rb"0-9A-Za-z_\x80-\xff"
READABLE = re.compile(rb"(?:[\x20-\x7e]|[\xc3][\x80-\xbf]){12,}")


@dataclass(frozen=True)
class Wanted:
    """Something personal, in every way that programs write it."""

    ways: tuple[bytes, ...]
    is_word: bool
    column: str

    def is_in(self, data: bytes) -> bool:
        """Tell whether it stands in these bytes; as a whole word when it is one."""
        for way in self.ways:
            if way not in data:
                continue
            bounded = rb"(?<![%b])%b(?![%b])" % (PART_OF_A_WORD, re.escape(way), PART_OF_A_WORD)
            if not self.is_word or re.search(bounded, data):
                return True
        return False


def personal_data() -> list[Wanted]:
    """Return who everybody in the samples is: numbers, names however short, days of birth, streets and addresses."""
    with (PROJECT / "samples" / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    days = {row["starts_on"] for row in rows}  # a day on which somebody was born may be one on which another starts
    found = {(column, row[column]) for row in rows for column in (*TELLING, *WORDS) if row[column]}
    return [
        Wanted(ways=ways_of(text), is_word=column in WORDS, column=column)
        for column, text in sorted(found)
        if text not in days
    ]


def ways_of(text: str) -> tuple[bytes, ...]:
    """Return the bytes of a text in a file, in JSON that keeps to ASCII, and in an address."""
    written = (text, json.dumps(text)[1:-1], quote(text), quote_plus(text))
    return tuple(sorted({way.encode() for way in written}))


def found_in(places: Iterable[tuple[str, bytes]], wanted: Sequence[Wanted], *, is_encrypted: bool = False) -> list[str]:
    """Return where which of the wanted texts was found; the text itself is not repeated."""
    found = []
    for place, data in places:
        readable = b"\n".join(READABLE.findall(data)) if is_encrypted else data
        for number, item in enumerate(wanted):
            is_short = min(len(way) for way in item.ways) < SHORTEST_BY_CHANCE
            if item.is_in(readable if is_short else data):
                found.append(f"{place}: {item.column} {number}")
    return found[:20]


def files_in(folder: Path) -> list[tuple[str, bytes]]:
    """Return every file below a folder, as it is."""
    return [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.fixture(scope="module")
def wanted() -> list[Wanted]:
    """What must be found nowhere."""
    return personal_data()


@pytest.fixture(scope="module")
def canary(undisturbed: Played) -> Wanted:
    """What every procedure and fact is about and so must be found: the id of a dossier."""
    dossier = next(iter(undisturbed.summary["traceDossiers"].values()))
    return Wanted(ways=(dossier.encode(),), is_word=True, column="dossier")


class TestTheSearch:
    def test_everybody_is_found_where_everybody_is_written(self, wanted: list[Wanted]) -> None:
        people = (PROJECT / "samples" / "people.csv").read_bytes()
        assert {item.column for item in wanted} == {*TELLING, *WORDS}
        assert [item for item in wanted if not item.is_in(people)] == []

    @pytest.mark.parametrize(
        ("column", "text", "data"),
        [
            ("first_name", "Léa", "told Léa so".encode()),
            ("first_name", "Léa", json.dumps({"name": "Léa"}).encode()),
            ("first_name", "Léa", b"GET /search?name=L%C3%A9a HTTP/1.1"),
            ("first_name", "Tom", b'{"firstName":"Tom"}'),
            ("street", "Musterstraße", "\x00\x0cMusterstraße 12".encode()),
            ("street", "rue Sans-Nom", b"street=rue+Sans-Nom&number=1"),
            ("birth_date", "2001-11-03", b'"born": "2001-11-03"'),
            ("national_number", "01110390406", b"xx01110390406yy"),
        ],
    )
    def test_it_is_found_however_it_is_written(self, column: str, text: str, data: bytes) -> None:
        item = Wanted(ways=ways_of(text), is_word=column in WORDS, column=column)
        assert found_in([("here", data)], [item]) == [f"here: {column} 0"]

    @pytest.mark.parametrize("data", [b"Tomorrow", b"AtTom", "Tomé".encode(), b"\xf3Tom\x00"])
    def test_part_of_another_word_is_nobody(self, data: bytes) -> None:
        assert found_in([("here", data)], [Wanted(ways=(b"Tom",), is_word=True, column="first_name")]) == []

    def test_a_short_name_between_encrypted_bytes_is_chance_and_in_readable_text_is_not(self) -> None:
        tom = Wanted(ways=(b"Tom",), is_word=True, column="first_name")
        assert found_in([("here", b"\x01\x9fTom\x02\x88")], [tom], is_encrypted=True) == []
        assert found_in([("here", b"\x01\x9fdear Tom, you owe\x02")], [tom], is_encrypted=True) != []


class TestNothingPersonal:
    def test_in_logs(self, undisturbed: Played, wanted: list[Wanted]) -> None:
        logs = [(path.name, path.read_bytes()) for path in undisturbed.instance.layout.logs.glob("*.log*")]
        assert found_in(logs, [Wanted(ways=(b"billing",), is_word=True, column="service")]) != []
        assert found_in(logs, wanted) == []

    def test_in_traces(self, undisturbed: Played, wanted: list[Wanted]) -> None:
        traces = files_in(undisturbed.instance.layout.telemetry)
        assert found_in(traces, [Wanted(ways=(b"billing",), is_word=True, column="service")]) != []
        assert found_in(traces, wanted) == []

    def test_in_facts_on_kafka(self, undisturbed: Played, wanted: list[Wanted], canary: Wanted) -> None:
        messages = asyncio.run(read_topics(undisturbed.instance.environment()["AUXILIA_KAFKA_BOOTSTRAP"]))
        assert len(messages) > 500
        assert found_in(messages, [canary]) != []
        assert found_in(messages, wanted) == []

    def test_in_procedures(self, undisturbed: Played, wanted: list[Wanted], canary: Wanted) -> None:
        # The server's own database holds every history; its payloads are encrypted, its names and indexes are not.
        files = files_in(undisturbed.instance.layout.folder / "temporal")
        assert any(len(data) > 1_000_000 for _, data in files)
        assert found_in(files, [canary], is_encrypted=True) != []
        assert found_in(files, wanted, is_encrypted=True) == []


async def read_topics(bootstrap: str) -> list[tuple[str, bytes]]:
    """Return every message of every topic, with its key and headers."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for topic in topics() for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        messages: list[tuple[str, bytes]] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, batch in (await consumer.getmany(timeout_ms=1000)).items():
                messages += [(f"{partition.topic} {message.offset}", bytes_of(message)) for message in batch]
        return messages
    finally:
        await consumer.stop()


def bytes_of(message: object) -> bytes:
    """Return key, headers and body of a message, one after the other."""
    parts = [getattr(message, "key", b"") or b"", getattr(message, "value", b"") or b""]
    parts += [value for _, value in getattr(message, "headers", ())]
    return b"\n".join(parts)
