"""The outbox: facts commit with what they tell, once each, numbered per dossier without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from shared.contracts.envelope import Fact
from shared.platform.database.connections import Database
from shared.platform.messages_out import outbox
from shared.platform.messages_out.relay import KEEP_IDS_DAYS
from shared.platform.observation.correlation import correlated
from tests.shared.platform.carrying import change, dossier_of_partition, issued_page, new_dossier, rows


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("affiliation")


async def numbers(database: Database, dossier: UUID) -> list[int]:
    found = await rows(database, "select sequence from outbox where dossier = %s order by id", dossier)
    return [row["sequence"] for row in found]


async def test_the_same_fact_told_twice_is_one_row_and_takes_one_number(database: Database) -> None:
    dossier = new_dossier()
    for number in (1, 1, 2, 1, 2, 3):
        async with database.transaction() as connection:
            await outbox.publish(connection, change(dossier, number))

    assert await numbers(database, dossier) == [1, 2, 3]


async def test_a_fact_disappears_with_its_transaction_and_leaves_no_gap(database: Database) -> None:
    dossier = new_dossier()

    async def tell(number: int, *, fails: bool) -> None:
        async with database.transaction() as connection:
            await outbox.publish(connection, change(dossier, number))
            if fails:
                raise RuntimeError("the effect failed")

    await tell(1, fails=False)
    with pytest.raises(RuntimeError):
        await tell(2, fails=True)
    await tell(3, fails=False)

    assert await numbers(database, dossier) == [1, 2]


async def test_tellers_at_the_same_time_get_numbers_in_the_order_they_commit(database: Database) -> None:
    dossier = new_dossier()

    async def tell(number: int) -> None:
        async with database.transaction() as connection:
            await outbox.publish(connection, change(dossier, number % 20))

    await asyncio.gather(*(tell(number) for number in range(40)))

    assert await numbers(database, dossier) == list(range(1, 21))


async def test_a_row_is_never_visible_before_an_earlier_row_of_its_dossier(database: Database) -> None:
    """A transaction that began first but tells second must not be seen first."""
    dossier = new_dossier()
    async with database.transaction() as older:
        await older.execute("select pg_current_xact_id()")
        async with database.transaction() as younger:
            await outbox.publish(younger, change(dossier, 1))
        await outbox.publish(older, change(dossier, 2))
        assert await numbers(database, dossier) == [1]

    found = await rows(database, "select sequence from outbox where dossier = %s order by id", dossier)
    assert [row["sequence"] for row in found] == [1, 2]


async def test_many_facts_of_many_dossiers_in_one_call_keep_their_order(database: Database) -> None:
    first, second = new_dossier(), new_dossier()
    facts = [change(dossier, number) for number in range(30) for dossier in (second, first)]

    async with database.transaction() as connection:
        await outbox.publish_many(connection, facts)

    for dossier in (first, second):
        found = await rows(database, "select event_id from outbox where dossier = %s order by sequence", dossier)
        assert [row["event_id"] for row in found] == [fact.event_id() for fact in facts if fact.dossier == dossier]


async def test_callers_with_the_same_dossiers_in_another_order_do_not_block_each_other(database: Database) -> None:
    dossiers = [new_dossier() for _ in range(40)]

    async def tell(order: list[UUID], number: int) -> None:
        async with database.transaction() as connection:
            await outbox.publish_many(connection, [change(dossier, number) for dossier in order])

    await asyncio.gather(*(tell(dossiers[:: (-1) ** number], number) for number in range(10)))

    assert all([len(await numbers(database, dossier)) == 10 for dossier in dossiers])


async def test_a_page_and_single_facts_share_the_numbers_of_a_dossier(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("billing")
    dossiers = [dossier_of_partition(2) for _ in range(3)]
    async with database.transaction() as connection:
        assert await outbox.reserve_sequences(connection, dossiers) == dict.fromkeys(dossiers, 1)
    async with database.transaction() as connection:
        sequences = await outbox.reserve_sequences(connection, dossiers[:2])
        await outbox.publish_page(connection, issued_page(sequences, partition=2))

    assert sequences == dict.fromkeys(dossiers[:2], 2)


async def test_a_page_told_again_gives_its_numbers_back(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("billing")
    dossiers = [dossier_of_partition(1) for _ in range(3)]
    for _ in range(3):
        async with database.transaction() as connection:
            sequences = await outbox.reserve_sequences(connection, dossiers)
            await outbox.publish_page(connection, issued_page(sequences, page=7, partition=1))

    found = await rows(database, "select last from outbox_sequence where dossier = any(%s)", dossiers)
    assert [row["last"] for row in found] == [1, 1, 1]


async def test_a_page_may_not_be_told_again_when_its_numbers_were_overtaken(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("billing")
    dossier = dossier_of_partition(3)
    async with database.transaction() as connection:
        sequences = await outbox.reserve_sequences(connection, [dossier])
        await outbox.publish_page(connection, issued_page(sequences, page=8, partition=3))

    async with database.transaction() as connection:
        sequences = await outbox.reserve_sequences(connection, [dossier])
        await outbox.reserve_sequences(connection, [dossier])
        with pytest.raises(outbox.SequencesMoved):
            await outbox.publish_page(connection, issued_page(sequences, page=8, partition=3))


async def test_a_page_with_a_dossier_of_another_partition_is_refused(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("billing")
    dossier = dossier_of_partition(4)
    async with database.transaction() as connection:
        with pytest.raises(ValueError, match="does not belong to partition 5"):
            await outbox.publish_page(connection, issued_page({dossier: 1}, page=9, partition=5))


async def test_a_dossier_is_named_once_in_a_page(database: Database) -> None:
    dossier = new_dossier()
    async with database.transaction() as connection:
        with pytest.raises(ValueError, match="once"):
            await outbox.reserve_sequences(connection, [dossier, dossier])


async def test_a_service_tells_its_own_facts_only(open_database: Callable[[str], Awaitable[Database]]) -> None:
    database = await open_database("billing")
    async with database.transaction() as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="outbox_source"):
            await outbox.publish(connection, change(new_dossier(), 1))
        await connection.rollback()


class Essay(Fact):
    """A fact that is too long for Kafka."""

    type: ClassVar[str] = "affiliation.essay.v1"
    text: str

    def business_key(self) -> str:
        return str(self.dossier)


async def test_a_fact_kafka_would_refuse_fails_where_it_is_told(database: Database) -> None:
    essay = Essay(dossier=new_dossier(), occurred_on=date(2026, 1, 1), text="a" * outbox.LARGEST_BODY_BYTES)
    async with database.transaction() as connection:
        with pytest.raises(outbox.BodyTooLarge, match=r"affiliation\.essay\.v1"):
            await outbox.publish(connection, essay)


async def test_a_purged_fact_is_still_never_told_again(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("affiliation")
    dossier = new_dossier()
    async with database.transaction() as connection:
        await outbox.publish(connection, change(dossier, 1))
        await outbox.publish(connection, change(dossier, 2))
        await connection.execute(
            "update outbox set published_at = now() - interval '100 days' where sequence = 1 and dossier = %s",
            (dossier,),
        )
    async with database.transaction() as connection:
        assert await outbox.purge_published(connection, older_than_days=90) == 1
    async with database.transaction() as connection:
        await outbox.publish(connection, change(dossier, 1))
        await outbox.publish(connection, change(dossier, 3))

    assert await numbers(database, dossier) == [2, 3]


async def test_a_purge_deletes_a_batch_and_leaves_the_rest_to_the_next(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("affiliation")
    dossier = new_dossier()
    async with database.transaction() as connection:
        for number in range(1, 6):
            await outbox.publish(connection, change(dossier, number))
        await connection.execute(
            "update outbox set published_at = now() - interval '4000 days' where dossier = %s", (dossier,)
        )
        counts = [await outbox.purge_published(connection, older_than_days=3900, at_most=2) for _ in range(4)]
    assert counts == [2, 2, 1, 0]


async def test_ids_of_purged_facts_are_kept_as_long_as_a_procedure_can_be_open(
    open_database: Callable[[str], Awaitable[Database]],
) -> None:
    database = await open_database("affiliation")
    old, young = uuid4(), uuid4()
    async with database.transaction() as connection:
        await connection.execute(
            "insert into outbox_purged (event_id, purged_at) values (%s, now() - interval '3700 days'), "
            "(%s, now() - interval '3600 days')",
            (old, young),
        )
        assert await outbox.forget_purged(connection, older_than_days=KEEP_IDS_DAYS) == 1
    left = await rows(database, "select event_id from outbox_purged where event_id = any(%s)", [old, young])
    assert left == [{"event_id": young}]


async def test_a_fact_carries_trace_correlation_and_cause(database: Database) -> None:
    dossier, correlation, cause = new_dossier(), uuid4(), uuid4()
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("request") as span:
        async with database.transaction() as connection:
            await outbox.publish(connection, change(dossier, 1))
            with correlated(correlation, causation_id=cause):
                await outbox.publish(connection, change(dossier, 2))

    first, second = await rows(
        database,
        "select correlation_id, causation_id, traceparent from outbox where dossier = %s order by id",
        dossier,
    )
    trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    assert (first["correlation_id"].hex, first["causation_id"]) == (trace_id, None)
    assert (second["correlation_id"], second["causation_id"]) == (correlation, cause)
    assert first["traceparent"].split("-")[1] == trace_id
