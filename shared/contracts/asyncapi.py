"""The AsyncAPI 3.0 document of each service: what it tells and what it hears, made from contracts and topics.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from shared.contracts.envelope import FactPage
from shared.contracts.schemas import shared_schemas
from shared.contracts.topics import FactClass, Topic, facts_told_by, topics, topics_read_by

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs/asyncapi"

_DAY_MILLISECONDS: Final = 86_400_000
_UUID: Final = {"type": "string", "format": "uuid"}
_HEADERS: Final = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_correlationid"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**_UUID, "description": "The same each time the same fact is told."},
        "ce_type": {"type": "string", "description": "Type and major version of the fact."},
        "ce_source": {"type": "string", "description": "urn:auxilia: and the name of the service that tells it."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it was written down."},
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Number among the facts this service told of the dossier, without gaps; absent on pages.",
        },
        "ce_correlationid": {**_UUID, "description": "What belongs together."},
        "ce_causationid": {**_UUID, "description": "The fact that caused this one."},
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "content-type": {"type": "string", "const": "application/json"},
    },
}


def producers() -> list[str]:
    """Return the services that tell facts, in the order of topics.yaml."""
    return list(dict.fromkeys(topic.producer for topic in topics()))


def document_of(service: str) -> dict[str, Any]:
    """Return the AsyncAPI document of one service."""
    told = [topic for topic in topics() if topic.producer == service]
    heard = list(topics_read_by(service))
    facts: dict[str, FactClass] = {}
    for topic in (*told, *heard):
        facts.update(facts_told_by(topic.producer))
    schemas = shared_schemas(facts, reference="#/components/schemas/{model}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Facts of {service}",
            "version": "1.0.0",
            "description": (
                f"What {service} tells and hears on Kafka. Messages are CloudEvents 1.0 in binary mode: attributes in "
                "headers, the fact as JSON in the body. Order holds per dossier."
            ),
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
        },
        "defaultContentType": "application/json",
        "channels": {_channel_name(topic): _channel(topic) for topic in (*told, *heard)},
        "operations": {
            **{f"tell{_capital(topic.producer)}Facts": _operation("send", topic) for topic in told},
            **{f"hear{_capital(topic.producer)}Facts": _operation("receive", topic) for topic in heard},
        },
        "components": {
            "messages": {fact.__name__: _message(fact) for fact in facts.values()},
            "schemas": {"Envelope": _HEADERS, **schemas},
        },
    }


def expected_files() -> dict[Path, str]:
    """Return every AsyncAPI document as it must be."""
    return {
        FOLDER / f"{service}.yaml": yaml.safe_dump(document_of(service), sort_keys=False, allow_unicode=True, width=120)
        for service in producers()
    }


def _channel_name(topic: Topic) -> str:
    return f"{topic.producer}Facts"


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"Told by {topic.producer}, heard by {', '.join(topic.consumers)}.",
        "messages": {
            fact.__name__: {"$ref": f"#/components/messages/{fact.__name__}"}
            for fact in facts_told_by(topic.producer).values()
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_days * _DAY_MILLISECONDS,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(action: str, topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{_channel_name(topic)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [
            {"$ref": f"{channel}/messages/{fact.__name__}"} for fact in facts_told_by(topic.producer).values()
        ],
    }


def _message(fact: FactClass) -> dict[str, Any]:
    is_page = issubclass(fact, FactPage)
    key = (
        {"type": "string", "const": "page", "description": "A page of dossiers of one partition."}
        if is_page
        else {**_UUID, "description": "The dossier."}
    )
    return {
        "name": fact.type,
        "title": fact.__name__,
        "summary": (fact.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "payload": {"$ref": f"#/components/schemas/{fact.__name__}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
