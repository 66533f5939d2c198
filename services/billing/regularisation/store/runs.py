"""Runs of regularisation and the years they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from shared.law.categories import categories_where
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, 'income-regularisation:' || run_id as workflow_id, "
    "null::uuid as dossier from regularisation_run where status <> 'done'"
)
#: Years of dossiers of which an income was told after the year and something was billed in these books, or taken over
#: before that income was known.
_REGULARISABLE: Final = """
  extract(year from i.known_on) > i.year
  and (exists (select from contribution c where c.dossier = i.dossier
               and c.quarter between i.year || 'Q1' and i.year || 'Q4')
       or exists (select from quarter_taken_over t where t.dossier = i.dossier
                  and t.quarter between i.year || 'Q1' and i.year || 'Q4' and t.taken_over_on < i.known_on))
"""
#: Incomes with the dossiers they count for: their own, and that of a mini spouse of the earner (RGS art. 11 par. 2).
_ON_INCOME_OF_HELPED: Final = ", ".join(
    f"'{category}'" for category in categories_where(lambda meaning: meaning.on_income_of_helped.value)
)
_INCOMES: Final = f"""
  select dossier, year, known_on, import_id from income
  union all
  select k.dossier, i.year, i.known_on, i.import_id from income i join category_period k on k.helped_dossier = i.dossier
  where k.category in ({_ON_INCOME_OF_HELPED})
"""
_INSERT_ITEMS: Final = """
  insert into regularisation_item (run_id, ordinal, dossier, year, status)
  select %(run_id)s, (row_number() over (order by dossier, year) - 1) / %(size)s, dossier, year, 'planned'
  from ({pairs}) pairs
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """Years of dossiers: a query for ``dossier`` and ``year``, and its values."""

    query: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedYear:
    """A year of a dossier that a run still has to look at; its statement is late from ``state_before`` on."""

    dossier: UUID
    year: int
    state_before: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRegularised:
    """What became of a page."""

    issued: int
    unchanged: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run and how far it is."""

    run_id: UUID
    cause: str
    requested_by: str
    received_on: date
    state_before: date
    status: str
    planned: int
    issued: int
    unchanged: int
    parked: int


def years_of_import(import_id: UUID) -> Years:
    """Give every year of which an import told the income."""
    return Years(
        query=f"select distinct i.dossier, i.year from ({_INCOMES}) i "
        f"where i.import_id = %(import_id)s and {_REGULARISABLE}",
        values={"import_id": import_id},
    )


def years_regularised(dossier: UUID, years: Sequence[int]) -> Years:
    """Give those of a dossier's years that were regularised before."""
    return Years(
        query="select distinct g.dossier, g.year from regularisation g where g.dossier = %(dossier)s "
        "and g.year = any(%(years)s::smallint[])",
        values={"dossier": dossier, "years": list(years)},
    )


def years_left() -> Years:
    """Give every year whose income is known and of which a billed quarter has no statement yet."""
    return Years(
        query=f"select distinct i.dossier, i.year from ({_INCOMES}) i where {_REGULARISABLE} and exists "
        "(select from contribution c where c.dossier = i.dossier "
        "and c.quarter between i.year || 'Q1' and i.year || 'Q4' "
        "and not exists (select from relief r where r.dossier = c.dossier and r.quarter = c.quarter) "
        "and not exists (select from contribution_change h where h.dossier = c.dossier and h.quarter = c.quarter "
        "and h.cause = 'regularisation'))"
    )


async def run_of_cause(connection: Connection, *, cause: str) -> UUID | None:
    """Return the run that was asked for because of something."""
    run_id: UUID | None = await fetch_value(
        connection, "select run_id from regularisation_run where cause = %s", (cause,)
    )
    return run_id


async def any_of(connection: Connection, years: Years) -> bool:
    """Tell whether there is a year at all."""
    return bool(await fetch_value(connection, f"select exists ({years.query}) as found", years.values))


async def insert_run(
    connection: Connection,
    *,
    run_id: UUID,
    cause: str,
    requested_by: str,
    received_on: date,
    state_before: date,
    years: Years,
    page_size: int,
) -> None:
    """Keep a run with its years, cut into pages."""
    await connection.execute(
        "insert into regularisation_run (run_id, cause, requested_by, received_on, state_before, status, pages) "
        "values (%s, %s, %s, %s, %s, 'requested', 0)",
        (run_id, cause, requested_by, received_on, state_before),
    )
    await connection.execute(
        _INSERT_ITEMS.format(pairs=years.query), {**years.values, "run_id": run_id, "size": page_size}
    )
    await connection.execute(
        "update regularisation_run set pages = (select max(ordinal) + 1 from regularisation_item "
        "where run_id = %(run_id)s) where run_id = %(run_id)s",
        {"run_id": run_id},
    )


async def begin_run(connection: Connection, *, run_id: UUID) -> int:
    """Note that a run works; return how many pages it has.

    Raises:
        LookupError: there is no such run.
    """
    pages = await fetch_value(
        connection,
        "update regularisation_run set status = 'regularising' where run_id = %s returning pages",
        (run_id,),
    )
    if pages is None:
        raise LookupError(f"regularisation run {run_id} does not exist")
    return int(pages)


async def planned_years(connection: Connection, *, run_id: UUID, ordinal: int) -> list[PlannedYear]:
    """Return the years of a page that were not done yet, and hold other writers to them back."""
    return await fetch_all(
        connection,
        PlannedYear,
        "select i.dossier, i.year, r.state_before from regularisation_item i join regularisation_run r using (run_id) "
        "where i.run_id = %s and i.ordinal = %s and i.status = 'planned' order by i.dossier, i.year for update of i",
        (run_id, ordinal),
    )


async def end_year(
    connection: Connection,
    *,
    run_id: UUID,
    dossier: UUID,
    year: int,
    status: str,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """Note what became of a year of a run."""
    await connection.execute(
        "update regularisation_item set status = %s, reason = %s, detail = %s "
        "where run_id = %s and dossier = %s and year = %s and status = 'planned'",
        (status, reason, detail, run_id, dossier, year),
    )


async def page_counts(connection: Connection, *, run_id: UUID, ordinal: int) -> PageRegularised:
    """Return what became of a page so far."""
    (counts,) = await fetch_all(
        connection,
        PageRegularised,
        "select count(*) filter (where status = 'issued') as issued, "
        "count(*) filter (where status = 'unchanged') as unchanged, "
        "count(*) filter (where status = 'parked') as parked from regularisation_item "
        "where run_id = %s and ordinal = %s",
        (run_id, ordinal),
    )
    return counts


async def set_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Note the stage of a run."""
    await connection.execute("update regularisation_run set status = %s where run_id = %s", (status, run_id))


async def runs(connection: Connection, *, run_id: UUID | None = None, limit: int = 100) -> list[RunState]:
    """Return regularisation runs with their progress, the newest first."""
    return await fetch_all(
        connection,
        RunState,
        "select r.run_id, r.cause, r.requested_by, r.received_on, r.state_before, r.status, "
        "count(i.*) filter (where i.status = 'planned') as planned, "
        "count(i.*) filter (where i.status = 'issued') as issued, "
        "count(i.*) filter (where i.status = 'unchanged') as unchanged, "
        "count(i.*) filter (where i.status = 'parked') as parked "
        "from regularisation_run r left join regularisation_item i using (run_id) "
        "where %(run_id)s::uuid is null or r.run_id = %(run_id)s "
        "group by r.run_id order by r.received_on desc, r.run_id desc limit %(limit)s",
        {"run_id": run_id, "limit": limit},
    )
