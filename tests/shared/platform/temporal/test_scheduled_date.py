"""A scheduled procedure works for the day its schedule meant, also when the server was down on that day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy

from shared.platform.temporal.connecting import WorkerDefinition, create_worker
from shared.platform.temporal.schedules import ScheduledProcedure, provision_schedules
from tests.shared.platform.sample_activities import Outcome
from tests.shared.platform.sample_procedures import Scheduled


async def test_a_run_that_is_caught_up_later_bears_the_day_it_was_meant_for(temporal_client: Client) -> None:
    queue = f"caught-up-{uuid4().hex[:8]}"
    procedure = ScheduledProcedure(
        id=f"{queue}-run", workflow="Scheduled", months=tuple(range(1, 13)), day=20, description="Is caught up."
    )
    await provision_schedules(temporal_client, task_queue=queue, procedures=[procedure])
    schedule = temporal_client.get_schedule_handle(f"{queue}-{procedure.id}")
    # 06:00 in Brussels is 05:00 in winter and 04:00 in summer, when midnight in London is already past.
    meant = [datetime(2026, 1, 20, 5, tzinfo=UTC), datetime(2026, 7, 20, 4, tzinfo=UTC)]
    try:
        async with create_worker(
            temporal_client, task_queue=queue, definition=WorkerDefinition(workflows=[Scheduled], activities=[])
        ):
            await schedule.backfill(
                *(
                    ScheduleBackfill(
                        start_at=moment - timedelta(minutes=1),
                        end_at=moment + timedelta(minutes=1),
                        overlap=ScheduleOverlapPolicy.ALLOW_ALL,
                    )
                    for moment in meant
                )
            )
            seen = sorted([(await _outcome(temporal_client, procedure.id, moment)).seen[0] for moment in meant])
    finally:
        await schedule.delete()
    assert seen == ["2026-01-20", "2026-07-20"]


async def _outcome(client: Client, procedure_id: str, moment: datetime) -> Outcome:
    """Return what the run of a moment answered, once the schedule has started it."""
    handle = client.get_workflow_handle(f"{procedure_id}-{moment:%Y-%m-%dT%H:%M:%SZ}", result_type=Outcome)
    async with asyncio.timeout(60):
        while True:
            if [one async for one in client.list_workflows(f"WorkflowId = '{handle.id}'")]:
                return Outcome.model_validate(await handle.result())
            await asyncio.sleep(0.1)
