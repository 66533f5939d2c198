"""Tasks about procedures that can't go on by themselves; ``persistence`` of procedures opens and resolves them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from temporalio import activity

from shared.platform.database.connections import Database
from shared.platform.people import tasks
from shared.platform.temporal.persistence import END_SETBACK, REPORT_SETBACK, Setback

STUCK_TASK: Final = "procedureStuck"
#: Who resolves the task when the procedure goes on.
_RESOLVED_BY: Final = "procedure"
_OVERCOME: Final = "wentOn"


@dataclass(frozen=True, kw_only=True)
class SetbackActivities:
    """What a worker needs to tell people about setbacks."""

    database: Database

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [self.report_setback, self.end_setback]

    @activity.defn(name=REPORT_SETBACK)
    async def report_setback(self, setback: Setback) -> None:
        """See that a person has a task, one per setback.

        Who called the task done while the procedure still can't go on gets another one.
        """
        async with self.database.transaction() as connection:
            if await tasks.open_references(connection, kind=STUCK_TASK, beginning=_reference(setback)):
                return
            task = await tasks.open_task(
                connection,
                kind=STUCK_TASK,
                reference=_reference(setback),
                dossier=setback.dossier,
                due_on=setback.again_on,
                role="operator",
                details=_details(setback),
            )
            if (await tasks.task_by_id(connection, task_id=task))["resolved_at"] is not None:
                await tasks.open_task(
                    connection,
                    kind=STUCK_TASK,
                    reference=f"{_reference(setback)}{setback.today}",
                    dossier=setback.dossier,
                    due_on=setback.again_on,
                    role="operator",
                    details=_details(setback),
                )

    @activity.defn(name=END_SETBACK)
    async def end_setback(self, setback: Setback) -> None:
        """Resolve what is open about a setback: the procedure went on."""
        async with self.database.transaction() as connection:
            for reference in await tasks.open_references(connection, kind=STUCK_TASK, beginning=_reference(setback)):
                with suppress(tasks.TaskAlreadyResolved):
                    await tasks.resolve_task(
                        connection,
                        kind=STUCK_TASK,
                        reference=reference,
                        resolved_by=_RESOLVED_BY,
                        resolution=_OVERCOME,
                    )


def _reference(setback: Setback) -> str:
    return f"{setback.workflow_id}|{setback.work}|{setback.since}|"


def _details(setback: Setback) -> dict[str, str]:
    return {
        "procedure": setback.procedure,
        "workflowId": setback.workflow_id,
        "work": setback.work,
        "reason": setback.reason,
        "since": setback.since.isoformat(),
    }
