"""The consumer on a real Kafka: acknowledged only when the database holds the outcome; killed, cut off or poisoned."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import pytest

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.platform.database.connections import Database
from shared.platform.messages_in import kafka_admin
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.messages import Record
from shared.platform.messages_out import outbox
from shared.platform.messages_out.relay import Relay
from tests.shared.platform.carrying import (
    StillClock,
    change,
    new_dossier,
    record_of,
    rows,
    running,
    send_raw,
    until,
)
from tests.shared.platform.killed_consumer import see
from tests.support.processes import exit_code_of
from tests.support.servers import ServiceDatabase


@pytest.fixture(scope="module")
async def database(
    open_database: Callable[[str], Awaitable[Database]], service_database: Callable[[str], ServiceDatabase]
) -> Database:
    owner = await Database.open(service_database("recovery").owner_url, application_name="test", max_size=2)
    async with owner.transaction() as connection:
        await connection.execute(
            "create table seen (id bigint generated always as identity, dossier uuid not null, number bigint)"
        )
        await connection.execute("select auxilia_grant('seen', 'select, insert')")
    await owner.close()
    return await open_database("recovery")


@pytest.fixture
def consumer(database: Database, kafka_bootstrap: str, kafka_prefix: str) -> FactConsumer:
    return FactConsumer(
        service="recovery",
        database=database,
        handlers={AffiliationCategoryChanged: see},
        kafka_bootstrap=kafka_bootstrap,
        kafka_prefix=kafka_prefix,
    )


async def numbers(database: Database, dossier: UUID) -> list[int]:
    found = await rows(database, "select number from seen where dossier = %s order by id", dossier)
    return [row["number"] for row in found]


async def is_caught_up(consumer: FactConsumer) -> bool:
    return await consumer.lag() == 0


def stream(dossiers: Sequence[UUID], count: int) -> list[Record]:
    return [record_of(change(one, number), number) for number in range(1, count + 1) for one in dossiers]


async def test_facts_travel_from_one_service_to_another(
    open_database: Callable[[str], Awaitable[Database]],
    database_url: Callable[[str], str],
    database: Database,
    consumer: FactConsumer,
    kafka_bootstrap: str,
    kafka_prefix: str,
) -> None:
    teller = await open_database("affiliation")
    relay = Relay(
        service="affiliation",
        database_url=database_url("affiliation"),
        kafka_bootstrap=kafka_bootstrap,
        kafka_prefix=kafka_prefix,
        temporal=None,
        clock=StillClock(),
    )
    dossiers = [new_dossier() for _ in range(30)]
    async with running(relay), running(consumer):
        for number in range(10):
            async with teller.transaction() as connection:
                await outbox.publish_many(connection, [change(dossier, number) for dossier in dossiers])

        async def all_seen() -> bool:
            return all([await numbers(database, dossier) == list(range(1, 11)) for dossier in dossiers])

        await until(all_seen)
        await until(lambda: is_caught_up(consumer))


async def test_a_consumer_killed_between_commit_and_acknowledgement_does_nothing_twice(
    database: Database,
    consumer: FactConsumer,
    service_database: Callable[[str], ServiceDatabase],
    kafka_bootstrap: str,
    kafka_prefix: str,
) -> None:
    dossiers = [new_dossier() for _ in range(6)]
    await send_raw(kafka_bootstrap, kafka_prefix, stream(dossiers, 10))
    variables = {"RECOVERY_DATABASE_URL": service_database("recovery").url}
    for batches in (0, 1):
        code = await exit_code_of(
            "tests.shared.platform.killed_consumer", kafka_prefix, str(batches), variables=variables
        )
        assert code == -signal.SIGKILL
    before = await consumer.lag()
    assert before >= 40, "at most one batch of ten was acknowledged, although more were committed"

    async with running(consumer):
        await until(lambda: is_caught_up(consumer))

    for dossier in dossiers:
        assert await numbers(database, dossier) == list(range(1, 11))


async def test_poison_of_every_kind_leaves_the_neighbours_alone_and_is_kept(
    database: Database, consumer: FactConsumer, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    struck, neighbour = new_dossier(), new_dossier()
    good = record_of(change(struck, 1), 1)
    poison = [
        dataclasses.replace(good, body=b"{not json"),
        dataclasses.replace(good, body=b"\xff\xfe\x00"),
        dataclasses.replace(good, body=None),
        dataclasses.replace(good, body=b"a" * 900_000),
        dataclasses.replace(good, headers=(*good.headers, ("note", b"\xff\xfe"))),
        dataclasses.replace(good, headers=(*good.headers, ("reply_to", b"anything"))),
        dataclasses.replace(good, key=None),
    ]
    interleaved: list[Record] = []
    for number, message in enumerate(poison, start=1):
        interleaved += [dataclasses.replace(message, partition=0), record_of(change(neighbour, number), number)]
    await send_raw(kafka_bootstrap, kafka_prefix, interleaved)
    async with running(consumer):
        await until(lambda: is_caught_up(consumer))

    assert await numbers(database, neighbour) == list(range(1, len(poison) + 1))
    found = await rows(
        database,
        "select kind, count(*) as count from dead_letter where resolved_at is null group by kind order by kind",
    )
    assert [(row["kind"], row["count"]) for row in found] == [("parked", 1), ("poison", 6)]


async def test_a_consumer_outlives_the_loss_of_all_its_connections(
    database: Database,
    consumer: FactConsumer,
    service_database: Callable[[str], ServiceDatabase],
    kafka_bootstrap: str,
    kafka_prefix: str,
) -> None:
    dossiers = [new_dossier() for _ in range(5)]
    administrator = await Database.open(service_database("recovery").owner_url, application_name="cutter", max_size=2)
    async with running(consumer):
        for number in range(1, 21):
            await send_raw(kafka_bootstrap, kafka_prefix, [record_of(change(one, number), number) for one in dossiers])
            await rows(
                administrator,
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'test-recovery' and datname = current_database()",
            )
        await until(lambda: is_caught_up(consumer))
    await administrator.close()

    for dossier in dossiers:
        assert await numbers(database, dossier) == list(range(1, 21))
    found = await rows(database, "select count(*) as count from dead_letter where dossier = any(%s)", dossiers)
    assert found[0]["count"] == 0, "a lost connection is no reason to give a fact up"


async def test_consumers_that_come_and_go_share_the_work_and_do_each_fact_once(
    database: Database, consumer: FactConsumer, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    dossiers = [new_dossier() for _ in range(20)]

    def another() -> FactConsumer:
        return FactConsumer(
            service="recovery",
            database=database,
            handlers={AffiliationCategoryChanged: see},
            kafka_bootstrap=kafka_bootstrap,
            kafka_prefix=kafka_prefix,
        )

    async def come_and_go() -> None:
        for _ in range(3):
            async with running(another()):
                await asyncio.sleep(0.5)

    async with running(consumer):
        leaving = asyncio.create_task(come_and_go())
        for number in range(1, 31):
            await send_raw(kafka_bootstrap, kafka_prefix, [record_of(change(one, number), number) for one in dossiers])
        await leaving
        await until(lambda: is_caught_up(consumer))

    for dossier in dossiers:
        assert await numbers(database, dossier) == list(range(1, 31))


async def test_a_consumer_waits_for_kafka_and_stops_when_told(database: Database) -> None:
    deaf = FactConsumer(
        service="recovery",
        database=database,
        handlers={AffiliationCategoryChanged: see},
        kafka_bootstrap="127.0.0.1:1",
        kafka_prefix="",
    )
    async with running(deaf):
        await asyncio.sleep(0.3)


async def test_topics_are_made_once_with_the_partitions_of_their_contract(
    kafka_bootstrap: str, kafka_prefix: str
) -> None:
    from shared.contracts.topics import topics

    assert await kafka_admin.ensure_topics(kafka_bootstrap, prefix=kafka_prefix) == []
    wrong = [dataclasses.replace(topics()[0], partitions=7)]
    with pytest.raises(kafka_admin.PartitionsDiffer, match="has 6 partitions, its contract says 7"):
        await kafka_admin.ensure_topics(kafka_bootstrap, prefix=kafka_prefix, wanted=wrong)
    names = [kafka_prefix + topics()[0].name, "absent"]
    assert await kafka_admin.missing_topics(kafka_bootstrap, names) == ["absent"]
