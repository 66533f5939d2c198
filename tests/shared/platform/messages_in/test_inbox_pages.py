"""Pages in the inbox: one message, but an order and a fate for each of its dossiers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import pytest

from shared.contracts.billing_v1 import ContributionsIssued
from shared.platform.database.connections import Database
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.messages import Record
from tests.shared.platform.carrying import dossier_of_partition, issued_page, page_record, rows
from tests.shared.platform.receiving import Room, open_room
from tests.support.servers import ServiceDatabase


@pytest.fixture(scope="module")
async def room(
    open_database: Callable[[str], Awaitable[Database]], service_database: Callable[[str], ServiceDatabase]
) -> Room:
    return await open_room(await open_database("recovery"), service_database("recovery").owner_url)


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
    from shared.platform.messages_in.messages import Incoming, read

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
