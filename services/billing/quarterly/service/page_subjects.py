"""The subjects of a page as columns: who owes the quarter and is not yet billed, with all that is known of them."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Final
from uuid import UUID

import polars as pl

from services.billing.assessment.rules.page import KNOWN_SUBJECT, uninterrupted_quarters
from services.billing.dossier_facts.service.facts import load_dossier_facts
from services.billing.quarterly.store import page_subjects as store
from services.billing.quarterly.store.page_subjects import page_bounds
from services.billing.quarterly.store.runs import Page
from services.billing.subjects.rules import subject_quarters
from shared.law.categories import categories_where
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection

__all__ = ["due_after", "known_between", "page_bounds", "subjects_of_page", "waiting_parked"]

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


async def subjects_of_page(connection: Connection, *, page: Page) -> pl.DataFrame:
    """Return what is known of the subjects of a page who owe the quarter and are not yet billed.

    Their accounts are locked first: a relief that was decided meanwhile is either seen here or waits for this page.
    """
    among = store.Among(
        condition="s.partition = %(partition)s and s.dossier between %(first)s and %(last)s",
        values={"partition": page.partition, "first": page.first_dossier, "last": page.last_dossier},
    )
    await store.lock_among(connection, among)
    await store.read_by_index(connection, on=True)
    known = await _known(connection, quarter=Quarter.parse(page.quarter), among=among)
    await store.read_by_index(connection, on=False)
    return known


async def waiting_parked(connection: Connection, *, quarter: Quarter) -> pl.DataFrame:
    """Return what is known by now of those whom the latest run of a quarter parked and who still owe it."""
    return await _known(connection, quarter=quarter, among=store.PARKED_BY_LATEST_RUN)


async def known_between(connection: Connection, *, quarter: Quarter, first: UUID, last: UUID) -> pl.DataFrame:
    """Return what is known of those who owe the quarter and are not yet billed, in order of their dossier."""
    among = store.Among(condition="s.dossier between %(first)s and %(last)s", values={"first": first, "last": last})
    return await _known(connection, quarter=quarter, among=among)


async def due_after(connection: Connection, *, quarter: Quarter, after: UUID | None, limit: int) -> pl.DataFrame:
    """Return those who owe the quarter and are not yet billed, following a dossier, in order of their dossier."""
    dossiers = await store.due_dossiers(connection, quarter=quarter, after=after, limit=limit)
    if not dossiers:
        return pl.DataFrame(schema=KNOWN_SUBJECT)
    return await known_between(connection, quarter=quarter, first=dossiers[0], last=dossiers[-1])


async def _known(connection: Connection, *, quarter: Quarter, among: store.Among) -> pl.DataFrame:
    content = await store.known_text(connection, quarter=quarter, among=among)
    if content is None:
        return pl.DataFrame(schema=KNOWN_SUBJECT)
    known = _with_reference_quarters(pl.read_csv(content.encode(), has_header=False, schema=_READ))
    known = await _with_interruptions(connection, known)
    # Few have an estimate: they are looked up for all together.
    columns = {"dossier": pl.String, "estimate_cents": pl.Int64, "estimate_quarters": pl.Int64}
    found = await store.estimates(
        connection, year=quarter.year, first=known["dossier"].min(), last=known["dossier"].max()
    )
    estimates = pl.DataFrame(found, schema=columns, orient="row")
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
    columns = {"dossier": pl.String, **dict.fromkeys(_OPTIONS, pl.Boolean)}
    found = await store.options(
        connection, ends_before=quarter.ends_before, first=known["dossier"].min(), last=known["dossier"].max()
    )
    options = pl.DataFrame(found, schema=columns, orient="row")
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
    periods = await store.periods(connection, dossiers=interrupted["dossier"].to_list())
    counted = [
        (dossier, len(subject_quarters(periods=periods[dossier], year=year)))
        for dossier, year in interrupted.select("dossier", "income_year").iter_rows()
    ]
    found = pl.DataFrame(counted, schema={"dossier": pl.String, "counted": pl.Int64}, orient="row")
    return known.join(found, on="dossier", how="left", maintain_order="left").with_columns(
        pl.coalesce("counted", "reference_quarters").alias("reference_quarters")
    )
