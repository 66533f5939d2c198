"""What is known of those who owe a quarter and are not yet billed: read whole, for columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.rows import tuple_row

from services.billing.quarterly.store.runs import DUE, bounds
from services.billing.subjects.rules import ActivityPeriod
from shared.law.income_year import reference_year
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value, fetch_values

#: One text for all rows: reading them one by one would cost more than finding them.
_KNOWN: Final = """
  select string_agg(d.dossier || ',' || d.file_number || ',' || d.starts_on || ',' || b.began_on || ','
                    || d.first_activity::text || ',' || coalesce(c.category, '') || ','
                    || coalesce(i.year || ',' || i.income_cents, ',') || ',' || coalesce(n.number, 0) + 1
                    || ',' || b.interrupted::text,
                    E'\\n' order by d.dossier) as content
  from ({due} and {among}) d
  join lateral (
    select coalesce(max(b.starts_on) filter (where b.first_activity), min(b.starts_on)) as began_on,
      count(*) > 1 or bool_or(b.ceased_on is not null) as interrupted
    from activity_period b where b.dossier = d.dossier and b.starts_on <= d.starts_on) b on true
  left join lateral (
    select category from category_period c where c.dossier = d.dossier and c.applies_from < %(ends_before)s
    order by c.applies_from desc limit 1) c on true
  left join lateral (
    select i.year, i.income_cents from income i
    where i.dossier = d.dossier and i.known_on <= %(new_year)s and i.year <= %(income_year)s
    order by i.year desc, i.known_on desc limit 1) i on true
  left join lateral (
    select n.number from notice n where n.dossier = d.dossier order by n.number desc limit 1) n on true
"""

#: A page is read by going through indexes for each of its subjects. The planner would not know: while a quarter is
#: being billed its statistics of that quarter are always of before, when nobody had been billed.
_BY_INDEX: Final = "select " + ", ".join(
    f"set_config('{name}', %(value)s, true)"
    for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "enable_bitmapscan")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Some of those who owe a quarter: a condition on the subject ``s``, and its values."""

    condition: str
    values: Mapping[str, object] = field(default_factory=dict)


#: Whom the latest run of the quarter parked.
PARKED_BY_LATEST_RUN: Final = Among(
    condition="exists (select from parked_subject p where p.dossier = s.dossier and p.run_id = (select run_id "
    "from billing_run where quarter = %(quarter)s order by round desc limit 1))"
)


async def lock_among(connection: Connection, among: Among) -> None:
    """Hold other writers to the accounts of some back until this transaction ends; in order, as ``lock_subjects``."""
    await connection.execute(
        f"select from subject s where {among.condition} order by dossier for no key update", among.values
    )


async def read_by_index(connection: Connection, *, on: bool) -> None:
    """Have this transaction read by indexes only, or as the planner thinks best again."""
    await connection.execute(_BY_INDEX, {"value": "off" if on else "on"})


async def known_text(connection: Connection, *, quarter: Quarter, among: Among) -> str | None:
    """Return what is known of some who owe a quarter and are not yet billed, a line each; None for nobody."""
    text: str | None = await fetch_value(
        connection,
        _KNOWN.format(due=DUE, among=among.condition),
        {
            **bounds(quarter),
            **among.values,
            "new_year": date(quarter.year, 1, 1),
            "income_year": reference_year(quarter.year),
        },
    )
    return text


async def due_dossiers(connection: Connection, *, quarter: Quarter, after: UUID | None, limit: int) -> list[UUID]:
    """Return who owes the quarter and is not yet billed, following a dossier, in order."""
    return await fetch_values(
        connection,
        f"select dossier from ({DUE} and (%(after)s::uuid is null or s.dossier > %(after)s)) due "
        "order by dossier limit %(limit)s",
        {**bounds(quarter), "after": after, "limit": limit},
    )


async def page_bounds(connection: Connection, *, quarter: Quarter, page_size: int) -> list[tuple[UUID, UUID]]:
    """Return the first and last dossier of each page of those who owe a quarter and are not yet billed."""
    return await fetch_all(
        connection,
        _bounds_of_page,
        "select (array_agg(dossier order by dossier))[1] as first, (array_agg(dossier order by dossier desc))[1] "
        "as last from (select dossier, (row_number() over (order by dossier) - 1) / %(size)s as page "
        f"from ({DUE}) due) numbered group by page order by page",
        {**bounds(quarter), "size": page_size},
    )


async def estimates(connection: Connection, *, year: int, first: Any, last: Any) -> list[tuple[Any, ...]]:
    """Return dossier, estimate and its quarters of those between two who have an estimate for a year."""
    return await _tuples(
        connection,
        "select dossier::text, estimate_cents, estimate_quarters::bigint from contribution_estimate "
        "where year = %s and dossier between %s::uuid and %s::uuid",
        (year, first, last),
    )


async def options(connection: Connection, *, ends_before: date, first: Any, last: Any) -> list[tuple[Any, ...]]:
    """Return dossier and choices within the category of those between two who made any."""
    return await _tuples(
        connection,
        "select c.dossier::text, c.political_mandate, c.old_age_opt_out from category_period c "
        "where (c.political_mandate or c.old_age_opt_out or c.helped_dossier is not null) "
        "and c.dossier between %(first)s::uuid and %(last)s::uuid and c.applies_from < %(ends_before)s "
        "and not exists (select from category_period later where later.dossier = c.dossier "
        "and later.applies_from > c.applies_from and later.applies_from < %(ends_before)s)",
        {"first": first, "last": last, "ends_before": ends_before},
    )


async def periods(connection: Connection, *, dossiers: Sequence[str]) -> dict[str, list[ActivityPeriod]]:
    """Return the periods of activity of dossiers."""
    found: dict[str, list[ActivityPeriod]] = defaultdict(list)
    for dossier, period in await fetch_all(
        connection,
        _owned_period,
        "select dossier::text, starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = any(%s::uuid[])",
        (list(dossiers),),
    ):
        found[dossier].append(period)
    return found


async def _tuples(
    connection: Connection, statement: str, values: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _bounds_of_page(*, first: UUID, last: UUID) -> tuple[UUID, UUID]:
    return first, last


def _owned_period(*, dossier: str, **period: Any) -> tuple[str, ActivityPeriod]:
    return dossier, ActivityPeriod(**period)
