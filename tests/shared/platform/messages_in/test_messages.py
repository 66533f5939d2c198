"""Reading messages: what is accepted, what is poison, and that reasons hold no values."""

from __future__ import annotations

import dataclasses
from uuid import uuid4

import pytest

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.billing_v1 import ContributionsIssued
from shared.contracts.topics import FactClass
from shared.platform.messages_in.messages import Incoming, Record, Unreadable, explain_failure, read
from tests.shared.platform.carrying import (
    change,
    dossier_of_partition,
    issued_page,
    new_dossier,
    page_record,
    record_of,
)

HANDLED: dict[str, FactClass] = {
    AffiliationCategoryChanged.type: AffiliationCategoryChanged,
    ContributionsIssued.type: ContributionsIssued,
}
CANARY = "93051822361"


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    headers = [pair for pair in record.headers if pair[0] != name]
    return dataclasses.replace(record, headers=(*headers, *([] if value is None else [(name, value)])))


def test_a_fact_is_read_with_its_envelope() -> None:
    fact = change(new_dossier(), 1)

    message = read(record_of(fact, 4), HANDLED)

    assert isinstance(message, Incoming)
    assert (message.content, message.items, message.envelope.event_id) == (fact, ((fact.dossier, 4),), fact.event_id())


def test_a_page_is_read_with_the_number_of_each_dossier() -> None:
    numbers = {dossier_of_partition(2): 3, dossier_of_partition(2): 9}

    message = read(page_record(issued_page(numbers, partition=2)), HANDLED)

    assert isinstance(message, Incoming)
    assert message.items == tuple(numbers.items())


def test_of_a_fact_nobody_here_handles_only_the_number_is_read() -> None:
    fact = change(new_dossier(), 1)

    message = read(record_of(fact, 4, body=b"\xff"), {})

    assert isinstance(message, Incoming)
    assert (message.content, message.items) == (None, ((fact.dossier, 4),))


def test_of_a_page_nobody_here_handles_the_numbers_are_read() -> None:
    numbers = {dossier_of_partition(2): 3}

    message = read(page_record(issued_page(numbers, partition=2)), {})

    assert isinstance(message, Incoming)
    assert (message.content, message.items) == (None, tuple(numbers.items()))


def test_a_version_nobody_here_knows_of_a_fact_that_is_handled_is_kept_for_later() -> None:
    fact = change(new_dossier(), 1)
    record = with_header(record_of(fact, 1), "ce_type", b"affiliation.affiliation-category-changed.v2")

    message = read(record, HANDLED)

    assert isinstance(message, Unreadable)
    assert (message.kind, message.dossier) == ("unknownVersion", fact.dossier)
    assert message.reason == (
        "ce_type: affiliation.affiliation-category-changed.v2 is a version this consumer does not know"
    )


GOOD = record_of(change(new_dossier(), 1), 1)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (dataclasses.replace(GOOD, key=None), "key: absent"),
        (dataclasses.replace(GOOD, body=None), "body: absent"),
        (dataclasses.replace(GOOD, key=CANARY.encode()), "key: is no dossier"),
        (dataclasses.replace(GOOD, key=str(uuid4()).encode()), "key: differs from the dossier in the body"),
        (dataclasses.replace(GOOD, body=b"{'" + CANARY.encode()), "body: json_invalid"),
        (dataclasses.replace(GOOD, body=b"[]"), "body: model_type"),
        (dataclasses.replace(GOOD, body=b"\xff\xfe"), "body: json_invalid"),
        (
            dataclasses.replace(GOOD, body=(GOOD.body or b"").replace(b'"main"', f'"{CANARY}"'.encode())),
            "category: enum",
        ),
        (dataclasses.replace(GOOD, headers=()), "ce_specversion: must be 1.0"),
        (with_header(GOOD, "ce_specversion", b"0.3"), "ce_specversion: must be 1.0"),
        (with_header(GOOD, "ce_id", None), "ce_id: required CloudEvents attribute is absent"),
        (with_header(GOOD, "ce_id", CANARY.encode()), "event_id: uuid_parsing"),
        (with_header(GOOD, "ce_sequence", b"0"), "sequence: greater_than_equal"),
        (with_header(GOOD, "ce_time", b"yesterday"), "occurred_at: datetime_from_date_parsing"),
        (with_header(GOOD, "note", b"\xff\xfe"), "headers: not UTF-8"),
        (with_header(GOOD, "ce_type", b"affiliation.\x00.v1"), "headers: hold a NUL character"),
        (with_header(GOOD, "no\x00te", b"x"), "headers: hold a NUL character"),
        (with_header(GOOD, "ce_sequence", b"9223372036854775808"), "ce_sequence: larger than a number can be"),
        (
            with_header(GOOD, "ce_source", b"urn:auxilia:billing"),
            "ce_source: must be urn:auxilia:affiliation on affiliation.facts.v1",
        ),
    ],
)
def test_poison_is_told_by_field_and_rule_without_its_values(record: Record, reason: str) -> None:
    message = read(record, HANDLED)

    assert isinstance(message, Unreadable)
    assert (message.kind, message.reason) == ("poison", reason)
    assert CANARY not in message.reason


def test_a_page_on_another_partition_than_it_says_is_poison() -> None:
    record = dataclasses.replace(page_record(issued_page({dossier_of_partition(2): 1}, partition=2)), partition=3)

    message = read(record, HANDLED)

    assert isinstance(message, Unreadable)
    assert message.reason == "partition: differs from the partition the page came on"


def test_a_failure_is_told_by_kind_and_place_without_its_text() -> None:
    with pytest.raises(ValueError, match=CANARY) as raised:
        uuid_of(CANARY)

    assert explain_failure(raised.value).startswith("ValueError in test_messages.uuid_of line")
    assert CANARY not in explain_failure(raised.value)


def uuid_of(text: str) -> None:
    raise ValueError(f"{text} is no dossier")
