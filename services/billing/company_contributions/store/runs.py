"""Contributions of companies and their runs as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.correspondence.rules.channels import TO_HAND_OVER
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

COMPANY_NOTICE: Final = "companyContributionNotice"
#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, workflow_id, null::uuid as dossier from company_run where status <> 'done'"
)
#: Companies that owe a year and were neither billed nor exempted.
_DUE: Final = """
  select c.dossier, c.founded_on, s.file_number from company c join subject s using (dossier)
  where c.first_year <= %(year)s and (c.last_year is null or c.last_year >= %(year)s)
    and c.founded_on <= make_date(%(year)s, 12, 31)
    and not exists (select from company_contribution b where b.dossier = c.dossier and b.year = %(year)s)
    and not exists (select from company_exemption e where e.dossier = c.dossier and e.year = %(year)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCompany:
    """A company that owes a year and was not billed for it."""

    dossier: UUID
    founded_on: date
    file_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run."""

    run_id: UUID
    year: int
    round: int
    requested_by: str
    business_date: date
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRun(RunRow):
    """A run and how many it billed, parked and wrote to."""

    billed: int
    parked: int
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCompany:
    """A company a run could not bill, and why."""

    dossier: UUID
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentLetter:
    """A notice whose letter no carrier has; ``made`` when the letter is there."""

    reference: str
    dossier: UUID
    file_number: int
    year: int
    issued_on: date
    due_on: date
    charged_cents: int
    credit_used_cents: int
    size: str
    financial_year_end: date | None
    balance_total_cents: int | None
    limit_cents: int | None
    made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow:
    """A contribution to keep, with the entry that charges it."""

    dossier: UUID
    year: int
    size: str
    amount_cents: int
    due_on: date
    financial_year_end: date | None
    balance_total_cents: int | None
    limit_cents: int | None
    certainty: str
    source: str
    booked_on: date
    run_id: UUID
    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice to keep."""

    reference: str
    dossier: UUID
    quarter: str
    number: int
    charged_cents: int
    credit_used_cents: int
    issued_on: date
    due_on: date
    run_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _NumberOfNotice:
    dossier: UUID
    number: int


_RUN_COLUMNS: Final = "r.run_id, r.year, r.round, r.requested_by, r.business_date, r.status"


async def lock_year(connection: Connection, *, year: int) -> None:
    """Hold other requests for a year back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"company_run|{year}",))


async def latest_run(connection: Connection, *, year: int) -> RunRow | None:
    """Return the latest run of a year."""
    return await fetch_one(
        connection,
        RunRow,
        f"select {_RUN_COLUMNS} from company_run r where r.year = %s order by r.round desc limit 1",
        (year,),
    )


async def run_to_change(connection: Connection, *, run_id: UUID) -> RunRow | None:
    """Return a run that nobody else changes until this transaction ends."""
    return await fetch_one(
        connection, RunRow, f"select {_RUN_COLUMNS} from company_run r where r.run_id = %s for update", (run_id,)
    )


async def runs(connection: Connection, *, run_id: UUID | None = None) -> list[CountedRun]:
    """Return runs with their counts, the newest first."""
    return await fetch_all(
        connection,
        CountedRun,
        f"select {_RUN_COLUMNS}, b.billed, p.parked, n.letters from company_run r "
        "left join lateral (select count(*) as billed from company_contribution c where c.run_id = r.run_id) b on true "
        "left join lateral (select count(*) as parked from company_parked c where c.run_id = r.run_id) p on true "
        "left join lateral (select count(d.id) as letters from notice n join document d on d.reference = n.reference "
        "and d.kind = %(kind)s where n.run_id = r.run_id) n on true "
        "where %(run_id)s::uuid is null or r.run_id = %(run_id)s order by r.business_date desc, r.run_id desc",
        {"run_id": run_id, "kind": COMPANY_NOTICE},
    )


async def insert_run(connection: Connection, *, run: RunRow, workflow_id: str) -> None:
    """Keep a run that was asked for."""
    await connection.execute(
        "insert into company_run (run_id, year, round, workflow_id, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, %s, %s, %s)",
        (run.run_id, run.year, run.round, workflow_id, run.requested_by, run.business_date, run.status),
    )


async def was_billed_here(connection: Connection, *, year: int) -> bool:
    """Tell whether a year was ever billed in these books; earlier ones were another system's."""
    found = await fetch_value(connection, "select exists (select from company_run where year = %s)", (year,))
    return bool(found)


async def set_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Note the stage of a run."""
    await connection.execute("update company_run set status = %s where run_id = %s", (status, run_id))


async def somebody_is_due(connection: Connection, *, year: int, parked_by: UUID | None) -> bool:
    """Tell whether a company is due; one the latest run parked counts once a balance sheet of it became known."""
    found = await fetch_value(
        connection,
        f"select exists ({_DUE} and (not exists (select from company_parked p where p.run_id = %(parked_by)s::uuid "
        "and p.dossier = c.dossier) or exists (select from balance_total t where t.dossier = c.dossier "
        "and extract(year from t.financial_year_end) between %(year)s - 2 and %(year)s - 1)))",
        {"year": year, "parked_by": parked_by},
    )
    return bool(found)


async def due_after(connection: Connection, *, year: int, after: UUID | None, limit: int) -> list[UUID]:
    """Return the next companies that are due, in order of dossier."""
    rows = await fetch_all(
        connection,
        DueCompany,
        f"{_DUE} and (%(after)s::uuid is null or c.dossier > %(after)s) order by c.dossier limit %(limit)s",
        {"year": year, "after": after, "limit": limit},
    )
    return [row.dossier for row in rows]


async def due_among(connection: Connection, *, year: int, dossiers: Sequence[UUID]) -> list[DueCompany]:
    """Return which of some companies are due, in order of dossier."""
    return await fetch_all(
        connection,
        DueCompany,
        f"{_DUE} and c.dossier = any(%(found)s) order by c.dossier",
        {"year": year, "found": list(dossiers)},
    )


async def insert_contributions(connection: Connection, rows: Sequence[ContributionRow]) -> None:
    """Keep contributions that were charged."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into company_contribution (dossier, year, size, amount_cents, due_on, financial_year_end, "
            "balance_total_cents, limit_cents, certainty, source, booked_on, run_id, entry_id) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    row.dossier,
                    row.year,
                    row.size,
                    row.amount_cents,
                    row.due_on,
                    row.financial_year_end,
                    row.balance_total_cents,
                    row.limit_cents,
                    row.certainty,
                    row.source,
                    row.booked_on,
                    row.run_id,
                    row.entry_id,
                )
                for row in rows
            ],
        )


