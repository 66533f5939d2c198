"""Billing runs that are asked for: one of a quarter at a time, for everybody or for some dossiers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.quarterly.procedure import BillingRunInput
from services.billing.quarterly.store import runs as store
from services.billing.quarterly.store.runs import unbilled
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.temporal.dispatch import start_workflow

__all__ = ["OPEN_STATUSES", "RUN_WORKFLOW", "RequestedRun", "request_run", "request_run_for", "unbilled"]

RUN_WORKFLOW: Final = "QuarterlyBilling"
#: A run in one of these goes on by itself or waits for a person; a quarter has at most one.
OPEN_STATUSES: Final = frozenset({"requested", "billing", "awaitingGo", "betweenWaves", "paused", "letters"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedRun:
    """A run that was asked for; ``created`` is False when it was there already."""

    run_id: UUID
    created: bool


async def request_run(
    connection: Connection,
    *,
    quarter: Quarter,
    requested_by: str,
    business_date: date,
    retry_parked: bool = False,
    canary: int | None = None,
    wave_size: int | None = None,
) -> RequestedRun:
    """Ask for the billing of a quarter; its workflow starts when this transaction commits.

    While a run of the quarter is open that run is given back, and when everybody was billed the latest one. Only
    somebody who is not yet billed, such as a late affiliation, or a run that could not do all its work, makes a new
    round; dossiers the latest run parked count when ``retry_parked`` says that their data were completed.

    Args:
        connection: the transaction of the request.
        quarter: the quarter to bill.
        requested_by: who asks.
        business_date: day of the notices.
        retry_parked: those whom the latest run parked are tried again.
        canary: dossiers that are billed first; the others wait until a person says go. None for no canary.
        wave_size: dossiers of one wave; the next begins on the next working day. None for all at once.
    """
    latest = await store.lock_quarter(connection, quarter=quarter)
    if latest is not None:
        parked_by = None if retry_parked else latest.run_id
        if latest.status in OPEN_STATUSES or (
            latest.status in {"done", "cancelled"}
            and await unbilled(connection, quarter=quarter, except_parked_by=parked_by) == 0
        ):
            return RequestedRun(run_id=latest.run_id, created=False)
    number = 1 if latest is None else latest.round + 1
    run_id = await _insert_run(
        connection,
        quarter=quarter,
        number=number,
        requested_by=requested_by,
        business_date=business_date,
        canary=canary,
        wave_size=wave_size,
    )
    return RequestedRun(run_id=run_id, created=True)


async def request_run_for(
    connection: Connection, *, quarter: Quarter, dossiers: Sequence[UUID], requested_by: str, business_date: date
) -> UUID:
    """Ask for the billing of a quarter to some dossiers alone, such as those of late affiliations; return the run.

    Raises:
        psycopg.errors.UniqueViolation: a run of the quarter is open.
    """
    latest = await store.lock_quarter(connection, quarter=quarter)
    number = 1 if latest is None else latest.round + 1
    run_id = await _insert_run(
        connection, quarter=quarter, number=number, requested_by=requested_by, business_date=business_date
    )
    await store.insert_run_dossiers(connection, run_id=run_id, dossiers=dossiers)
    return run_id


async def _insert_run(
    connection: Connection,
    *,
    quarter: Quarter,
    number: int,
    requested_by: str,
    business_date: date,
    canary: int | None = None,
    wave_size: int | None = None,
) -> UUID:
    workflow_id = f"billing-run-{quarter}" if number == 1 else f"billing-run-{quarter}-{number}"
    run_id = UUID(int=uuid7().int)
    await store.insert_run(
        connection,
        run_id=run_id,
        quarter=quarter,
        number=number,
        workflow_id=workflow_id,
        requested_by=requested_by,
        business_date=business_date,
        canary=canary,
        wave_size=wave_size,
    )
    await start_workflow(
        connection,
        workflow=RUN_WORKFLOW,
        workflow_id=workflow_id,
        argument=BillingRunInput(run_id=run_id, quarter=str(quarter)),
    )
    return run_id
