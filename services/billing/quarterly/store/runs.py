"""Billing runs as the database keeps them: their pages and waves, how far they are, and who could not be billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, workflow_id, null::uuid as dossier from billing_run "
    "where status not in ('done', 'incomplete', 'cancelled')"
)
#: Who owes a quarter and was neither billed for it nor relieved of it: ``subjects.rules.is_subject``, for all at once.
DUE: Final = """
  select s.dossier, s.file_number, s.partition, a.starts_on, a.first_activity
  from subject s
  join lateral (
    select a.starts_on, a.first_activity from activity_period a
    where a.dossier = s.dossier and a.starts_on < %(ends_before)s
      and (a.ceased_on is null or a.ceased_on >= case when a.cessation_reason in ('death', 'pension')
                                                      then %(ends_before)s else %(starts_on)s end)
    order by a.starts_on desc limit 1) a on true
  where not exists (select from contribution c where c.dossier = s.dossier and c.quarter = %(quarter)s
                    and c.kind = 'provisional')
    and not exists (select from relief r where r.dossier = s.dossier and r.quarter = %(quarter)s)
    and not exists (select from quarter_taken_over t where t.dossier = s.dossier and t.quarter = %(quarter)s)
"""

#: More dossiers than any fund has: a run without waves is one wave.
_EVERYBODY: Final = 1 << 30

#: Of those who owe a quarter, only the dossiers a run is for.
_OF_RUN: Final = "and exists (select from billing_run_dossier o where o.run_id = %(run_id)s and o.dossier = s.dossier)"

#: All subjects as one wave: a cheap order, for the whole country at once.
_AT_ONCE: Final = """
  select partition, dossier, 1 as wave, (row_number() over (partition by partition order by dossier) - 1) / %(size)s
    as piece
  from due
"""

#: A canary and waves, each taking dossiers from all partitions in turn.
_IN_WAVES: Final = """
  select partition, dossier, wave,
    (row_number() over (partition by partition, wave order by dossier) - 1) / %(size)s as piece
  from (select partition, dossier,
      case when position <= %(canary)s then 0 else 1 + (position - %(canary)s - 1) / %(wave_size)s end as wave
    from (select partition, dossier, row_number() over (order by place, partition) as position
      from (select partition, dossier, row_number() over (partition by partition order by dossier) as place from due)
        placed) positioned) waved
"""

_PLAN: Final = """
  with due as ({due}), cut as ({cut}), planned as (
    select row_number() over (order by wave, partition, piece) - 1 as ordinal, partition,
      row_number() over (partition by partition order by wave, piece) - 1 as page, wave,
      (array_agg(dossier order by dossier))[1] as first, (array_agg(dossier order by dossier desc))[1] as last,
      count(*) as subjects
    from cut group by partition, wave, piece
  ), written as (
    insert into billing_page (run_id, ordinal, partition, page, wave, first_dossier, last_dossier, status)
    select %(run_id)s, ordinal, partition, page, wave, first, last, 'planned' from planned
  )
  select coalesce(sum(subjects), 0)::bigint as subjects from planned
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Where the waves of a run end.

    Attributes:
        ends: for each wave the ordinal its pages end before.
        has_canary: the first wave is a canary, after which a person says go.
    """

    ends: tuple[int, ...]
    has_canary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestRun:
    """The last run that was asked for of a quarter."""

    run_id: UUID
    round: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run and how it is cut; ``pages`` is None while it is not planned."""

    run_id: UUID
    quarter: str
    workflow_id: str
    status: str
    canary: int | None
    wave_size: int | None
    pages: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a run: everybody of a partition between two dossiers who owes the quarter and is not yet billed."""

    run_id: UUID
    ordinal: int
    partition: int
    page: int
    first_dossier: UUID
    last_dossier: UUID
    status: str
    billed: int
    parked: int
    quarter: str
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run and how far it is."""

    run_id: UUID
    quarter: str
    round: int
    requested_by: str
    business_date: date
    status: str
    pages: int | None
    subjects: int | None
    canary: int | None
    wave_size: int | None
    waves: int | None
    pages_done: int
    pages_failed: int
    billed: int
    parked: int
    notices: int
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedSubject:
    """Somebody who could not be billed, and why."""

    dossier: UUID
    reason: str
    detail: str


