"""The subjects of a page as columns: who owes the quarter and is not yet billed, with all that is known of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import polars as pl

from services.billing.assessment.rules.page import KNOWN_SUBJECT, uninterrupted_quarters
from services.billing.dossier_facts.service.facts import load_dossier_facts
from services.billing.quarterly.service.runs import DUE, bounds
from services.billing.subjects.rules import ActivityPeriod, subject_quarters
from shared.law.categories import categories_where
from shared.law.income_year import reference_year
from shared.law.quarter import Quarter
from shared.platform.database import Connection

#: Categories that contribute on the income of the helped person (RGS art. 11 par. 2).
_ON_INCOME_OF_HELPED: Final = [str(one) for one in categories_where(lambda meaning: meaning.on_income_of_helped.value)]
#: What else decides within a category.
_OPTIONS: Final = ("political_mandate", "old_age_opt_out")
#: What the statement below reads of each, in its order.
_READ: Final = {
    **{
        name: dtype
        for name, dtype in KNOWN_SUBJECT.items()
        if name not in ("estimate_cents", "estimate_quarters", "reference_quarters", "helped", *_OPTIONS)
    },
    "interrupted": pl.Boolean(),
}
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


async def subjects_of_page(connection: Connection, *, page: dict[str, Any]) -> pl.DataFrame:
    """Return what is known of the subjects of a page who owe the quarter and are not yet billed.

    Their accounts are locked first: a relief that was decided meanwhile is either seen here or waits for this page.
    """
    among = {"partition": page["partition"], "first": page["first_dossier"], "last": page["last_dossier"]}
    await connection.execute(
        "select from subject where partition = %(partition)s and dossier between %(first)s and %(last)s "
        "order by dossier for no key update",
        among,
    )
    await connection.execute(_BY_INDEX, {"value": "off"})
    known = await _known(
        connection,
        quarter=Quarter.parse(page["quarter"]),
        among="s.partition = %(partition)s and s.dossier between %(first)s and %(last)s",
        values=among,
    )
    await connection.execute(_BY_INDEX, {"value": "on"})
    return known


async def waiting_parked(connection: Connection, *, quarter: Quarter) -> pl.DataFrame:
    """Return what is known by now of those whom the latest run of a quarter parked and who still owe it."""
    return await _known(
        connection,
        quarter=quarter,
        among="exists (select from parked_subject p where p.dossier = s.dossier and p.run_id = (select run_id "
        "from billing_run where quarter = %(quarter)s order by round desc limit 1))",
        values={},
    )


async def known_between(connection: Connection, *, quarter: Quarter, first: UUID, last: UUID) -> pl.DataFrame:
    """Return what is known of those who owe the quarter and are not yet billed, in order of their dossier."""
    values = {"first": first, "last": last}
    return await _known(connection, quarter=quarter, among="s.dossier between %(first)s and %(last)s", values=values)


async def due_after(connection: Connection, *, quarter: Quarter, after: UUID | None, limit: int) -> pl.DataFrame:
    """Return those who owe the quarter and are not yet billed, following a dossier, in order of their dossier."""
    cursor = await connection.execute(
        f"select dossier from ({DUE} and (%(after)s::uuid is null or s.dossier > %(after)s)) due "
        "order by dossier limit %(limit)s",
        {**bounds(quarter), "after": after, "limit": limit},
    )
    dossiers = [row["dossier"] for row in await cursor.fetchall()]
    if not dossiers:
        return pl.DataFrame(schema=KNOWN_SUBJECT)
    return await known_between(connection, quarter=quarter, first=dossiers[0], last=dossiers[-1])


async def page_bounds(connection: Connection, *, quarter: Quarter, page_size: int) -> list[tuple[UUID, UUID]]:
    """Return the first and last dossier of each page of those who owe a quarter and are not yet billed."""
    cursor = await connection.execute(
        "select (array_agg(dossier order by dossier))[1] as first, (array_agg(dossier order by dossier desc))[1] "
        "as last from (select dossier, (row_number() over (order by dossier) - 1) / %(size)s as page "
        f"from ({DUE}) due) numbered group by page order by page",
        {**bounds(quarter), "size": page_size},
    )
    return [(row["first"], row["last"]) for row in await cursor.fetchall()]


async def _known(connection: Connection, *, quarter: Quarter, among: str, values: dict[str, Any]) -> pl.DataFrame:
    parameters = {
        **bounds(quarter),
        **values,
        "new_year": date(quarter.year, 1, 1),
        "income_year": reference_year(quarter.year),
    }
    cursor = await connection.execute(_KNOWN.format(due=DUE, among=among), parameters)
    row = await cursor.fetchone()
    if row is None or row["content"] is None:
        return pl.DataFrame(schema=KNOWN_SUBJECT)
    known = _with_reference_quarters(pl.read_csv(row["content"].encode(), has_header=False, schema=_READ))
    known = await _with_interruptions(connection, known)
    # Few have an estimate: they are looked up for all together.
    cursor = await connection.execute(
        "select dossier::text, estimate_cents, estimate_quarters::bigint from contribution_estimate "
        "where year = %s and dossier between %s::uuid and %s::uuid",
        (quarter.year, known["dossier"].min(), known["dossier"].max()),
    )
    columns = {"dossier": pl.String, "estimate_cents": pl.Int64, "estimate_quarters": pl.Int64}
    estimates = pl.DataFrame(await cursor.fetchall(), schema=columns)
    known = known.join(estimates, on="dossier", how="left", maintain_order="left")
    known = await _with_options(connection, known, quarter=quarter)
    known = known.with_columns(pl.lit(None, dtype=pl.String).alias("helped")).select(KNOWN_SUBJECT.keys())
    return await _with_helped(connection, known, quarter=quarter)


async def _with_helped(connection: Connection, known: pl.DataFrame, *, quarter: Quarter) -> pl.DataFrame:
    """Give mini spouses, who are few, what is known of them with the incomes of those whom they help."""
    mini = known.filter(pl.col("category").is_in(_ON_INCOME_OF_HELPED))
    if mini.is_empty():
        return known
    dossiers = [UUID(dossier) for dossier in mini["dossier"]]
    # Fees part the amounts of quarters that were taken over; what is asked here has no amounts.
    facts = await load_dossier_facts(connection, dossiers=dossiers, fee_rate_of=lambda _quarter: Decimal(0))
    rows = [facts[dossier].known_subject(quarter, estimated=True) for dossier in dossiers]
    spouses = pl.DataFrame([asdict(row) for row in rows if row is not None], schema=KNOWN_SUBJECT)
    others = known.filter(~pl.col("category").is_in(_ON_INCOME_OF_HELPED).fill_null(value=False))
    return pl.concat([others, spouses]).sort("dossier")


async def _with_options(connection: Connection, known: pl.DataFrame, *, quarter: Quarter) -> pl.DataFrame:
    """Add what else decides within the category of the quarter: few have anything, found through their own index."""
    cursor = await connection.execute(
        "select c.dossier::text, c.political_mandate, c.old_age_opt_out from category_period c "
        "where (c.political_mandate or c.old_age_opt_out or c.helped_dossier is not null) "
        "and c.dossier between %(first)s::uuid and %(last)s::uuid and c.applies_from < %(ends_before)s "
        "and not exists (select from category_period later where later.dossier = c.dossier "
        "and later.applies_from > c.applies_from and later.applies_from < %(ends_before)s)",
        {
            "first": known["dossier"].min(),
            "last": known["dossier"].max(),
            "ends_before": quarter.ends_before,
        },
    )
    columns = {"dossier": pl.String, **dict.fromkeys(_OPTIONS, pl.Boolean)}
    options = pl.DataFrame(await cursor.fetchall(), schema=columns)
    if options.is_empty():
        return known.with_columns(pl.lit(value=False).alias(name) for name in _OPTIONS)
    return known.join(options, on="dossier", how="left", maintain_order="left").with_columns(
        pl.col(_OPTIONS).fill_null(value=False)
    )


def _with_reference_quarters(known: pl.DataFrame) -> pl.DataFrame:
    """Count the quarters of the income's year of those whose one activity goes on: nearly everybody."""
    count = uninterrupted_quarters(pl.col("began_on"), pl.col("income_year"))
    return known.with_columns(count.alias("reference_quarters"))


async def _with_interruptions(connection: Connection, known: pl.DataFrame) -> pl.DataFrame:
    """Count the same quarters of those whose activity ended or began again, from all their activities."""
    interrupted = known.filter(pl.col("interrupted") & pl.col("income_year").is_not_null())
    if interrupted.is_empty():
        return known
    cursor = await connection.execute(
        "select dossier::text, starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = any(%s::uuid[])",
        (interrupted["dossier"].to_list(),),
    )
    periods: dict[str, list[ActivityPeriod]] = defaultdict(list)
    for row in await cursor.fetchall():
        periods[row.pop("dossier")].append(ActivityPeriod(**row))
    counted = [
        (dossier, len(subject_quarters(periods=periods[dossier], year=year)))
        for dossier, year in interrupted.select("dossier", "income_year").iter_rows()
    ]
    found = pl.DataFrame(counted, schema={"dossier": pl.String, "counted": pl.Int64}, orient="row")
    return known.join(found, on="dossier", how="left", maintain_order="left").with_columns(
        pl.coalesce("counted", "reference_quarters").alias("reference_quarters")
    )
