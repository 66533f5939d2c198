"""Starts and signals: with their transaction, in order per procedure, once with effect."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker

from shared.platform.database.connections import Database
from shared.platform.messages_out import delivery, refusals
from shared.platform.messages_out.relay import Relay, pending_count
from shared.platform.temporal import dispatch
from tests.shared.platform.carrying import StillClock, is_carried, new_dossier, rows, running, until
from tests.shared.platform.listening_procedure import Heard, Listening


class ShiftedClock(StillClock):
    """A clock of a played instance, a hundred days behind."""

    async def shift(self) -> timedelta:
        return timedelta(days=-100)


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("recovery")


@pytest.fixture(scope="module")
async def queue(temporal_client: Client) -> AsyncIterator[str]:
    """A worker for the listening procedure on a task queue of its own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    async with Worker(temporal_client, task_queue=name, workflows=[Listening]):
        yield name


@pytest.fixture
def relay(queue: str, database_url: Callable[[str], str], temporal_client: Client, kafka_bootstrap: str) -> Relay:
    return Relay(
        service=queue,
        database_url=database_url("recovery"),
        kafka_bootstrap=kafka_bootstrap,
        temporal=temporal_client,
        clock=ShiftedClock(),
    )


def new_id() -> str:
    return f"listening:{uuid.uuid4()}"


async def start(database: Database, workflow_id: str, *, first: int = 0, signal: int | None = None) -> None:
    async with database.transaction() as connection:
        await dispatch.start_workflow(
            connection,
            workflow="Listening",
            workflow_id=workflow_id,
            argument=Heard(number=first),
            dossier=new_dossier(),
            signal=None if signal is None else "say",
            signal_argument=None if signal is None else Heard(number=signal),
        )


async def say(database: Database, workflow_id: str, number: int, *, signal: str = "say") -> None:
    async with database.transaction() as connection:
        await dispatch.signal_workflow(
            connection, workflow_id=workflow_id, signal=signal, argument=Heard(number=number)
        )


async def outcomes(database: Database, workflow_id: str) -> list[str]:
    found = await rows(database, "select outcome from dispatch where workflow_id = %s order by id", workflow_id)
    return [row["outcome"] for row in found]


async def test_signals_arrive_after_the_start_in_the_order_they_were_written(
    database: Database, relay: Relay, temporal_client: Client
) -> None:
    ids = [new_id() for _ in range(20)]
    for workflow_id in ids:
        await start(database, workflow_id)
    for number in range(1, 6):
        for workflow_id in ids:
            await say(database, workflow_id, number)
    async with running(relay):
        await until(lambda: is_carried(database))

    for workflow_id in ids:
        handle = temporal_client.get_workflow_handle(workflow_id)
        assert await handle.query(Listening.all_heard) == [0, 1, 2, 3, 4, 5]
        description = await handle.describe()
        assert await description.memo_value("auxiliaClockShiftSeconds", type_hint=int) == -100 * 86_400
        assert {pair.key.name for pair in description.typed_search_attributes} >= {"AuxiliaDossier"}


async def test_what_is_rolled_back_starts_nothing(database: Database) -> None:
    workflow_id = new_id()

    async def fail() -> None:
        async with database.transaction() as connection:
            await dispatch.start_workflow(
                connection, workflow="Listening", workflow_id=workflow_id, argument=Heard(number=0)
            )
            raise RuntimeError("the row could not be written")

    with pytest.raises(RuntimeError):
        await fail()
    assert await outcomes(database, workflow_id) == []


