"""Procedures on the real server live in played time: they wake on their day, and agree with everybody about today."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import TypedSearchAttributes
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.worker import Replayer

from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import WorkerDefinition, create_worker, data_converter, start_workflow
from shared.platform.temporal.quiet import ProcedureWatch
from shared.platform.temporal.schedules import ScheduledRun
from shared.platform.temporal.search_attributes import DOSSIER, NEXT_DATE, PROCEDURE
from shared.platform.temporal.time_skipping import NotThereYet, bring_up_to_date, business_time, fast_forward
from tests.shared.platform import sample_activities
from tests.shared.platform.sample_activities import Journey, Nudge, Outcome, note, stumble
from tests.shared.platform.sample_procedures import (
    Failing,
    Listening,
    Parent,
    Renewing,
    Scheduled,
    Stumbling,
    Waiting,
)

START = date(2026, 4, 5)
WORKFLOWS = [Waiting, Listening, Stumbling, Parent, Renewing, Failing, Scheduled]


def days(*texts: str) -> tuple[date, ...]:
    """Dates from their ISO texts."""
    return tuple(date.fromisoformat(text) for text in texts)


@dataclass
class Stage:
    """One service's procedures on the real server, with a day of their own."""

    client: Client
    queue: str

    def __post_init__(self) -> None:
        self.watch = ProcedureWatch(self.client, task_queue=self.queue)

    async def start(
        self, workflow: str, journey: Any = None, *, day: date = START, name: str = "1"
    ) -> WorkflowHandle[Any, Outcome]:
        """Start a procedure on a played day, as the relay does."""
        shift = timedelta(seconds=round((business_moment(day) - datetime.now(UTC)).total_seconds()))
        started = await start_workflow(
            self.client,
            workflow=workflow,
            workflow_id=f"{self.queue}-{workflow}-{name}",
            task_queue=self.queue,
            argument=Journey() if journey is None else journey,
            shift=shift,
            dossier=uuid4(),
        )
        return self.client.get_workflow_handle(started.id, result_type=Outcome)

    async def play_to(self, day: date) -> None:
        """Move to a day and wait until nothing is left to do on it."""
        report = await fast_forward(self.client, task_queue=self.queue, target=business_moment(day))
        assert report.failures == {}
        self.watch.forget_all()
        await self.settle(day)

    async def settle(self, day: date, *names: str) -> date | None:
        """Wait until nothing is left to do; give the next day."""
        async with asyncio.timeout(60):
            while True:
                seen = await self.watch.look(business_date=day, touched=names)
                if not seen.busy:
                    return seen.next_date
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def stage(temporal_client: Client) -> AsyncIterator[Stage]:
    queue = f"played-{uuid4().hex[:8]}"
    worker = create_worker(
        temporal_client,
        task_queue=queue,
        definition=WorkerDefinition(workflows=WORKFLOWS, activities=[note, stumble]),
    )
    async with worker:
        yield Stage(temporal_client, queue)


