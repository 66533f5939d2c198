"""The relay: every fact reaches Kafka, in order per dossier, whoever is killed in between."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from shared.contracts.envelope import Envelope
from shared.contracts.topics import partition_of
from shared.platform.database.connections import Database
from shared.platform.messages_out import outbox
from shared.platform.messages_out.relay import Relay
from tests.shared.platform.carrying import (
    StillClock,
    change,
    everything_on,
    is_carried,
    new_dossier,
    numbers_of,
    rows,
    running,
    until,
)
from tests.support.processes import exit_code_of
from tests.support.servers import ServiceDatabase

TOPIC = "affiliation.facts.v1"


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("affiliation")


@pytest.fixture
def relay(database_url: Callable[[str], str], kafka_bootstrap: str, kafka_prefix: str) -> Relay:
    return Relay(
        service="affiliation",
        database_url=database_url("affiliation"),
        kafka_bootstrap=kafka_bootstrap,
        kafka_prefix=kafka_prefix,
        temporal=None,
        clock=StillClock(),
    )


async def tell(database: Database, dossiers: list[UUID], count: int) -> None:
    for number in range(count):
        async with database.transaction() as connection:
            await outbox.publish_many(connection, [change(dossier, number) for dossier in dossiers])


async def test_facts_arrive_on_the_partition_of_their_dossier_in_order_with_their_envelope(
    database: Database, relay: Relay, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    dossiers = [new_dossier() for _ in range(12)]
    async with running(relay):
        await tell(database, dossiers, 5)
        await until(lambda: is_carried(database))

    messages = await everything_on(kafka_bootstrap, kafka_prefix + TOPIC)
    for dossier in dossiers:
        assert numbers_of(messages, dossier) == [1, 2, 3, 4, 5]
    message = next(message for message in messages if message.key == str(dossiers[0]).encode())
    envelope = Envelope.from_headers({name: value.decode() for name, value in message.headers}, message.key.decode())
    assert message.partition == partition_of(dossiers[0], TOPIC)
    assert (envelope.event_id, envelope.sequence) == (change(dossiers[0], 0).event_id(), 1)
    assert message.value == change(dossiers[0], 0).to_json()


async def test_a_relay_killed_between_sending_and_marking_loses_nothing_and_keeps_the_order(
    database: Database,
    relay: Relay,
    service_database: Callable[[str], ServiceDatabase],
    kafka_bootstrap: str,
    kafka_prefix: str,
) -> None:
    dossiers = [new_dossier() for _ in range(5)]
    await tell(database, dossiers, 10)
    variables = {"AFFILIATION_DATABASE_URL": service_database("affiliation").url}
    for pages in (0, 1, 2):
        code = await exit_code_of("tests.shared.platform.killed_relay", kafka_prefix, str(pages), variables=variables)
        assert code == -signal.SIGKILL
    left = await rows(database, "select count(*) as waiting from outbox where published_at is null")
    assert left[0]["waiting"] == 50 - 7 * (0 + 1 + 2)

    async with running(relay):
        await until(lambda: is_carried(database))

    messages = await everything_on(kafka_bootstrap, kafka_prefix + TOPIC)
    for dossier in dossiers:
        sent = numbers_of(messages, dossier)
        assert list(dict.fromkeys(sent)) == list(range(1, 11)), "first arrivals are complete and in order"
    copies = sum(len(numbers_of(messages, dossier)) for dossier in dossiers)
    assert copies == 50 + 7 * 3, "three pages were sent twice, and nothing else"


async def test_only_one_of_two_relays_carries_and_the_other_takes_over(
    database: Database, relay: Relay, database_url: Callable[[str], str], kafka_bootstrap: str, kafka_prefix: str
) -> None:
    other = Relay(
        service="affiliation",
        database_url=database_url("affiliation"),
        kafka_bootstrap=kafka_bootstrap,
        kafka_prefix=kafka_prefix,
        temporal=None,
        clock=StillClock(),
    )
    dossier = new_dossier()
    async with running(other):
        async with running(relay):
            await tell(database, [dossier], 3)
            await until(lambda: is_carried(database))
        async with database.transaction() as connection:
            await outbox.publish(connection, change(dossier, 3))
        await until(lambda: is_carried(database))

    messages = await everything_on(kafka_bootstrap, kafka_prefix + TOPIC)
    assert numbers_of(messages, dossier) == [1, 2, 3, 4]


async def test_a_relay_whose_connection_is_cut_starts_again(
    database: Database,
    relay: Relay,
    service_database: Callable[[str], ServiceDatabase],
    kafka_bootstrap: str,
    kafka_prefix: str,
) -> None:
    dossier = new_dossier()
    administrator = await Database.open(service_database("affiliation").owner_url, application_name="test", max_size=2)
    async with running(relay):
        for number in range(4):
            async with database.transaction() as connection:
                await outbox.publish(connection, change(dossier, number))
            await until(lambda: is_carried(database))
            cut = await rows(
                administrator,
                "select pg_terminate_backend(pid) as cut from pg_stat_activity "
                "where application_name = 'affiliation-relay' and datname = current_database()",
            )
            assert cut == [{"cut": True}]
    await administrator.close()

    messages = await everything_on(kafka_bootstrap, kafka_prefix + TOPIC)
    assert numbers_of(messages, dossier) == [1, 2, 3, 4]


async def test_a_relay_purges_what_was_carried_long_ago(
    database: Database, database_url: Callable[[str], str], relay: Relay, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    dossier = new_dossier()
    async with running(relay):
        await tell(database, [dossier], 3)
        await until(lambda: is_carried(database))
    await rows(
        database,
        "update outbox set published_at = now() - interval '8 days' where dossier = %s and sequence < 3 returning id",
        dossier,
    )
    tidy = Relay(
        service="affiliation",
        database_url=database_url("affiliation"),
        kafka_bootstrap=kafka_bootstrap,
        kafka_prefix=kafka_prefix,
        temporal=None,
        clock=StillClock(),
        keep_days=7,
    )

    async def is_purged() -> bool:
        left = await rows(database, "select sequence from outbox where dossier = %s", dossier)
        return left == [{"sequence": 3}]

    async with running(tidy):
        await until(is_purged)


async def test_a_relay_without_kafka_keeps_its_facts_and_waits(
    database: Database, database_url: Callable[[str], str], relay: Relay, kafka_prefix: str
) -> None:
    deaf = Relay(
        service="affiliation",
        database_url=database_url("affiliation"),
        kafka_bootstrap="127.0.0.1:1",
        kafka_prefix=kafka_prefix,
        temporal=None,
        clock=StillClock(),
    )
    began = time.monotonic()
    async with running(deaf):
        await tell(database, [new_dossier()], 1)
        await asyncio.sleep(0.5)
        assert not await is_carried(database)
    assert time.monotonic() - began < 30
    async with running(relay):
        await until(lambda: is_carried(database))
