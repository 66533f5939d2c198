"""Procedures that only tests run: they wait, hear, call, fail and start others."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from datetime import date

    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import (
        business_today,
        child_options,
        scheduled_date,
        sleep_until,
        wait_until,
    )
    from tests.shared.platform.sample_activities import (
        Answer,
        Journey,
        Nudge,
        Outcome,
        Question,
        note,
        stumble,
    )


@workflow.defn
class Waiting:
    """Waits for two days in turn, each time calling an activity, and can be told to stop."""

    def __init__(self) -> None:
        self._nudges: list[str] = []
        self._seen: list[str] = []

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        self._seen.append(business_today().isoformat())
        for day in journey.days:
            told = await wait_until(lambda: bool(self._nudges), day=day)
            self._seen.append(f"{business_today().isoformat()} {'told' if told else 'day'}")
            if told:
                break
            await workflow.execute_activity(note, Question(text=day.isoformat()), **activity_options())
        return Outcome(seen=tuple(self._seen), nudges=tuple(self._nudges))

    @workflow.signal
    async def nudge(self, nudge: Nudge) -> None:
        self._nudges.append(nudge.text)

    @workflow.query
    def today(self) -> date:
        return business_today()


@workflow.defn
class Listening:
    """Waits without a day."""

    def __init__(self) -> None:
        self._nudges: list[str] = []

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        for day in journey.days:
            await sleep_until(day)
        await wait_until(lambda: bool(self._nudges), day=None)
        return Outcome(seen=(business_today().isoformat(),), nudges=tuple(self._nudges))

    @workflow.signal
    async def nudge(self, nudge: Nudge) -> None:
        self._nudges.append(nudge.text)


@workflow.defn
class Stumbling:
    """Calls an activity that fails a few times, then waits for a day."""

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        answer: Answer = await workflow.execute_activity(
            stumble, Question(text=workflow.info().workflow_id), **activity_options(timeout_seconds=5)
        )
        await sleep_until(journey.days[0])
        return Outcome(seen=(business_today().isoformat(), answer.text))


@workflow.defn
class Parent:
    """Starts a child that must live on the same day."""

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        return await workflow.execute_child_workflow(
            Waiting.run,
            journey,
            id=f"{workflow.info().workflow_id}-child",
            **child_options(procedure="Waiting"),
        )


@workflow.defn
class Renewing:
    """Continues as new after each day, as procedures of many years do."""

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        if journey.days:
            await sleep_until(journey.days[0])
            seen = (*journey.seen, business_today().isoformat())
            workflow.continue_as_new(Journey(days=journey.days[1:], seen=seen))
        return Outcome(seen=(*journey.seen, business_today().isoformat()))


@workflow.defn
class Scheduled:
    """Says which day it was scheduled for."""

    @workflow.run
    async def run(self, run: ScheduledRun) -> Outcome:
        return Outcome(seen=(scheduled_date(run).isoformat(), business_today().isoformat()))


@workflow.defn
class Failing:
    """Asks a partner that always refuses."""

    @workflow.run
    async def run(self, journey: Journey) -> Outcome:
        await workflow.execute_activity(
            stumble,
            Question(text="never"),
            **activity_options(timeout_seconds=5, retry=RetryPolicy(maximum_attempts=3)),
        )
        return Outcome(seen=journey.seen)