async def lock_quarter(connection: Connection, *, quarter: Quarter) -> LatestRun | None:
    """Hold others who ask for runs of a quarter back, and return the last one that was asked for."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"billing_run|{quarter}",))
    return await fetch_one(
        connection,
        LatestRun,
        "select run_id, round, status from billing_run where quarter = %s order by round desc limit 1",
        (str(quarter),),
    )


async def insert_run(
    connection: Connection,
    *,
    run_id: UUID,
    quarter: Quarter,
    number: int,
    workflow_id: str,
    requested_by: str,
    business_date: date,
    canary: int | None,
    wave_size: int | None,
) -> None:
    """Keep a run that was asked for.

    Raises:
        psycopg.errors.UniqueViolation: a run of the quarter is open.
    """
    await connection.execute(
        "insert into billing_run (run_id, quarter, round, workflow_id, requested_by, business_date, status, canary, "
        "wave_size) values (%s, %s, %s, %s, %s, %s, 'requested', %s, %s)",
        (run_id, str(quarter), number, workflow_id, requested_by, business_date, canary, wave_size),
    )


async def insert_run_dossiers(connection: Connection, *, run_id: UUID, dossiers: Sequence[UUID]) -> None:
    """Keep that a run is for some dossiers alone."""
    await connection.execute(
        "insert into billing_run_dossier (run_id, dossier) select %s, unnest(%s::uuid[])", (run_id, list(dossiers))
    )


async def unbilled(connection: Connection, *, quarter: Quarter, except_parked_by: UUID | None = None) -> int:
    """Return how many subjects owe the quarter and were not billed, leaving out those a given run parked."""
    return int(
        await fetch_value(
            connection,
            f"select count(*) as subjects from ({DUE} and not exists (select from parked_subject p "
            "where p.run_id = %(parked_by)s::uuid and p.dossier = s.dossier)) due",
            {**bounds(quarter), "parked_by": except_parked_by},
        )
    )


async def was_billed_here(connection: Connection, *, quarter: Quarter) -> bool:
    """Tell whether the quarter was ever billed to everybody in these books; earlier ones were another system's."""
    found = await fetch_value(
        connection,
        "select exists (select from billing_run b where quarter = %s "
        "and not exists (select from billing_run_dossier o where o.run_id = b.run_id))",
        (str(quarter),),
    )
    return bool(found)


async def plan_pages(connection: Connection, *, run_id: UUID, page_size: int) -> int:
    """Cut the subjects to bill into pages of one Kafka partition each, once.

    The canary takes its dossiers from all partitions in turn, so that it is no sample of one of them; the waves after
    it do the same.

    Returns:
        The number of pages.
    """
    run = await run_for_update(connection, run_id=run_id)
    if run.pages is not None:
        return run.pages
    in_waves = run.canary is not None or run.wave_size is not None
    alone = await _is_for_some(connection, run_id=run_id)
    subjects = await fetch_value(
        connection,
        _PLAN.format(due=f"{DUE} {_OF_RUN}" if alone else DUE, cut=_IN_WAVES if in_waves else _AT_ONCE),
        {
            **bounds(Quarter.parse(run.quarter)),
            "run_id": run_id,
            # A page holds everybody between two dossiers: one that is billed alone is a page of its own.
            "size": 1 if alone else page_size,
            "canary": run.canary or 0,
            "wave_size": run.wave_size or _EVERYBODY,
        },
    )
    return int(
        await fetch_value(
            connection,
            "update billing_run set status = 'billing', subjects = %(subjects)s, "
            "pages = (select count(*) from billing_page where run_id = %(run_id)s), "
            "waves = (select count(distinct wave) from billing_page where run_id = %(run_id)s) "
            "where run_id = %(run_id)s returning pages",
            {"run_id": run_id, "subjects": subjects},
        )
    )


async def _is_for_some(connection: Connection, *, run_id: UUID) -> bool:
    found = await fetch_value(
        connection, "select exists (select from billing_run_dossier where run_id = %s)", (run_id,)
    )
    return bool(found)


async def waves_of(connection: Connection, *, run_id: UUID) -> Waves:
    """Return where the waves of a planned run end."""
    ends = await fetch_all(
        connection,
        _wave_end,
        "select wave, max(ordinal) + 1 as ends_before from billing_page where run_id = %s group by wave order by wave",
        (run_id,),
    )
    return Waves(ends=tuple(before for _, before in ends), has_canary=bool(ends) and ends[0][0] == 0)


