"""Trials as the database keeps them: nothing but their own pages is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import polars as pl
from psycopg.types.json import Jsonb

from services.billing.trials.rules import TrialResult
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value, fetch_values

#: Trials whose procedure must be alive.
OPEN_TRIALS: Final = (
    "select trial_id as reference, 'billing-trial:' || trial_id as workflow_id, null::uuid as dossier "
    "from billing_trial where status <> 'done'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial and how far it is; ``pages`` is None until it is cut into pages."""

    trial_id: UUID
    quarter: str
    requested_by: str
    business_date: date
    status: str
    pages: int | None
    pages_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    """A page of a trial: its dossiers lie between two, both included."""

    quarter: str
    first_dossier: UUID
    last_dossier: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialToPlan:
    """A trial that nobody else plans until this transaction ends."""

    quarter: str
    pages: int | None


async def lock_quarter(connection: Connection, *, quarter: Quarter) -> None:
    """Hold other requests for a quarter back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"billing_trial|{quarter}",))


async def open_trial(connection: Connection, *, quarter: Quarter) -> UUID | None:
    """Return the trial of a quarter that is being computed."""
    found: UUID | None = await fetch_value(
        connection,
        "select trial_id from billing_trial where quarter = %s and status in ('requested', 'computing')",
        (str(quarter),),
    )
    return found


async def insert_trial(
    connection: Connection, *, trial_id: UUID, quarter: Quarter, requested_by: str, business_date: date
) -> None:
    """Keep a trial that was asked for."""
    await connection.execute(
        "insert into billing_trial (trial_id, quarter, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, 'requested')",
        (trial_id, str(quarter), requested_by, business_date),
    )


async def trial_to_plan(connection: Connection, *, trial_id: UUID) -> TrialToPlan | None:
    """Return a trial that nobody else plans until this transaction ends."""
    return await fetch_one(
        connection, TrialToPlan, "select quarter, pages from billing_trial where trial_id = %s for update", (trial_id,)
    )


async def insert_pages(connection: Connection, *, trial_id: UUID, pages: Sequence[tuple[UUID, UUID]]) -> None:
    """Keep the pages of a trial; it computes from now on."""
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into billing_trial_page (trial_id, ordinal, first_dossier, last_dossier) values (%s, %s, %s, %s)",
            [(trial_id, ordinal, first, last) for ordinal, (first, last) in enumerate(pages)],
        )
    await connection.execute(
        "update billing_trial set status = 'computing', pages = %s where trial_id = %s", (len(pages), trial_id)
    )


async def page_of(connection: Connection, *, trial_id: UUID, ordinal: int) -> TrialPage:
    """Return a page with its quarter.

    Raises:
        LookupError: there is no such page.
    """
    page = await fetch_one(
        connection,
        TrialPage,
        "select t.quarter, p.first_dossier, p.last_dossier from billing_trial_page p "
        "join billing_trial t using (trial_id) where p.trial_id = %s and p.ordinal = %s",
        (trial_id, ordinal),
    )
    if page is None:
        raise LookupError(f"page {ordinal} of billing trial {trial_id} does not exist")
    return page


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


async def trials(connection: Connection, *, trial_id: UUID | None = None, limit: int = 100) -> list[Trial]:
    """Return trials with how far they are, the newest first."""
    return await fetch_all(
        connection,
        Trial,
        "select t.trial_id, t.quarter, t.requested_by, t.business_date, t.status, t.pages, "
        "(select count(*) from billing_trial_page p where p.trial_id = t.trial_id "
        "and p.result is not null) as pages_done from billing_trial t "
        "where %(trial_id)s::uuid is null or t.trial_id = %(trial_id)s "
        "order by t.business_date desc, t.trial_id desc limit %(limit)s",
        {"trial_id": trial_id, "limit": limit},
    )


async def results_of(connection: Connection, *, trial_id: UUID) -> list[TrialResult]:
    """Return what the pages computed so far gave."""
    found = await fetch_values(
        connection,
        "select result from billing_trial_page where trial_id = %s and result is not null order by ordinal",
        (trial_id,),
    )
    return [TrialResult.model_validate(result) for result in found]