async def test_starting_twice_starts_once_also_after_the_end(
    database: Database, relay: Relay, temporal_client: Client
) -> None:
    workflow_id = new_id()
    async with running(relay):
        await start(database, workflow_id, first=1)
        await start(database, workflow_id, first=2)
        await say(database, workflow_id, 0, signal="end")
        await until(lambda: is_carried(database))
        assert await temporal_client.get_workflow_handle(workflow_id).result() == [1]
        await start(database, workflow_id, first=3)
        await until(lambda: is_carried(database))
    handle = temporal_client.get_workflow_handle(workflow_id)

    assert (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED
    assert await outcomes(database, workflow_id) == ["started", "signalled"]


async def test_starting_with_a_signal_starts_once_and_signals_each_time(
    database: Database, relay: Relay, temporal_client: Client
) -> None:
    workflow_id = new_id()
    for number in (1, 2, 3):
        await start(database, workflow_id, first=0, signal=number)
    async with running(relay):
        await until(lambda: is_carried(database))
    assert await temporal_client.get_workflow_handle(workflow_id).query(Listening.all_heard) == [0, 1, 2, 3]


async def test_a_signal_to_a_procedure_that_ended_is_kept_and_shown(
    database: Database, relay: Relay, temporal_client: Client
) -> None:
    workflow_id = new_id()
    async with running(relay):
        await start(database, workflow_id)
        await say(database, workflow_id, 0, signal="end")
        await until(lambda: is_carried(database))
        await temporal_client.get_workflow_handle(workflow_id).result()
        await say(database, workflow_id, 9)
        await start(database, workflow_id, signal=8)
        await until(lambda: is_carried(database))

    assert await outcomes(database, workflow_id) == ["started", "signalled", "workflowGone", "workflowGone"]
    async with database.transaction() as connection:
        kept = await dispatch.undeliverable(connection)
    assert [row["outcome"] for row in kept if row["workflow_id"] == workflow_id] == ["workflowGone"] * 2


async def test_a_signal_delivered_twice_by_a_killed_relay_is_heard_once(
    database: Database, temporal_client: Client, queue: str
) -> None:
    workflow_id = new_id()
    await start(database, workflow_id)
    await say(database, workflow_id, 1)
    written = await rows(database, "select * from dispatch where workflow_id = %s order by id", workflow_id)

    for _ in range(3):
        await delivery.deliver_all(temporal_client, written, task_queue=queue, shift=timedelta())

    assert await temporal_client.get_workflow_handle(workflow_id).query(Listening.all_heard) == [0, 1]
    async with database.transaction() as connection:
        await connection.execute(
            "update dispatch set delivered_at = now(), outcome = 'signalled' where workflow_id = %s", (workflow_id,)
        )


async def test_a_signal_before_its_start_is_gone_but_not_silently(database: Database, relay: Relay) -> None:
    workflow_id = new_id()
    await say(database, workflow_id, 1)
    async with running(relay):
        await until(lambda: is_carried(database))
    assert await outcomes(database, workflow_id) == ["workflowGone"]


async def test_a_server_that_does_not_answer_postpones_in_order(
    database: Database, queue: str, relay: Relay, temporal_client: Client
) -> None:
    nobody = await Client.connect("127.0.0.1:1", namespace="auxilia", lazy=True)
    workflow_id = new_id()
    await start(database, workflow_id)
    await say(database, workflow_id, 1)
    written = await rows(database, "select * from dispatch where workflow_id = %s order by id", workflow_id)

    deliveries = await delivery.deliver_all(nobody, written, task_queue=queue, shift=timedelta())

    assert [(made.row_id, made.outcome) for made in deliveries] == [(written[0]["id"], None)]
    assert deliveries[0].pause_seconds > 0
    async with running(relay):
        await until(lambda: is_carried(database))
    assert await temporal_client.get_workflow_handle(workflow_id).query(Listening.all_heard) == [0, 1]


async def test_what_the_server_calls_invalid_is_tried_and_then_kept_as_refused(
    database: Database, relay: Relay
) -> None:
    workflow_id = "listening:" + "a" * 1001
    await start(database, workflow_id)
    await say(database, workflow_id, 1)
    async with database.transaction() as connection:
        await connection.execute(
            "update dispatch set attempts = %s where workflow_id = %s", (delivery.INVALID_ATTEMPTS - 1, workflow_id)
        )
    async with running(relay):
        await until(lambda: is_carried(database))
    assert await outcomes(database, workflow_id) == ["refused", "workflowGone"]


async def test_a_person_hears_of_a_refused_start_and_can_have_it_tried_again(database: Database, relay: Relay) -> None:
    workflow_id = f"{uuid.uuid4()}:" + "a" * 1001
    await start(database, workflow_id)

    async def refuse_for_good() -> int:
        async with database.transaction() as connection:
            await connection.execute(
                "update dispatch set attempts = %s where workflow_id = %s", (delivery.INVALID_ATTEMPTS - 1, workflow_id)
            )
        async with running(relay):
            await until(lambda: is_carried(database))
        async with database.transaction() as connection:
            [row] = [one for one in await dispatch.undeliverable(connection) if one["workflow_id"] == workflow_id]
            assert row["outcome"] == "refused"
            assert (await dispatch.undeliverable_counts(connection))["refused"] >= 1
        return int(row["id"])

    async def asked(dispatch_id: int) -> list[tuple[str, str | None]]:
        found = await rows(
            database,
            "select role, due_on, resolution from task where kind = %s and details ->> 'dispatchId' = %s order by id",
            refusals.REFUSED_TASK,
            str(dispatch_id),
        )
        return [(row["role"], row["resolution"]) for row in found]

    dispatch_id = await refuse_for_good()
    assert await asked(dispatch_id) == [("operator", None)]
    async with database.transaction() as connection:
        assert await refusals.try_again(connection, dispatch_id=dispatch_id, actor="somebody") is not None
        assert await refusals.try_again(connection, dispatch_id=dispatch_id, actor="somebody") is None
        assert await pending_count(connection) == 1
    assert await asked(dispatch_id) == [("operator", "triedAgain")]
    async with running(relay):
        await until(lambda: is_carried(database))
    assert await asked(dispatch_id) == [("operator", "triedAgain"), ("operator", None)]


async def test_the_trace_of_whoever_asked_reaches_the_procedure(
    database: Database, relay: Relay, temporal_client: Client
) -> None:
    workflow_id = new_id()
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        await start(database, workflow_id)
        await say(database, workflow_id, 1)
    async with running(relay):
        await until(lambda: is_carried(database))

    history = await temporal_client.get_workflow_handle(workflow_id).fetch_history()
    headers = [
        event.workflow_execution_started_event_attributes.header
        if event.HasField("workflow_execution_started_event_attributes")
        else event.workflow_execution_signaled_event_attributes.header
        for event in history.events
        if event.HasField("workflow_execution_started_event_attributes")
        or event.HasField("workflow_execution_signaled_event_attributes")
    ]
    carriers = [json.loads(header.fields["_tracer-data"].data) for header in headers]
    trace_id = trace.format_trace_id(span.get_span_context().trace_id)
    assert [carrier["traceparent"].split("-")[1] for carrier in carriers] == [trace_id, trace_id]


async def test_a_start_with_half_a_signal_is_refused(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(ValueError, match="both or none"):
            await dispatch.start_workflow(
                connection, workflow="Listening", workflow_id=new_id(), argument=Heard(number=0), signal="say"
            )
        assert await pending_count(connection) == 0
