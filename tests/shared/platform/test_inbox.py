"""The inbox: each fact once, in order per dossier; what can't be handled is kept and holds back its dossier only."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.billing_v1 import ContributionsIssued, DebtSettled
from shared.contracts.envelope import Envelope
from shared.contracts.recovery_v1 import CaseOpened
from shared.platform import approvals, audit, dead_letters
from shared.platform.consumer import FactConsumer
from shared.platform.database import Connection, Database
from shared.platform.messages import Record
from tests.shared.platform.carrying import change, dossier_of_partition, issued_page, new_dossier, page_record, rows
from tests.shared.platform.carrying import record_of as message_of


class Room:
    """A consumer whose handlers write what they saw, and fail for the dossiers they are told to fail for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.broken: dict[UUID, Exception] = {}
        self.failures_left = 0
        self.consumer = FactConsumer(
            service="recovery",
            database=database,
            handlers={AffiliationCategoryChanged: self.on_change, ContributionsIssued: self.on_page},
        )

    async def on_change(self, connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope) -> None:
        await self.see(connection, fact.dossier, f"change {(fact.applies_from).timetuple().tm_yday - 1}")

    async def on_page(self, connection: Connection, page: ContributionsIssued, _envelope: Envelope) -> None:
        for item in page.items:
            await self.see(connection, item.dossier, f"page {page.page}")

    async def see(self, connection: Connection, dossier: UUID, what: str) -> None:
        await connection.execute("insert into seen (dossier, what) values (%s, %s)", (dossier, what))
        if dossier in self.broken:
            raise self.broken[dossier]
        if self.failures_left:
            self.failures_left -= 1
            raise psycopg.errors.SerializationFailure("could not serialize")

    async def process(self, *records: Record) -> None:
        await self.consumer.process(records)

    async def seen(self, dossier: UUID) -> list[str]:
        found = await rows(self.database, "select what from seen where dossier = %s order by id", dossier)
        return [row["what"] for row in found]

    async def letters(self, dossier: UUID) -> list[tuple[str, int | None]]:
        found = await rows(
            self.database,
            "select kind, sequence from dead_letter where dossier = %s and resolved_at is null order by position",
            dossier,
        )
        return [(row["kind"], row["sequence"]) for row in found]

    async def letter(self, dossier: UUID) -> UUID:
        found = await rows(
            self.database,
            "select id from dead_letter where dossier = %s and resolved_at is null order by position limit 1",
            dossier,
        )
        return UUID(str(found[0]["id"]))


@pytest.fixture(scope="module")
async def room(open_database: Callable[[str], Awaitable[Database]], service_database: Callable[[str], object]) -> Room:
    database = await open_database("recovery")
    owner = await Database.open(service_database("recovery").owner_url, application_name="test", max_size=2)  # type: ignore[attr-defined]
    async with owner.transaction() as connection:
        await connection.execute(
            "create table seen (id bigint generated always as identity, dossier uuid not null, what text not null)"
        )
        await connection.execute("select auxilia_grant('seen', 'select, insert')")
    await owner.close()
    return Room(database)


def facts(dossier: UUID, *numbers: int) -> list[Record]:
    return [message_of(change(dossier, number), number) for number in numbers]


def changes(*numbers: int) -> list[str]:
    return [f"change {number}" for number in numbers]


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
    assert found[0]["reason"].startswith("KeyError in test_inbox.see")
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
    monkeypatch.setattr("shared.platform.consumer.TRANSIENT_ATTEMPTS", 2)
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


async def page_of(dossiers: Sequence[UUID], *, page: int, number: int) -> Record:
    return page_record(issued_page(dict.fromkeys(dossiers, number), page=page, partition=0))


async def test_a_page_is_one_fact_for_each_of_its_dossiers(room: Room) -> None:
    dossiers = [dossier_of_partition(0) for _ in range(3)]
    page = await page_of(dossiers, page=10, number=1)
    await room.process(page, page)
    await room.process(page, await page_of(dossiers[:2], page=11, number=2))

    assert [await room.seen(one) for one in dossiers] == [["page 10", "page 11"]] * 2 + [["page 10"]]


