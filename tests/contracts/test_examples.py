"""Examples written by hand: each is a message its readers accept and its producer would write."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import jsonschema_rs
import pytest

from shared.contracts import schemas
from shared.contracts.topics import fact_classes, partition_of, topic_of, topics
from shared.platform.composition import Composition
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.messages import Incoming, Record, read

FOLDER = schemas.FOLDER.with_name("examples")
EXAMPLES = sorted(FOLDER.glob("*/*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def content_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def message_of(path: Path) -> Record:
    content = content_of(path)
    topic = topic_of(path.parent.name)
    partition = content["body"].get("partition")
    return Record(
        topic=topic.name,
        partition=partition if partition is not None else partition_of_key(content["key"], topic.name),
        offset=0,
        key=content["key"].encode(),
        headers=tuple((name, value.encode()) for name, value in content["headers"].items()),
        body=json.dumps(content["body"]).encode(),
    )


def partition_of_key(key: str, topic: str) -> int:
    return partition_of(UUID(key), topic)


def test_every_type_has_an_example_and_every_example_a_type() -> None:
    assert {path.parent.name for path in EXAMPLES} == set(fact_classes())


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_every_reader_accepts_the_example(path: Path) -> None:
    fact_class = fact_classes()[path.parent.name]

    message = read(message_of(path), fact_classes())

    assert isinstance(message, Incoming), message
    assert type(message.content) is fact_class
    assert message.envelope.type == path.parent.name


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_a_reader_that_does_not_handle_the_example_still_reads_its_number(path: Path) -> None:
    message = read(message_of(path), {})

    assert isinstance(message, Incoming), message
    assert all(sequence is not None for _, sequence in message.items)


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_the_schema_accepts_the_example_and_the_producer_would_write_it(path: Path) -> None:
    body = content_of(path)["body"]
    schema = json.loads(schemas.file_of(path.parent.name).read_text(encoding="utf-8"))

    jsonschema_rs.validator_for(schema, validate_formats=True).validate(body)
    written = json.loads(fact_classes()[path.parent.name].model_validate(body).to_json())
    assert {**written, **body} == written, "nothing of the example is lost or rewritten"


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_unknown_field_does_not_disturb_a_reader(path: Path) -> None:
    content = content_of(path)
    body = {**content["body"], "somethingNew": {"deeply": ["new"]}}

    assert fact_classes()[path.parent.name].model_validate(body).to_json() == (
        fact_classes()[path.parent.name].model_validate(content["body"]).to_json()
    )


def test_pages_of_the_examples_hold_only_dossiers_of_their_partition() -> None:
    for path in EXAMPLES:
        message = read(message_of(path), fact_classes())
        assert isinstance(message, Incoming)
        if message.is_page:
            topic = message.record.topic
            assert {partition_of(dossier, topic) for dossier, _ in message.items} == {message.record.partition}


READERS = sorted({reader for topic in topics() for reader in topic.consumers})


def consumer_of(service: str) -> FactConsumer:
    """Build the real consumer of a service; nothing it needs at run time is used here."""
    app: Composition = importlib.import_module(f"services.{service}.app").APP
    consumer = app.consumers(Mock())
    assert consumer is not None
    return consumer


@pytest.mark.parametrize("service", READERS)
def test_every_consumer_handles_only_facts_that_reach_it(service: str) -> None:
    handled = consumer_of(service).handled

    assert handled
    for fact_type in handled:
        assert service in topic_of(fact_type).consumers, f"{fact_type} never reaches {service}"


@pytest.mark.parametrize("service", READERS)
def test_every_consumer_reads_every_example_that_reaches_it(service: str) -> None:
    handled = consumer_of(service).handled
    for path in EXAMPLES:
        if service in topic_of(path.parent.name).consumers:
            message = read(message_of(path), handled)
            assert isinstance(message, Incoming), f"{named(path)}: {message}"
            assert (message.content is not None) == (path.parent.name in handled)