async def run_for_update(connection: Connection, *, run_id: UUID) -> Run:
    """Return a run and hold other writers to it back.

    Raises:
        LookupError: there is no such run.
    """
    run = await fetch_one(
        connection,
        Run,
        "select run_id, quarter, workflow_id, status, canary, wave_size, pages from billing_run "
        "where run_id = %s for update",
        (run_id,),
    )
    if run is None:
        raise LookupError(f"billing run {run_id} does not exist")
    return run


async def page_for_update(connection: Connection, *, run_id: UUID, ordinal: int) -> Page:
    """Return a page with its run's quarter and date, and hold other writers to it back.

    Raises:
        LookupError: there is no such page.
    """
    page = await fetch_one(
        connection,
        Page,
        "select p.run_id, p.ordinal, p.partition, p.page, p.first_dossier, p.last_dossier, p.status, p.billed, "
        "p.parked, r.quarter, r.business_date from billing_page p join billing_run r using (run_id) "
        "where p.run_id = %s and p.ordinal = %s for update of p",
        (run_id, ordinal),
    )
    if page is None:
        raise LookupError(f"page {ordinal} of billing run {run_id} does not exist")
    return page


async def finish_page(
    connection: Connection, *, run_id: UUID, ordinal: int, status: str, billed: int = 0, parked: int = 0
) -> None:
    """Note how a page ended; a page that was billed stays so."""
    await connection.execute(
        "update billing_page set status = %s, billed = %s, parked = %s "
        "where run_id = %s and ordinal = %s and status <> 'billed'",
        (status, billed, parked, run_id, ordinal),
    )


async def set_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Note the stage of a run."""
    await connection.execute("update billing_run set status = %s where run_id = %s", (status, run_id))


async def runs(
    connection: Connection, *, run_id: UUID | None = None, after: UUID | None = None, limit: int | None = None
) -> list[RunState]:
    """Return runs with their progress, the newest first.

    Args:
        connection: any transaction.
        run_id: only this run.
        after: continue after this run of an earlier answer.
        limit: how many at most; all when left out.
    """
    return await fetch_all(
        connection,
        RunState,
        "select r.run_id, r.quarter, r.round, r.requested_by, r.business_date, r.status, r.pages, r.subjects, "
        "r.canary, r.wave_size, r.waves, "
        "p.pages_done, p.pages_failed, p.billed, p.parked, n.notices, n.letters "
        "from billing_run r left join lateral (select count(*) filter (where status = 'billed') as pages_done, "
        "count(*) filter (where status = 'failed') as pages_failed, coalesce(sum(billed), 0)::bigint as billed, "
        "coalesce(sum(parked), 0)::bigint as parked from billing_page p where p.run_id = r.run_id) p on true "
        "left join lateral (select count(*) as notices, count(d.id) as letters from notice n "
        "left join document d on d.kind = 'contributionNotice' and d.reference = n.reference "
        "where n.run_id = r.run_id) n on true "
        "where (%(run_id)s::uuid is null or r.run_id = %(run_id)s) "
        "and (%(after)s::uuid is null or (r.business_date, r.run_id) < "
        "(select business_date, run_id from billing_run where run_id = %(after)s)) "
        "order by r.business_date desc, r.run_id desc limit %(limit)s",
        {"run_id": run_id, "after": after, "limit": limit},
    )


async def parked_of(connection: Connection, *, run_id: UUID) -> list[ParkedSubject]:
    """Return who could not be billed in a run, and why."""
    return await fetch_all(
        connection,
        ParkedSubject,
        "select dossier, reason, detail from parked_subject where run_id = %s order by dossier",
        (run_id,),
    )


async def park(connection: Connection, *, run_id: UUID, quarter: Quarter, parked: Sequence[ParkedSubject]) -> None:
    """Note who could not be billed."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into parked_subject (run_id, dossier, quarter, reason, detail) values (%s, %s, %s, %s, %s) "
            "on conflict (run_id, dossier) do nothing",
            [(run_id, one.dossier, str(quarter), one.reason, one.detail) for one in parked],
        )


def bounds(quarter: Quarter) -> dict[str, object]:
    """Give the values ``DUE`` needs."""
    return {"quarter": str(quarter), "starts_on": quarter.starts_on, "ends_before": quarter.ends_before}


def _wave_end(*, wave: int, ends_before: int) -> tuple[int, int]:
    return wave, ends_before
