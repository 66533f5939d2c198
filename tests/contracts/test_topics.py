"""Topics and partitions: what may never change without moving dossiers."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from shared.contracts.topics import (
    fact_classes,
    facts_told_by,
    family_of,
    partition_of,
    topic_named,
    topic_of,
    topics,
    topics_read_by,
)


@pytest.mark.parametrize(
    ("dossier", "partition"),
    [
        ("00000000-0000-0000-0000-000000000000", 1),
        ("01961f3a-7c00-7a3b-9c1d-2f4e6a8b0c11", 3),
        ("0196be11-0000-7000-8000-000000000006", 4),
        ("0196be11-0000-7000-8000-000000000014", 4),
        ("0196be11-0000-7000-8000-000000000000", 1),
    ],
)
def test_the_partition_of_a_dossier_never_changes(dossier: str, partition: int) -> None:
    """Expectations computed with other implementations of CRC-32."""
    assert partition_of(UUID(dossier), "billing.facts.v1") == partition


def test_dossiers_are_spread_evenly() -> None:
    spread = Counter(
        partition_of(UUID(int=(0x0196 << 112) + number * 7919), "billing.facts.v1") for number in range(6000)
    )

    assert set(spread) == set(range(6))
    assert all(850 < count < 1150 for count in spread.values())


def test_a_type_of_fact_names_its_topic() -> None:
    assert topic_of("billing.debt-overdue.v1").name == "billing.facts.v1"
    assert family_of("billing.debt-overdue.v1") == "billing.debt-overdue"


@pytest.mark.parametrize("fact_type", ["billing.debt-overdue.v2", "pensions.granted.v1", "billing"])
def test_a_type_without_topic_is_refused_by_name(fact_type: str) -> None:
    with pytest.raises(KeyError, match=r"no such topic in topics\.yaml"):
        topic_of(fact_type)


def test_every_fact_has_a_topic_of_its_producer() -> None:
    for fact_type in fact_classes():
        assert topic_of(fact_type).producer == fact_type.partition(".")[0]


def test_every_topic_carries_facts_and_nobody_reads_its_own() -> None:
    for topic in topics():
        assert facts_told_by(topic.producer)
        assert topic.producer not in topic.consumers
        assert topic.retention_days >= 7


def test_a_service_reads_the_topics_that_name_it() -> None:
    assert [topic.name for topic in topics_read_by("recovery")] == [
        "affiliation.facts.v1",
        "billing.facts.v1",
        "benefits.facts.v1",
    ]
    assert topic_named("recovery.facts.v1").partitions == 6