class TestWaiting:
    async def test_a_procedure_wakes_on_each_of_its_days(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(days=days("2026-04-20", "2026-05-10")), name="wakes")
        assert await stage.settle(START, handle.id) == date(2026, 4, 20)
        await stage.play_to(date(2026, 4, 19))
        assert await stage.settle(date(2026, 4, 19), handle.id) == date(2026, 4, 20)
        await stage.play_to(date(2026, 4, 20))
        assert await stage.settle(date(2026, 4, 20), handle.id) == date(2026, 5, 10)
        await stage.play_to(date(2026, 5, 10))
        assert (await handle.result()).seen == ("2026-04-05", "2026-04-20 day", "2026-05-10 day")

    async def test_a_day_that_is_past_is_not_waited_for(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(days=days("2026-04-05", "2026-01-01")), name="past")
        assert (await handle.result()).seen == ("2026-04-05", "2026-04-05 day", "2026-04-05 day")

    async def test_what_happens_meanwhile_happens_on_the_day_it_happens(self, stage: Stage) -> None:
        """A sleeping procedure is brought up to date before it is told something."""
        handle = await stage.start("Waiting", Journey(days=days("2026-05-20")), name="told")
        await stage.settle(START, handle.id)
        report = await fast_forward(stage.client, task_queue=stage.queue, target=business_moment(date(2026, 5, 1)))
        assert report.asleep >= 1
        moment = business_moment(date(2026, 5, 1))
        await bring_up_to_date(stage.client, workflow_id=handle.id, target=moment)
        await handle.signal("nudge", Nudge(text="paid"))
        assert (await handle.result()) == Outcome(seen=("2026-04-05", "2026-05-01 told"), nudges=("paid",))

    async def test_waiting_without_a_day_has_no_next_date(self, stage: Stage) -> None:
        handle = await stage.start("Listening", Journey(days=days("2026-04-06")), name="listens")
        await stage.settle(START, handle.id)
        await stage.play_to(date(2026, 4, 6))
        description = await handle.describe()
        assert description.typed_search_attributes.get(NEXT_DATE) is None
        await handle.signal("nudge", Nudge(text="now"))
        assert (await handle.result()).nudges == ("now",)

    async def test_a_procedure_of_many_years_keeps_its_calendar(self, stage: Stage) -> None:
        handle = await stage.start("Renewing", Journey(days=days("2026-06-01", "2027-06-01")), name="renews")
        await stage.settle(START, handle.id)
        await stage.play_to(date(2026, 6, 1))
        await stage.play_to(date(2027, 6, 1))
        assert (await handle.result()).seen == ("2026-06-01", "2027-06-01", "2027-06-01")

    async def test_many_move_together(self, stage: Stage) -> None:
        handles = [
            await stage.start("Waiting", Journey(days=days("2026-04-20", "2026-05-10")), name=f"many-{number}")
            for number in range(40)
        ]
        await stage.settle(START, *(handle.id for handle in handles))
        report = await fast_forward(stage.client, task_queue=stage.queue, target=business_moment(date(2026, 4, 20)))
        assert report.moved >= 40
        assert report.failures == {}
        stage.watch.forget_all()
        assert await stage.settle(date(2026, 4, 20)) == date(2026, 5, 10)
        await stage.play_to(date(2026, 5, 10))
        seen = {(await handle.result()).seen for handle in handles}
        assert seen == {("2026-04-05", "2026-04-20 day", "2026-05-10 day")}

    async def test_moving_twice_or_back_changes_nothing(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(days=days("2026-08-20")), name="twice")
        await stage.settle(START, handle.id)
        for day in days("2026-07-01", "2026-07-01", "2026-06-01"):
            await bring_up_to_date(stage.client, workflow_id=handle.id, target=business_moment(day))
        now = await business_time(handle)
        assert now is not None
        assert now.date() == date(2026, 7, 1)
        await handle.terminate()

    async def test_who_ended_or_never_lived_is_left_alone(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(), name="short")
        await handle.result()
        await bring_up_to_date(stage.client, workflow_id=handle.id, target=business_moment(date(2026, 9, 1)))
        await bring_up_to_date(stage.client, workflow_id="never-lived", target=business_moment(date(2026, 9, 1)))
        assert await business_time(handle) is None


class TestChildren:
    async def test_a_child_lives_on_its_parents_day(self, stage: Stage) -> None:
        handle = await stage.start("Parent", Journey(days=days("2026-04-05")), name="family")
        assert (await handle.result()).seen == ("2026-04-05", "2026-04-05 day")

    async def test_a_parent_that_waits_for_a_child_can_not_be_moved_and_says_so(self, stage: Stage) -> None:
        handle = await stage.start("Parent", Journey(days=days("2026-09-01")), name="stuck")
        await stage.settle(START, handle.id)
        with pytest.raises(NotThereYet, match="waits for a child"):
            await bring_up_to_date(stage.client, workflow_id=handle.id, target=business_moment(date(2026, 8, 1)))
        await handle.terminate()


