"""The topics facts travel on, and which partition of a topic a dossier belongs to.

``topics.yaml`` is the list an operator reads; this module gives it to programs. A type of fact names its topic by
itself: ``billing.debt-overdue.v1`` travels on ``billing.facts.v1``.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import yaml

from shared.contracts import affiliation_v1, benefits_v1, billing_v1, recovery_v1
from shared.contracts.envelope import Fact, FactPage

#: A class of facts, told one by one or in pages.
FactClass = type[Fact] | type[FactPage]

_MODULES: Final = (affiliation_v1, billing_v1, recovery_v1, benefits_v1)
_FILE: Final = Path(__file__).with_name("topics.yaml")


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic as ``topics.yaml`` describes it."""

    name: str
    producer: str
    consumers: tuple[str, ...]
    partitions: int
    retention_days: int


@cache
def topics() -> tuple[Topic, ...]:
    """Return every topic of the system, in the order of the file."""
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(Topic(**{**entry, "consumers": tuple(entry["consumers"])}) for entry in content["topics"])


def topic_named(name: str) -> Topic:
    """Return the topic of that name.

    Raises:
        KeyError: ``topics.yaml`` knows no such topic.
    """
    for topic in topics():
        if topic.name == name:
            return topic
    raise KeyError(f"{name}: no such topic in topics.yaml")


def topic_of(fact_type: str) -> Topic:
    """Return the topic on which facts of a type travel: its service and major version.

    Raises:
        KeyError: the type names a service or version without topic.
    """
    service, _, rest = fact_type.partition(".")
    return topic_named(f"{service}.facts.{rest.rpartition('.')[2]}")


def topics_read_by(service: str) -> tuple[Topic, ...]:
    """Return the topics a service consumes."""
    return tuple(topic for topic in topics() if service in topic.consumers)


def partition_of(dossier: UUID, topic: str) -> int:
    """Return the partition of a topic all facts of a dossier travel on.

    The checksum is CRC-32 of the UUID's sixteen bytes: stable over languages, versions and machines, which a client
    library's own partitioner is not. Pages of bulk facts are made per partition with this function.
    """
    return zlib.crc32(dossier.bytes) % topic_named(topic).partitions


@cache
def fact_classes() -> dict[str, FactClass]:
    """Return every class of facts by its type, over all services."""
    classes: dict[str, FactClass] = {}
    for module in _MODULES:
        for member in vars(module).values():
            if isinstance(member, type) and issubclass(member, Fact | FactPage) and "type" in vars(member):
                classes[member.type] = member
    return classes


def facts_told_by(service: str) -> dict[str, FactClass]:
    """Return the classes of facts one service tells, by type."""
    return {name: fact for name, fact in fact_classes().items() if name.startswith(f"{service}.")}


def family_of(fact_type: str) -> str:
    """Return a type without its major version: ``billing.debt-overdue`` of ``billing.debt-overdue.v1``."""
    return fact_type.rpartition(".")[0]
