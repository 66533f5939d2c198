"""AsyncAPI documents: kept as generated, whole in themselves, and true to topics and contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml

from shared.contracts import asyncapi
from shared.contracts.topics import fact_classes, topics
from tests.contracts.test_examples import EXAMPLES, content_of

SERVICES = asyncapi.producers()


def kept(service: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((asyncapi.FOLDER / f"{service}.yaml").read_text(encoding="utf-8"))
    return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_kept_document_is_the_generated_one(service: str) -> None:
    assert kept(service) == asyncapi.document_of(service), "run: python -m shared.contracts.generate"


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_asyncapi_3_and_refers_to_nothing_outside(service: str) -> None:
    document = kept(service)

    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for reference in references(document):
        assert reference.startswith("#/")
        assert resolve(document, reference)


@pytest.mark.parametrize("service", SERVICES)
def test_operations_send_on_the_own_topic_and_receive_what_topics_say(service: str) -> None:
    document = kept(service)
    addresses = {
        action: {
            resolve(document, operation["channel"]["$ref"])["address"]
            for operation in document["operations"].values()
            if operation["action"] == action
        }
        for action in ("send", "receive")
    }

    assert addresses["send"] == {topic.name for topic in topics() if topic.producer == service}
    assert addresses["receive"] == {topic.name for topic in topics() if service in topic.consumers}
    for operation in document["operations"].values():
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_together_the_documents_tell_every_fact() -> None:
    told = {message["name"] for service in SERVICES for message in kept(service)["components"]["messages"].values()}

    assert told == set(fact_classes())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_document_describes_headers_and_body_of_the_examples(path: Any) -> None:
    content, document = content_of(path), kept(path.parent.name.partition(".")[0])
    message = next(one for one in document["components"]["messages"].values() if one["name"] == path.parent.name)

    for part, schema in ((content["headers"], message["headers"]), (content["body"], message["payload"])):
        whole = {**schema, "components": document["components"]}
        jsonschema_rs.validator_for(whole, validate_formats=True).validate(part)
