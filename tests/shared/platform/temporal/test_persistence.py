"""A procedure whose work fails for good goes on by itself later, and a person knows meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle

from shared.platform.database.connections import Database
from shared.platform.people.setbacks import STUCK_TASK, SetbackActivities
from shared.platform.people.tasks import list_tasks, resolve_task
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import WorkerDefinition, create_worker, start_workflow
from shared.platform.temporal.quiet import ProcedureWatch
from shared.platform.temporal.time_skipping import fast_forward
from tests.shared.platform.insisting_procedure import FAILURES, Done, Errand, Insisting, run_errand

#: A Thursday; the day after is a working day, the two days after that are not.
START = date(2026, 4, 9)


@dataclass
class Stage:
    """One service's procedures, its database and its day."""

    client: Client
    queue: str
    database: Database

    async def start(self, name: str, dossier: UUID) -> WorkflowHandle[Any, Done]:
        """Start the procedure of an errand on the first day."""
        started = await start_workflow(
            self.client,
            workflow="Insisting",
            workflow_id=f"{self.queue}-{name}",
            task_queue=self.queue,
            argument=Errand(name=name, today=START),
            shift=timedelta(seconds=round((business_moment(START) - datetime.now(UTC)).total_seconds())),
            dossier=dossier,
        )
        return self.client.get_workflow_handle(started.id, result_type=Done)

    async def settle(self, day: date, *names: str) -> date | None:
        """Wait until nothing is left to do; give the next day."""
        watch = ProcedureWatch(self.client, task_queue=self.queue)
        async with asyncio.timeout(60):
            while True:
                seen = await watch.look(business_date=day, touched=names)
                if not seen.busy:
                    return seen.next_date
                await asyncio.sleep(0.05)

    async def play_to(self, day: date) -> date | None:
        """Move to a day, wait until nothing is left to do on it, give the next day."""
        report = await fast_forward(self.client, task_queue=self.queue, target=business_moment(day))
        assert report.failures == {}
        return await self.settle(day)

    async def tasks(self, dossier: UUID) -> list[dict[str, Any]]:
        """Return what people were asked about a dossier."""
        async with self.database.transaction() as connection:
            return await list_tasks(connection, dossier=dossier, is_open=None)


@pytest.fixture(scope="module")
async def stage(temporal_client: Client, open_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Stage]:
    database = await open_database("benefits")
    queue = f"insists-{uuid4().hex[:8]}"
    definition = WorkerDefinition(
        workflows=[Insisting], activities=[run_errand, *SetbackActivities(database=database).all()]
    )
    async with create_worker(temporal_client, task_queue=queue, definition=definition):
        yield Stage(temporal_client, queue, database)


async def test_what_fails_is_tried_on_each_next_working_day_until_it_succeeds(stage: Stage) -> None:
    dossier = uuid4()
    FAILURES["parameter"] = 2
    handle = await stage.start("parameter", dossier)
    assert await stage.settle(START, handle.id) == date(2026, 4, 10)
    (task,) = await stage.tasks(dossier)
    assert (task["kind"], task["role"], task["due_on"]) == (STUCK_TASK, "operator", date(2026, 4, 10))
    assert task["details"] == {
        "procedure": "Insisting",
        "workflowId": handle.id,
        "work": "run_errand",
        "reason": "ParameterMissing: parameter benefits.example has no value on 2026-04-09",
        "since": "2026-04-09",
    }

    # The second failure is on a Friday: it is tried again on Monday, and nobody is asked twice.
    assert await stage.play_to(date(2026, 4, 10)) == date(2026, 4, 13)
    (task,) = await stage.tasks(dossier)
    assert task["resolved_at"] is None

    await stage.play_to(date(2026, 4, 13))
    assert (await handle.result()) == Done(on=date(2026, 4, 13), asked_on=date(2026, 4, 13))
    (task,) = await stage.tasks(dossier)
    assert (task["resolved_by"], task["resolution"]) == ("procedure", "wentOn")


async def test_a_task_called_done_too_early_comes_back(stage: Stage) -> None:
    dossier = uuid4()
    FAILURES["early"] = 2
    handle = await stage.start("early", dossier)
    await stage.settle(START, handle.id)
    (task,) = await stage.tasks(dossier)
    async with stage.database.transaction() as connection:
        await resolve_task(
            connection, kind=STUCK_TASK, reference=task["reference"], resolved_by="somebody", resolution="repaired"
        )
    await stage.play_to(date(2026, 4, 10))
    assert sorted(one["resolution"] or "open" for one in await stage.tasks(dossier)) == ["open", "repaired"]
    await stage.play_to(date(2026, 4, 13))
    assert await handle.result()
    assert sorted(one["resolution"] or "open" for one in await stage.tasks(dossier)) == ["repaired", "wentOn"]


async def test_what_an_unknown_error_says_is_told_to_nobody(stage: Stage) -> None:
    dossier = uuid4()
    FAILURES["secret"] = 1
    handle = await stage.start("secret", dossier)
    await stage.settle(START, handle.id)
    (task,) = await stage.tasks(dossier)
    assert task["details"]["reason"] == "ValidationError"
    await handle.terminate()


async def test_nobody_is_asked_about_what_succeeds(stage: Stage) -> None:
    dossier = uuid4()
    handle = await stage.start("easy", dossier)
    assert (await handle.result()).on == START
    assert await stage.tasks(dossier) == []


async def test_a_procedure_that_waits_to_try_again_can_still_be_cancelled(stage: Stage) -> None:
    FAILURES["cancelled"] = 1000
    handle = await stage.start("cancelled", uuid4())
    await stage.settle(START, handle.id)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert (await handle.describe()).status == WorkflowExecutionStatus.CANCELED
