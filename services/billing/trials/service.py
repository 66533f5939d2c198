"""Trials of billing runs: asked for, and cut into pages."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.quarterly.service import page_subjects
from services.billing.trials import store
from services.billing.trials.procedure import BillingTrialInput
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.temporal.dispatch import start_workflow

TRIAL_WORKFLOW: Final = "BillingTrial"


async def request_trial(
    connection: Connection, *, quarter: Quarter, requested_by: str, business_date: date
) -> tuple[UUID, bool]:
    """Ask for a trial; while one of the quarter computes that one is given back.

    Returns:
        The id of the trial, and whether this call started it.
    """
    await store.lock_quarter(connection, quarter=quarter)
    known = await store.open_trial(connection, quarter=quarter)
    if known is not None:
        return known, False
    trial_id = UUID(int=uuid7().int)
    await store.insert_trial(
        connection, trial_id=trial_id, quarter=quarter, requested_by=requested_by, business_date=business_date
    )
    await start_workflow(
        connection,
        workflow=TRIAL_WORKFLOW,
        workflow_id=f"billing-trial:{trial_id}",
        argument=BillingTrialInput(trial_id=trial_id, quarter=str(quarter)),
    )
    return trial_id, True


async def plan_pages(connection: Connection, *, trial_id: UUID, page_size: int) -> int:
    """Cut those who would be billed into pages, once; return the number of pages.

    Raises:
        LookupError: there is no such trial.
    """
    trial = await store.trial_to_plan(connection, trial_id=trial_id)
    if trial is None:
        raise LookupError(f"billing trial {trial_id} does not exist")
    if trial.pages is not None:
        return trial.pages
    pages = await page_subjects.page_bounds(connection, quarter=Quarter.parse(trial.quarter), page_size=page_size)
    await store.insert_pages(connection, trial_id=trial_id, pages=pages)
    return len(pages)
