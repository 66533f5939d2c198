"""Tasks: one per reason, the most urgent first, ended once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import psycopg
import pytest

from shared.platform.database.connections import Database
from shared.platform.people import tasks
from tests.shared.platform.carrying import new_dossier


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("benefits")


async def open_one(
    database: Database, reference: str, *, due_on: date = date(2026, 3, 1), role: str = "finance"
) -> str:
    async with database.transaction() as connection:
        task = await tasks.open_task(
            connection,
            kind="unmatchedPayment",
            reference=reference,
            dossier=None,
            due_on=due_on,
            role=role,
            details={"bankFile": "2026-041", "line": 3},
        )
    return str(task)


async def test_the_same_work_is_asked_for_once(database: Database) -> None:
    assert await open_one(database, "once") == await open_one(database, "once", due_on=date(2026, 4, 1))


async def test_a_task_ends_once_and_says_how(database: Database) -> None:
    await open_one(database, "ended")

    async def resolve(resolution: str) -> bool:
        async with database.transaction() as connection:
            return await tasks.resolve_task(
                connection, kind="unmatchedPayment", reference="ended", resolved_by="agent-1", resolution=resolution
            )

    assert await resolve("matched") is True
    assert await resolve("matched") is False
    with pytest.raises(tasks.TaskAlreadyResolved, match="ended before as matched"):
        await resolve("refunded")
    async with database.transaction() as connection:
        assert not await tasks.resolve_task(
            connection, kind="unmatchedPayment", reference="never", resolved_by="agent-1", resolution="matched"
        )


async def test_a_program_leaves_a_task_a_person_ended_in_another_word(database: Database) -> None:
    await open_one(database, "overtaken")
    await open_one(database, "done by a person")
    async with database.transaction() as connection:
        await tasks.resolve_task(
            connection,
            kind="unmatchedPayment",
            reference="done by a person",
            resolved_by="agent-1",
            resolution="done",
        )
        ended = [
            await tasks.overtake_task(
                connection, kind="unmatchedPayment", reference=reference, resolved_by="benefits", resolution="matched"
            )
            for reference in ("overtaken", "overtaken", "done by a person", "never")
        ]
        cursor = await connection.execute(
            "select resolved_by, resolution from task where reference in ('overtaken', 'done by a person') "
            "order by reference desc"
        )
        kept = [(row["resolved_by"], row["resolution"]) for row in await cursor.fetchall()]
    assert ended == [True, False, False, False]
    assert kept == [("benefits", "matched"), ("agent-1", "done")]


async def test_lists_are_urgent_first_and_continue_where_they_stopped(database: Database) -> None:
    dossier = new_dossier()
    async with database.transaction() as connection:
        before = await tasks.open_task_count(connection)
        for number, day in enumerate((20, 10, 30, 10)):
            await tasks.open_task(
                connection,
                kind="contact",
                reference=f"{dossier}-{number}",
                dossier=dossier,
                due_on=date(2026, 5, day),
                role="collectionsAgent",
                details={},
            )
    async with database.transaction() as connection:
        first = await tasks.list_tasks(connection, dossier=dossier, limit=2)
        rest = await tasks.list_tasks(connection, dossier=dossier, after=first[-1]["id"])
        others = await tasks.list_tasks(connection, dossier=dossier, role="finance")
        ended = await tasks.list_tasks(connection, dossier=dossier, is_open=False)
        assert await tasks.open_task_count(connection) == before + 4
        one = await tasks.task_by_id(connection, task_id=first[0]["id"])
    assert [task["due_on"].day for task in (*first, *rest)] == [10, 10, 20, 30]
    assert (others, ended) == ([], [])
    assert one == first[0]


async def test_a_task_that_does_not_exist_is_not_found(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(tasks.TaskNotFound):
            await tasks.task_by_id(connection, task_id=new_dossier())


async def test_half_an_end_can_not_be_written(database: Database) -> None:
    await open_one(database, "half")
    async with database.transaction() as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute("update task set resolved_at = now() where reference = 'half'")
        await connection.rollback()