async def last_notice_numbers(connection: Connection, *, dossiers: Sequence[UUID]) -> dict[UUID, int]:
    """Return the number of the latest notice of dossiers that had one."""
    rows = await fetch_all(
        connection,
        _NumberOfNotice,
        "select dossier, max(number) as number from notice where dossier = any(%s) group by dossier",
        (list(dossiers),),
    )
    return {row.dossier: row.number for row in rows}


async def insert_notices(connection: Connection, rows: Sequence[NoticeRow]) -> None:
    """Keep notices."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, "
            "issued_on, due_on, run_id) values (%s, %s, %s, 'company', %s, %s, %s, %s, %s, %s)",
            [
                (
                    row.reference,
                    row.dossier,
                    row.quarter,
                    row.number,
                    row.charged_cents,
                    row.credit_used_cents,
                    row.issued_on,
                    row.due_on,
                    row.run_id,
                )
                for row in rows
            ],
        )


async def insert_parked(connection: Connection, *, run: RunRow, parked: ParkedCompany) -> None:
    """Keep that a run could not bill a company, once."""
    await connection.execute(
        "insert into company_parked (run_id, dossier, year, reason, detail) values (%s, %s, %s, %s, %s) "
        "on conflict (run_id, dossier) do nothing",
        (run.run_id, parked.dossier, run.year, parked.reason, parked.detail),
    )


async def parked_of(connection: Connection, *, run_id: UUID) -> list[ParkedCompany]:
    """Return which companies a run could not bill, and why."""
    return await fetch_all(
        connection,
        ParkedCompany,
        "select dossier, reason, detail from company_parked where run_id = %s order by dossier",
        (run_id,),
    )


async def unsent_letters(connection: Connection, *, run_id: UUID, limit: int, after: str | None) -> list[UnsentLetter]:
    """Return notices of a run whose letter no carrier has, in order of their reference; ``made`` when it was made."""
    return await fetch_all(
        connection,
        UnsentLetter,
        "select n.reference, n.dossier, n.charged_cents, n.credit_used_cents, n.issued_on, n.due_on, "
        "s.file_number, c.year, c.size, c.financial_year_end, c.balance_total_cents, c.limit_cents, "
        "d.id is not null as made "
        "from notice n join subject s using (dossier) "
        "join company_contribution c on c.dossier = n.dossier and c.run_id = n.run_id "
        "left join document d on d.kind = %(kind)s and d.reference = n.reference "
        "where n.run_id = %(run_id)s and n.kind = 'company' and (%(after)s::text is null or n.reference > %(after)s) "
        f"and (d.id is null or {TO_HAND_OVER}) "
        "order by n.reference limit %(limit)s",
        {"run_id": run_id, "kind": COMPANY_NOTICE, "limit": limit, "after": after},
    )