class TestActivities:
    async def test_time_stands_still_while_an_activity_is_tried_again(self, stage: Stage) -> None:
        sample_activities.STUMBLES[f"{stage.queue}-Stumbling-1"] = 3
        handle = await stage.start("Stumbling", Journey(days=days("2026-04-20")))
        assert await stage.settle(START, handle.id) == date(2026, 4, 20)
        await stage.play_to(date(2026, 4, 20))
        assert (await handle.result()).seen == ("2026-04-20", "stood up")

    async def test_one_that_does_not_arrive_is_reported_and_does_not_hold_the_others(self, stage: Stage) -> None:
        sample_activities.STUMBLES[f"{stage.queue}-Stumbling-late"] = 1000
        late = await stage.start("Stumbling", Journey(days=days("2026-04-20")), name="late")
        other = await stage.start("Waiting", Journey(days=days("2026-04-20")), name="on-time")
        await asyncio.sleep(0.5)
        report = await fast_forward(
            stage.client, task_queue=stage.queue, target=business_moment(date(2026, 4, 20)), timeout_seconds=3
        )
        assert list(report.failures) == [late.id]
        assert (await other.result()).seen[-1] == "2026-04-20 day"
        seen = await stage.watch.look(business_date=date(2026, 4, 20), touched=[late.id])
        assert any(late.id in reason for reason in seen.busy)
        await late.terminate()

    async def test_a_partner_that_refuses_is_tried_three_times_and_its_words_are_not_readable(
        self, stage: Stage
    ) -> None:
        handle = await stage.start("Failing")
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
        assert isinstance(caught.value.cause, ActivityError)
        assert isinstance(caught.value.cause.cause, ApplicationError)
        history = (await handle.fetch_history()).to_json()
        assert "canary-of-a-failure" not in history
        assert "85073003328" not in history


class TestWhatTheServerKnows:
    async def test_attributes_name_procedure_and_dossier_only(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(days=days("2026-04-20")), name="known")
        await stage.settle(START, handle.id)
        attributes: TypedSearchAttributes = (await handle.describe()).typed_search_attributes
        assert attributes.get(PROCEDURE) == "Waiting"
        assert len(str(attributes.get(DOSSIER))) == 36
        assert attributes.get(NEXT_DATE) == datetime(2026, 4, 20, 4, 0, tzinfo=UTC)
        history = (await handle.fetch_history()).to_json()
        assert '"days"' not in history
        assert "2026-04-20T" not in history.replace("2026-04-20T04:00:00Z", "")
        await handle.terminate()

    async def test_the_same_id_is_never_started_twice(self, stage: Stage) -> None:
        handle = await stage.start("Waiting", Journey(), name="once")
        await handle.result()
        with pytest.raises(WorkflowAlreadyStartedError):
            await stage.start("Waiting", Journey(), name="once")

    async def test_a_scheduled_procedure_knows_its_day(self, stage: Stage) -> None:
        played = await stage.start("Scheduled", ScheduledRun(business_date=date(2026, 4, 3)), name="played")
        assert (await played.result()).seen == ("2026-04-03", "2026-04-05")
        by_hand = await stage.start("Scheduled", ScheduledRun(), name="by-hand")
        assert (await by_hand.result()).seen == ("2026-04-05", "2026-04-05")

    async def test_a_history_of_played_time_is_replayed(
        self, stage: Stage, platform_settings: PlatformSettings
    ) -> None:
        handle = await stage.start("Waiting", Journey(days=days("2026-04-20", "2026-05-10")), name="replayed")
        await stage.settle(START, handle.id)
        await stage.play_to(date(2026, 4, 20))
        await stage.play_to(date(2026, 5, 10))
        await handle.result()
        replayer = Replayer(
            workflows=WORKFLOWS,
            namespace=platform_settings.temporal_namespace,  # payloads are bound to it
            data_converter=data_converter(platform_settings),
        )
        await replayer.replay_workflow(await handle.fetch_history())


async def test_without_shift_a_procedure_lives_today(temporal_client: Client) -> None:
    queue = f"today-{uuid4().hex[:8]}"
    worker = create_worker(
        temporal_client, task_queue=queue, definition=WorkerDefinition(workflows=[Waiting], activities=[note])
    )
    async with worker:
        handle = await start_workflow(
            temporal_client,
            workflow="Waiting",
            workflow_id=f"{queue}-1",
            task_queue=queue,
            argument=Journey(),
            shift=timedelta(),
        )
        outcome = Outcome.model_validate(await handle.result())
        description = await handle.describe()
    assert await description.memo() == {}
    assert abs(date.fromisoformat(outcome.seen[0]) - datetime.now(UTC).date()) <= timedelta(days=1)
