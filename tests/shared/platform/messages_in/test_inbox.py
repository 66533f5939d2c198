"""The inbox: each fact once, in order per dossier; what can't be handled is kept and holds back its dossier only."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.billing_v1 import DebtSettled
from shared.contracts.envelope import Envelope
from shared.contracts.recovery_v1 import CaseOpened
from shared.contracts.topics import topics
from shared.platform.database.connections import Connection, Database
from shared.platform.messages_in import dead_letters
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.inbox import purge_received
from shared.platform.messages_in.messages import Record
from shared.platform.messages_out.relay import KEEP_DAYS
from shared.platform.people import approvals, audit
from tests.shared.platform.carrying import change, issued_page, new_dossier, page_record, rows
from tests.shared.platform.carrying import record_of as message_of
from tests.shared.platform.receiving import Room, changes, facts, open_room
from tests.support.servers import ServiceDatabase


@pytest.fixture(scope="module")
async def room(
    open_database: Callable[[str], Awaitable[Database]], service_database: Callable[[str], ServiceDatabase]
) -> Room:
    return await open_room(await open_database("recovery"), service_database("recovery").owner_url)


async def test_facts_are_handled_once_however_often_they_come(room: Room) -> None:
    dossier = new_dossier()
    await room.process(*facts(dossier, 1, 2), *facts(dossier, 2, 1))
    await room.process(*facts(dossier, 1, 2, 3))

    assert await room.seen(dossier) == changes(1, 2, 3)
    assert await room.letters(dossier) == []


async def test_facts_that_nobody_handles_count_in_the_order_of_their_dossier(room: Room) -> None:
    dossier = new_dossier()
    settled = DebtSettled(
        dossier=dossier,
        occurred_on=change(dossier, 1).occurred_on,
        quarter="2026Q1",
        settled_by="payment",
        remaining_open_cents=0,
    )
    page = issued_page({dossier: 2}, page=1, partition=dossier_partition(dossier))
    await room.process(message_of(settled, 1), page_record(page), message_of(settled, 1))

    assert await room.seen(dossier) == ["page 1"]
    assert await room.letters(dossier) == []


def dossier_partition(dossier: UUID) -> int:
    from shared.contracts.topics import partition_of

    return partition_of(dossier, "billing.facts.v1")


async def test_a_shuffled_doubled_stream_is_handled_in_order_once(room: Room) -> None:
    dossiers = [new_dossier() for _ in range(4)]
    stream = [record for dossier in dossiers for record in facts(dossier, *range(1, 13))] * 5
    for seed in range(3):
        random.Random(seed).shuffle(stream)  # noqa: S311 - a test, no secret
        for start in range(0, len(stream), 17):
            await room.process(
                *[
                    dataclasses.replace(record, offset=1_000_000 * seed + start + index)
                    for index, record in enumerate(stream[start : start + 17])
                ]
            )

    for dossier in dossiers:
        assert await room.seen(dossier) == changes(*range(1, 13))
        assert await room.letters(dossier) == []


async def test_a_missing_number_parks_the_later_facts_until_it_comes(room: Room) -> None:
    dossier, neighbour = new_dossier(), new_dossier()
    await room.process(*facts(dossier, 1, 3, 4), *facts(neighbour, 1, 2))
    assert await room.seen(dossier) == changes(1)
    assert await room.letters(dossier) == [("gap", 3), ("parked", 4)]
    assert await room.seen(neighbour) == changes(1, 2)

    await room.process(*facts(dossier, 2, 5))

    assert await room.seen(dossier) == changes(1, 2, 3, 4, 5)
    assert await room.letters(dossier) == []


async def test_a_person_can_accept_that_a_number_never_comes(room: Room) -> None:
    dossier = new_dossier()
    await room.process(*facts(dossier, 1, 3, 4))

    await room.consumer.replay(await room.letter(dossier), actor="operator-1")

    assert await room.seen(dossier) == changes(1, 3, 4)
    await room.process(*facts(dossier, 2))
    assert await room.letters(dossier) == [("stale", 2)]
    await room.process(*facts(dossier, 5))
    assert await room.seen(dossier) == changes(1, 3, 4, 5)


async def test_a_failing_fact_holds_back_its_dossier_and_nobody_else(room: Room) -> None:
    dossier, neighbours = new_dossier(), [new_dossier() for _ in range(5)]
    room.broken[dossier] = KeyError("bug")
    await room.process(
        *facts(neighbours[0], 1), *facts(dossier, 1, 2), *(fact for one in neighbours[1:] for fact in facts(one, 1, 2))
    )
    await room.process(*facts(dossier, 3))

    assert await room.seen(dossier) == []
    assert await room.letters(dossier) == [("failed", 1), ("parked", 2), ("parked", 3)]
    assert [await room.seen(one) for one in neighbours] == [changes(1)] + [changes(1, 2)] * 4

    del room.broken[dossier]
    assert await room.consumer.replay(await room.letter(dossier), actor="operator-1") == 3
    assert await room.seen(dossier) == changes(1, 2, 3)
    await room.process(*facts(dossier, 1, 2, 3, 4))
    assert await room.seen(dossier) == changes(1, 2, 3, 4)


async def test_a_replay_that_fails_again_stays_first_in_line(room: Room) -> None:
    dossier = new_dossier()
    room.broken[dossier] = KeyError("bug")
    await room.process(*facts(dossier, 1, 2))
    letter = await room.letter(dossier)

    assert await room.consumer.replay(letter, actor="operator-1") == 0

    found = await rows(room.database, "select attempts, reason from dead_letter where id = %s", letter)
    assert found[0]["attempts"] == 2
    assert found[0]["reason"].startswith("KeyError in receiving.see")
    assert await room.letters(dossier) == [("failed", 1), ("parked", 2)]
    del room.broken[dossier]
    assert await room.consumer.replay(letter, actor="operator-1") == 2
    assert await room.seen(dossier) == changes(1, 2)


async def test_replaying_is_audited_and_asking_twice_does_it_once(room: Room) -> None:
    dossier = new_dossier()
    room.broken[dossier] = KeyError("bug")
    await room.process(*facts(dossier, 1))
    letter = await room.letter(dossier)
    del room.broken[dossier]

    for _ in range(2):
        await room.consumer.replay(letter, actor="operator-1")

    assert await room.seen(dossier) == changes(1)
    async with room.database.transaction() as connection:
        entries = await audit.list_entries(connection, dossier=dossier)
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("operator-1", "deadLetter.replayed"),
        ("operator-1", "deadLetter.replayRequested"),
    ]


async def test_a_passing_failure_is_tried_again_and_leaves_no_letter(room: Room) -> None:
    dossier = new_dossier()
    room.failures_left = 3
    await room.process(*facts(dossier, 1, 2))

    assert await room.seen(dossier) == changes(1, 2)
    assert await room.letters(dossier) == []


async def test_a_failure_that_does_not_pass_ends_as_a_letter_after_a_bounded_number_of_attempts(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.messages_in.consumer.TRANSIENT_ATTEMPTS", 2)
    dossier, neighbour = new_dossier(), new_dossier()
    room.broken[dossier] = psycopg.errors.DeadlockDetected("deadlock detected")
    await room.process(*facts(dossier, 1), *facts(neighbour, 1))

    assert await room.letters(dossier) == [("failed", 1)]
    assert await room.seen(neighbour) == changes(1)


@pytest.mark.parametrize("kind", ["body", "type", "version"])
async def test_poison_with_a_readable_key_holds_back_that_dossier_only(room: Room, kind: str) -> None:
    dossier, neighbour = new_dossier(), new_dossier()
    good = message_of(change(dossier, 1), 1)
    poison = {
        "body": dataclasses.replace(good, body=b"{not json"),
        "type": dataclasses.replace(good, headers=tuple(pair for pair in good.headers if pair[0] != "ce_type")),
        "version": dataclasses.replace(
            good,
            headers=(
                *(pair for pair in good.headers if pair[0] != "ce_type"),
                ("ce_type", b"affiliation.affiliation-category-changed.v9"),
            ),
        ),
    }[kind]
    await room.process(poison, *facts(dossier, 2), *facts(neighbour, 1))

    assert [kind for kind, _ in await room.letters(dossier)] == [
        "unknownVersion" if kind == "version" else "poison",
        "parked",
    ]
    assert await room.seen(neighbour) == changes(1)
    found = await rows(
        room.database,
        "select body, headers, key, reason from dead_letter where dossier = %s order by position",
        dossier,
    )
    assert bytes(found[0]["body"]) == poison.body
    assert bytes(found[0]["key"]) == poison.key
    assert len(found[0]["headers"]) == len(poison.headers)


@pytest.mark.parametrize(
    "header",
    [
        ("ce_type", b"affiliation.\x00.v1"),
        ("no\x00te", b"of a stranger"),
        ("ce_sequence", b"99999999999999999999"),
    ],
)
async def test_poison_that_postgresql_could_not_write_as_text_is_kept_byte_for_byte(
    room: Room, header: tuple[str, bytes]
) -> None:
    dossier, neighbour = new_dossier(), new_dossier()
    good = message_of(change(dossier, 1), 1)
    poison = dataclasses.replace(good, headers=(*(pair for pair in good.headers if pair[0] != header[0]), header))
    await room.process(poison, *facts(dossier, 2), *facts(neighbour, 1))

    assert [kind for kind, _ in await room.letters(dossier)] == ["poison", "parked"]
    assert await room.seen(neighbour) == changes(1)
    found = await rows(room.database, "select * from dead_letter where dossier = %s order by position", dossier)
    kept = dead_letters.record_of(found[0])
    assert (kept.headers, kept.key, kept.body) == (poison.headers, poison.key, poison.body)


async def test_what_was_received_is_forgotten_long_after_kafka_did_and_never_handled_again(room: Room) -> None:
    """Except what an open dead letter is about: a person may still have it handled."""
    dossier, held = new_dossier(), new_dossier()
    await room.process(*facts(dossier, 1, 2), *facts(held, 2))
    assert await room.letters(held) == [("gap", 2)]
    async with room.database.transaction() as connection:
        kept = [change(dossier, 2).event_id(), change(held, 2).event_id()]
        assert await purge_received(connection, older_than_days=KEEP_DAYS) == 0
        assert await purge_received(connection, older_than_days=0) > 0
        cursor = await connection.execute("select event_id from inbox where event_id = any(%s)", (kept,))
        assert [row["event_id"] for row in await cursor.fetchall()] == kept[1:]
    assert max(topic.retention_days for topic in topics()) * 2 < KEEP_DAYS

    await room.process(*facts(dossier, 1, 2))
    assert await room.seen(dossier) == changes(1, 2)
    assert {kind for kind, _ in await room.letters(dossier)} == {"stale"}


async def test_what_can_not_be_kept_as_it_reads_is_kept_as_bytes_and_never_let_go(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = new_dossier()
    poison = dataclasses.replace(message_of(change(dossier, 1), 1), body=b"{not json")
    keep, refused = dead_letters.keep, []

    async def refuses_what_it_reads(connection: Connection, record: Record, **values: Any) -> None:
        if values.get("fact_type") is not None:
            refused.append(values["fact_type"])
            await connection.execute("select %s::text", ("\x00",))
        await keep(connection, record, **values)

    monkeypatch.setattr(dead_letters, "keep", refuses_what_it_reads)
    await room.process(poison)

    assert len(refused) == 2, "with its batch, and alone"
    found = await rows(room.database, "select * from dead_letter where dossier = %s", dossier)
    assert [(row["kind"], row["type"], bytes(row["body"])) for row in found] == [("poison", None, poison.body)]


async def test_a_fact_whose_key_can_not_be_read_is_missed_by_its_dossier(room: Room) -> None:
    dossier = new_dossier()
    lost = dataclasses.replace(message_of(change(dossier, 1), 1), key=None)
    await room.process(lost, *facts(dossier, 2))

    assert await room.seen(dossier) == []
    assert await room.letters(dossier) == [("gap", 2)]


async def test_a_version_that_was_unknown_is_handled_by_the_consumer_that_knows_it(room: Room) -> None:
    dossier = new_dossier()
    older = FactConsumer(
        service="recovery", database=room.database, handlers={AffiliationCategoryChanged: room.on_change}
    )
    record = message_of(change(dossier, 1), 1, type="affiliation.affiliation-category-changed.v2")
    await older.process([record, *facts(dossier, 2)])
    assert await room.letters(dossier) == [("unknownVersion", 1), ("parked", 2)]

    class Newer(AffiliationCategoryChanged):
        type = "affiliation.affiliation-category-changed.v2"

    newer = FactConsumer(
        service="recovery",
        database=room.database,
        handlers={AffiliationCategoryChanged: room.on_change, Newer: room.on_change},
    )
    assert await newer.replay(await room.letter(dossier), actor="operator-1") == 2
    assert await room.seen(dossier) == changes(1, 2)


async def test_a_topic_that_was_made_anew_may_use_the_offsets_of_older_letters(room: Room) -> None:
    older, newer = new_dossier(), new_dossier()
    first = dataclasses.replace(message_of(change(older, 2), 2), partition=0)
    second = dataclasses.replace(message_of(change(newer, 2), 2), partition=0, offset=first.offset)
    await room.process(first, first)
    await room.process(second, second)

    assert (await room.letters(older), await room.letters(newer)) == ([("gap", 2)], [("gap", 2)])


async def test_giving_up_a_message_needs_a_second_person_and_lets_the_dossier_go_on(room: Room) -> None:
    dossier = new_dossier()
    poison = dataclasses.replace(message_of(change(dossier, 1), 1), body=b"{not json")
    await room.process(poison, *facts(dossier, 2, 3))
    letter = await room.letter(dossier)

    with pytest.raises(approvals.ApprovalMissing):
        await discard(room, letter, approve=False)
    await discard(room, letter, approve=True)
    await room.consumer.sweep()

    assert await room.seen(dossier) == changes(2, 3)
    assert await room.letters(dossier) == []


async def test_giving_up_a_message_without_number_lets_the_dossier_go_on(room: Room) -> None:
    dossier = new_dossier()
    await room.process(*facts(dossier, 1))
    unreadable = dataclasses.replace(message_of(change(dossier, 2), 2), headers=())
    await room.process(unreadable, *facts(dossier, 3, 4))
    assert await room.letters(dossier) == [("poison", None), ("parked", 3), ("parked", 4)]

    await discard(room, await room.letter(dossier), approve=True)
    await room.consumer.sweep()

    assert await room.seen(dossier) == changes(1, 3, 4)


async def discard(room: Room, letter: UUID, *, approve: bool) -> None:
    async with room.database.transaction() as connection:
        approval = await dead_letters.request_discard(connection, dead_letter_id=letter, actor="operator-1")
        if approve:
            await approvals.decide_approval(
                connection, approval_id=approval, decided_by="lead-1", decision="approved", reason="unreadable"
            )
        await dead_letters.discard_dead_letter(connection, dead_letter_id=letter, actor="operator-1")


async def test_of_two_copies_of_a_fact_that_could_not_be_read_one_is_handled(room: Room) -> None:
    dossier = new_dossier()
    record = message_of(change(dossier, 1), 1, type="affiliation.affiliation-category-changed.v3")
    copies = [record, dataclasses.replace(record, offset=record.offset + 500_000)]
    await room.process(*copies)
    assert await room.letters(dossier) == [("unknownVersion", 1)]

    class Newer(AffiliationCategoryChanged):
        type = "affiliation.affiliation-category-changed.v3"

    newer = FactConsumer(service="recovery", database=room.database, handlers={Newer: room.on_change})
    await newer.replay(await room.letter(dossier), actor="operator-1")
    assert await room.seen(dossier) == changes(1)


async def test_what_a_handler_publishes_is_caused_by_the_fact_it_handles(room: Room) -> None:
    from shared.platform.messages_out import outbox

    dossier, correlation = new_dossier(), uuid4()
    fact = change(dossier, 1)

    async def answer(connection: Connection, told: AffiliationCategoryChanged, _envelope: Envelope) -> None:
        await outbox.publish(
            connection, CaseOpened(dossier=told.dossier, occurred_on=told.occurred_on, case_id=uuid4())
        )

    consumer = FactConsumer(service="recovery", database=room.database, handlers={AffiliationCategoryChanged: answer})
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    told = message_of(fact, 1, correlation_id=correlation, traceparent=traceparent)
    await consumer.process([told])

    found = await rows(
        room.database, "select correlation_id, causation_id, traceparent from outbox where dossier = %s", dossier
    )
    assert (found[0]["correlation_id"], found[0]["causation_id"]) == (correlation, fact.event_id())
    assert found[0]["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
