"""Activities of the closing of a quarter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from services.billing.lateness import store
from services.billing.lateness.procedure import ClosingOutcome, ClosingReference, ClosingStatus, ClosingStep
from services.billing.lateness.service import closings
from services.billing.subjects.procedure import BusinessDay, RunPlan
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Database
from shared.platform.people.tasks import open_task

INCOMPLETE_CLOSING_TASK = "incompleteQuarterClosing"
_TASK_DAYS = 5


@dataclass
class ClosingActivities:
    """Activities of closings, with what they were given at start."""

    database: Database
    parameters: Parameters
    page_size: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_quarter_closing,
            self.plan_quarter_closing,
            self.close_page,
            self.note_failed_closing_page,
            self.note_closing_status,
        ]

    @activity.defn
    async def request_quarter_closing(self, step: BusinessDay) -> ClosingReference:
        """Ask for the closing of the quarter before the one a business day lies in."""
        quarter = Quarter.of(step.business_date).previous()
        async with self.database.transaction() as connection:
            closing_id, _ = await closings.request_closing(
                connection, quarter=quarter, requested_by="schedule", business_date=step.business_date
            )
        return ClosingReference(closing_id=closing_id, quarter=str(quarter))

    @activity.defn
    async def plan_quarter_closing(self, closing: ClosingReference) -> RunPlan:
        """Cut the dossiers with unpaid contributions into pages."""
        async with self.database.transaction() as connection:
            pages = await store.plan_pages(connection, closing_id=closing.closing_id, page_size=self.page_size)
        return RunPlan(pages=pages)

    @activity.defn
    async def close_page(self, step: ClosingStep) -> ClosingOutcome:
        """Charge the surcharges of one page in one transaction and tell what is overdue."""
        async with self.database.transaction() as connection:
            outcome = await closings.close_page(
                connection, closing_id=step.closing_id, ordinal=step.ordinal, parameters=self.parameters
            )
        return ClosingOutcome(overdue=outcome.overdue, surcharges=outcome.surcharges)

    @activity.defn
    async def note_failed_closing_page(self, step: ClosingStep) -> None:
        """Note that a page could not be closed; the others go on."""
        async with self.database.transaction() as connection:
            await store.finish_page(connection, closing_id=step.closing_id, ordinal=step.ordinal, status="failed")

    @activity.defn
    async def note_closing_status(self, step: ClosingStatus) -> None:
        """Note the stage of a closing; one that could not do all its work asks a person to look."""
        async with self.database.transaction() as connection:
            await store.set_status(connection, closing_id=step.closing_id, status=step.status)
            if step.status == "incomplete" and step.business_date is not None:
                await open_task(
                    connection,
                    kind=INCOMPLETE_CLOSING_TASK,
                    reference=str(step.closing_id),
                    dossier=None,
                    due_on=add_working_days(step.business_date, _TASK_DAYS),
                    role="operator",
                    details={"closingId": str(step.closing_id)},
                )
