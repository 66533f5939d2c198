"""Trials of billing runs: nothing but their own pages is written."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

import polars as pl
from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.billing.quarterly.service import page_subjects
from services.billing.trials.procedure import BillingTrialInput
from services.billing.trials.rules import TrialResult, summed
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.dispatch import start_workflow

TRIAL_WORKFLOW: Final = "BillingTrial"


async def request_trial(
    connection: Connection, *, quarter: Quarter, requested_by: str, business_date: date
) -> tuple[UUID, bool]:
    """Ask for a trial; while one of the quarter computes that one is given back.

    Returns:
        The id of the trial, and whether this call started it.
    """
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"billing_trial|{quarter}",))
    cursor = await connection.execute(
        "select trial_id from billing_trial where quarter = %s and status in ('requested', 'computing')",
        (str(quarter),),
    )
    known = await cursor.fetchone()
    if known is not None:
        return UUID(str(known["trial_id"])), False
    trial_id = UUID(int=uuid7().int)
    await connection.execute(
        "insert into billing_trial (trial_id, quarter, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, 'requested')",
        (trial_id, str(quarter), requested_by, business_date),
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
    cursor = await connection.execute("select * from billing_trial where trial_id = %s for update", (trial_id,))
    trial = await cursor.fetchone()
    if trial is None:
        raise LookupError(f"billing trial {trial_id} does not exist")
    if trial["pages"] is not None:
        return int(trial["pages"])
    pages = await page_subjects.page_bounds(connection, quarter=Quarter.parse(trial["quarter"]), page_size=page_size)
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into billing_trial_page (trial_id, ordinal, first_dossier, last_dossier) values (%s, %s, %s, %s)",
            [(trial_id, ordinal, first, last) for ordinal, (first, last) in enumerate(pages)],
        )
    await connection.execute(
        "update billing_trial set status = 'computing', pages = %s where trial_id = %s", (len(pages), trial_id)
    )
    return len(pages)


async def page_of(connection: Connection, *, trial_id: UUID, ordinal: int) -> dict[str, Any]:
    """Return a page with its quarter and date.

    Raises:
        LookupError: there is no such page.
    """
    cursor = await connection.execute(
        "select p.*, t.quarter, t.business_date from billing_trial_page p join billing_trial t using (trial_id) "
        "where p.trial_id = %s and p.ordinal = %s",
        (trial_id, ordinal),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"page {ordinal} of billing trial {trial_id} does not exist")
    return row


async def previous_totals(connection: Connection, *, quarter: Quarter, first: UUID, last: UUID) -> pl.DataFrame:
    """Return what the dossiers between two were charged for the quarter before one: ``dossier``, ``previous_cents``."""
    cursor = await connection.execute(
        "select dossier::text as dossier, total_cents as previous_cents from contribution "
        "where quarter = %s and kind = 'provisional' and dossier between %s and %s",
        (str(quarter.previous()), first, last),
    )
    return pl.DataFrame(await cursor.fetchall(), schema={"dossier": pl.String, "previous_cents": pl.Int64})


async def keep_result(connection: Connection, *, trial_id: UUID, ordinal: int, result: TrialResult) -> None:
    """Keep what a page gave; computing it again replaces it."""
    await connection.execute(
        "update billing_trial_page set result = %s where trial_id = %s and ordinal = %s",
        (Jsonb(result.model_dump(mode="json")), trial_id, ordinal),
    )


async def finish(connection: Connection, *, trial_id: UUID) -> None:
    """Note that all pages were computed."""
    await connection.execute("update billing_trial set status = 'done' where trial_id = %s", (trial_id,))


async def trials(connection: Connection, *, trial_id: UUID | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Return trials with how far they are, the newest first."""
    cursor = await connection.execute(
        "select t.*, (select count(*) from billing_trial_page p where p.trial_id = t.trial_id "
        "and p.result is not null) as pages_done from billing_trial t "
        "where %(trial_id)s::uuid is null or t.trial_id = %(trial_id)s "
        "order by t.business_date desc, t.trial_id desc limit %(limit)s",
        {"trial_id": trial_id, "limit": limit},
    )
    return await cursor.fetchall()


async def result_of(connection: Connection, *, trial_id: UUID) -> TrialResult:
    """Return what the pages computed so far give together."""
    cursor = await connection.execute(
        "select result from billing_trial_page where trial_id = %s and result is not null order by ordinal", (trial_id,)
    )
    return summed([TrialResult.model_validate(row["result"]) for row in await cursor.fetchall()])
