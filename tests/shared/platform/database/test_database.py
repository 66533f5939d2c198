"""The pool: outlives lost connections, tells passing errors from lasting ones, never waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import psycopg
import psycopg_pool
import pytest

from shared.platform.database.connections import Connection, Database, backoff_seconds, connection_string, retryable
from tests.shared.platform.carrying import rows
from tests.support.servers import ServiceDatabase

Of = Callable[[str], ServiceDatabase]


@pytest.fixture
async def database(service_database: Of) -> AsyncIterator[Database]:
    opened = await Database.open(
        service_database("console").url,
        application_name="test-database",
        max_size=3,
        statement_timeout_seconds=2,
        lock_timeout_seconds=1,
    )
    yield opened
    await opened.close()


async def cut_connections(service_database: Of) -> None:
    async with await psycopg.AsyncConnection.connect(service_database("console").owner_url) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test-database'"
        )


async def test_a_transaction_commits_on_exit_and_rolls_back_on_an_exception(database: Database) -> None:
    async def write(business_date: str, *, fails: bool) -> None:
        async with database.transaction() as connection:
            await connection.execute("delete from outbox where false")
            await connection.execute(
                "insert into task (id, kind, reference, due_on, role, details) "
                "values (gen_random_uuid(), 'test', %s, '2026-01-01', 'teamLead', '{}')",
                (business_date,),
            )
            if fails:
                raise LookupError

    await write("kept", fails=False)
    with pytest.raises(LookupError):
        await write("lost", fails=True)

    assert await rows(database, "select reference from task where kind = 'test'") == [{"reference": "kept"}]


async def test_connections_that_were_cut_are_replaced_before_anybody_notices(
    database: Database, service_database: Of
) -> None:
    for _ in range(3):
        assert await rows(database, "select 1 as one") == [{"one": 1}]
        await cut_connections(service_database)


async def test_work_in_a_transaction_that_is_cut_is_done_again_as_a_whole(
    database: Database, service_database: Of
) -> None:
    attempts = 0

    async def work(connection: Connection) -> int:
        nonlocal attempts
        attempts += 1
        await connection.execute("select 1")
        if attempts < 3:
            await cut_connections(service_database)
        await connection.execute("select 2")
        return attempts

    assert await database.retrying(work) == 3


async def test_work_that_is_wrong_is_not_done_again(database: Database) -> None:
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await connection.execute("select no_such_column from task")

    with pytest.raises(psycopg.errors.UndefinedColumn):
        await database.retrying(work)
    assert attempts == 1


async def test_a_failure_that_does_not_pass_is_told_after_the_last_attempt(database: Database) -> None:
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise psycopg.errors.SerializationFailure

    with pytest.raises(psycopg.errors.SerializationFailure):
        await database.retrying(work, attempts=3)
    assert attempts == 3


async def test_a_statement_that_takes_too_long_and_a_lock_that_does_not_come_are_given_up(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("select pg_sleep(10)")
    async with database.transaction() as holder, database.transaction() as waiter:
        await holder.execute("select pg_advisory_xact_lock(42)")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await waiter.execute("select pg_advisory_xact_lock(42)")


async def test_a_server_that_is_not_there_yet_does_not_stop_the_pool_from_opening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.platform.database.connections._ACQUIRE_SECONDS", 0.3)
    absent = await Database.open("postgresql://nobody@127.0.0.1:1/nothing", application_name="test")
    with pytest.raises(psycopg_pool.PoolTimeout) as raised:
        await rows(absent, "select 1")
    await absent.close()
    assert retryable(raised.value)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (psycopg.OperationalError("connection lost"), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.AdminShutdown(), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.RestrictViolation(), False),
        (ValueError(), False),
        (KeyError(), False),
    ],
)
def test_only_errors_that_pass_are_worth_another_attempt(error: Exception, passes: bool) -> None:
    assert retryable(error) is passes


def test_pauses_grow_are_capped_and_are_never_the_same_for_all() -> None:
    ceilings = [0.05 * 2**attempt for attempt in range(7)] + [5.0] * 20
    for attempt, ceiling in enumerate(ceilings):
        pauses = {backoff_seconds(attempt) for _ in range(20)}
        assert all(ceiling / 2 <= pause <= ceiling for pause in pauses)
        assert len(pauses) > 1
    assert all(earlier <= later for earlier, later in pairwise(ceilings))


def test_options_of_the_address_are_kept_beside_the_timeouts() -> None:
    url = "postgresql://user@/auxilia_billing?host=/run/db&options=-c%20role%3Dbilling_runtime"
    made = psycopg.conninfo.conninfo_to_dict(connection_string(url, application_name="billing"))

    assert str(made["options"]).startswith("-c role=billing_runtime -c statement_timeout=60000 -c lock_timeout=15000")
    assert (made["application_name"], made["dbname"], made["host"]) == ("billing", "auxilia_billing", "/run/db")


async def test_many_callers_share_a_few_connections(database: Database) -> None:
    async def ask(number: int) -> int:
        async with database.transaction() as connection:
            row = await (await connection.execute("select %s::int as number", (number,))).fetchone()
            return int(row["number"]) if row else -1

    assert await asyncio.gather(*(ask(number) for number in range(200))) == list(range(200))