async def test_a_page_goes_on_without_the_dossiers_that_wait(room: Room) -> None:
    dossiers = [dossier_of_partition(0) for _ in range(4)]
    waiting = dossiers[1]
    await room.process(await page_of([waiting], page=20, number=2))
    assert await room.letters(waiting) == [("gap", 2)]
    await room.process(await page_of(dossiers, page=21, number=3), await page_of(dossiers, page=21, number=3))
    assert await room.seen(waiting) == []

    for dossier in (dossiers[0], *dossiers[2:]):
        assert await room.letters(dossier) == [("gap", 3)]
    await room.process(await page_of(dossiers, page=22, number=1))
    assert await room.seen(waiting) == ["page 22", "page 20", "page 21"]
    assert await room.letters(waiting) == []
    assert await room.letters(dossiers[0]) == [("gap", 3)]


async def test_a_page_that_fails_for_one_dossier_is_done_for_the_others(room: Room) -> None:
    dossiers = [dossier_of_partition(0) for _ in range(4)]
    room.broken[dossiers[2]] = KeyError("bug")
    page = await page_of(dossiers, page=30, number=1)
    await room.process(page)
    await room.process(page)

    assert [await room.seen(one) for one in dossiers] == [["page 30"], ["page 30"], [], ["page 30"]]
    assert await room.letters(dossiers[2]) == [("failed", 1)]

    del room.broken[dossiers[2]]
    assert await room.consumer.replay(await room.letter(dossiers[2]), actor="operator-1") == 1
    assert [await room.seen(one) for one in dossiers] == [["page 30"]] * 4


async def test_a_failing_page_interrupted_halfway_is_finished_without_doing_anything_twice(room: Room) -> None:
    dossiers = [dossier_of_partition(0) for _ in range(4)]
    room.broken[dossiers[3]] = KeyError("bug")
    page = await page_of(dossiers, page=40, number=1)
    message = room.consumer._inbox
    from shared.platform.messages import Incoming, read

    incoming = read(page, message.classes)
    assert isinstance(incoming, Incoming)
    for item in (0, 1):  # the process was killed after these
        async with room.database.transaction() as connection:
            await message.apply_item(connection, incoming, item)

    await room.process(page)

    assert [await room.seen(one) for one in dossiers] == [["page 40"]] * 3 + [[]]
    assert await room.letters(dossiers[3]) == [("failed", 1)]


async def test_a_page_that_can_not_be_read_is_missed_by_its_dossiers_and_replayed_in_order(room: Room) -> None:
    dossiers = [dossier_of_partition(0) for _ in range(3)]
    await room.process(await page_of(dossiers[:1], page=50, number=1))
    older = FactConsumer(service="recovery", database=room.database, handlers={ContributionsIssued: room.on_page})

    class Stricter(ContributionsIssued):
        nobody_sends: int

    older._inbox.classes = {ContributionsIssued.type: Stricter}  # a reader that does not know the contract well enough
    await older.process([page_record(issued_page({dossiers[0]: 2, dossiers[1]: 1, dossiers[2]: 2}, page=51))])
    await room.process(await page_of(dossiers[1:], page=52, number=2))
    assert [await room.seen(one) for one in dossiers] == [["page 50"], [], []]
    found = await rows(
        room.database,
        "select id from dead_letter where kind = 'poison' and dossier is null and type = %s and resolved_at is null",
        ContributionsIssued.type,
    )

    await room.consumer.replay(found[0]["id"], actor="operator-1")

    assert [await room.seen(one) for one in dossiers] == [["page 50", "page 51"], ["page 51", "page 52"], []]
    assert await room.letters(dossiers[2]) == [("gap", 2), ("parked", 2)]


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
    from shared.platform import outbox

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
