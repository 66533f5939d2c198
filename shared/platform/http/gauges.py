"""What can be measured of a service at a moment: queues, letters nobody could read, work for people."""

from __future__ import annotations

import asyncio
from typing import Final

from shared.platform.context import ApiContext
from shared.platform.messages_in.dead_letters import open_dead_letter_count
from shared.platform.messages_out.outbox import waiting_facts
from shared.platform.observation import metrics
from shared.platform.people.tasks import open_task_count
from shared.platform.temporal.dispatch import undeliverable_counts, waiting_dispatches

_SECONDS: Final = 3.0


async def observe(context: ApiContext) -> None:
    """Bring the gauges up to date; when the database is away they keep their last values."""
    service = context.name
    for role, running in context.roles.running.items():
        metrics.ROLE_UP.labels(service, role).set(1 if running else 0)
    try:
        async with asyncio.timeout(_SECONDS), context.database.transaction() as connection:
            metrics.OUTBOX_PENDING.labels(service).set(await waiting_facts(connection))
            metrics.DISPATCH_PENDING.labels(service).set(await waiting_dispatches(connection))
            for outcome, count in (await undeliverable_counts(connection)).items():
                metrics.UNDELIVERABLE.labels(service, outcome).set(count)
            metrics.DEAD_LETTERS.labels(service).set(await open_dead_letter_count(connection))
            metrics.OPEN_TASKS.labels(service).set(await open_task_count(connection))
    except Exception:  # noqa: BLE001 - a metrics page must not fail because something it measures does
        metrics.ROLE_UP.labels(service, "database").set(0)
    else:
        metrics.ROLE_UP.labels(service, "database").set(1)
        await context.sleepers.refresh(service)
