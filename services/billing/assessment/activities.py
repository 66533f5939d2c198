"""The watch over the law data: somebody is asked for a value before the day on which it is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from temporalio import activity

from services.billing.assessment.procedure import LawWatched
from services.billing.subjects.procedure import BusinessDay
from shared.law.coverage import Hole, coverage
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from shared.platform.people.tasks import open_references, open_task, overtake_task

ENDING_TASK = "lawParameterEnding"


@dataclass
class LawWatchActivities:
    """Looks at the law data; ``days_ahead`` is how long before its end a value is asked for."""

    database: Database
    parameters: Parameters
    days_ahead: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.watch_law]

    @activity.defn
    async def watch_law(self, step: BusinessDay) -> LawWatched:
        """Open a task for each value somebody must enter, and end those of values that were entered since."""
        today = step.business_date
        found = coverage(
            parameters=self.parameters, starts_on=today, ends_on=today + timedelta(days=self.days_ahead)
        ).to_enter
        async with self.database.transaction() as connection:
            for hole, followers in found.items():
                await open_task(
                    connection,
                    kind=ENDING_TASK,
                    reference=_reference(hole),
                    dossier=None,
                    due_on=_last_day(hole, today),
                    role="operator",
                    details={
                        "parameter": hole.name,
                        "missingFrom": str(hole.starts_on),
                        "reason": hole.reason,
                        "followers": list(followers),
                    },
                )
            wanted = {_reference(hole) for hole in found}
            for reference in await open_references(connection, kind=ENDING_TASK, beginning=""):
                # A day that came without a value keeps its task: the law is still missing.
                if reference not in wanted and self._has_value(reference):
                    await overtake_task(
                        connection, kind=ENDING_TASK, reference=reference, resolved_by="billing", resolution="entered"
                    )
        return LawWatched(ending=len(found))

    def _has_value(self, reference: str) -> bool:
        name, _, day = reference.partition("|")
        missing_from = date.fromisoformat(day)
        return not coverage(parameters=self.parameters, starts_on=missing_from, ends_on=missing_from).lacks(name)


def _reference(hole: Hole) -> str:
    return f"{hole.name}|{hole.starts_on}"


def _last_day(hole: Hole, today: date) -> date:
    return max(today, hole.starts_on - timedelta(days=1))
