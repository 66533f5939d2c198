"""The rows of a page, written over whole columns with COPY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import polars as pl

from services.billing.domain.page_posting import contribution_entry_ids, contribution_lines
from services.billing.domain.payment_reference import notice_references
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.law.quarter import Quarter
from shared.platform.database import Connection


async def copy_rows(connection: Connection, table: str, rows: pl.DataFrame, **same: object) -> None:
    """Add rows to the columns of a table that bear the names of the frame's; ``same`` are values all rows share.

    Raises:
        psycopg.errors.UniqueViolation: one of them is there already; the transaction can only be given up then.
    """
    whole = rows.with_columns([pl.lit(str(value)).alias(name) for name, value in same.items()])
    if whole.is_empty():
        return
    content = BytesIO()
    whole.write_csv(content, include_header=False)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(whole.columns)}) from stdin (format csv)") as copy,
    ):
        await copy.write(content.getbuffer())


async def write_contributions(
    connection: Connection, assessed: pl.DataFrame, *, quarter: Quarter, booked_on: date, run_id: UUID, law_id: UUID
) -> None:
    """Write what was assessed, and from what."""
    await copy_rows(
        connection,
        "contribution",
        assessed.select(
            "dossier",
            "category",
            "contribution_cents",
            "fee_cents",
            "total_cents",
            "income_basis",
            "income_cents",
            "income_quarters",
            "first_quarter",
            "fee_rate_millionths",
        ),
        quarter=quarter,
        kind="provisional",
        due_on=quarter.last_day,
        booked_on=booked_on,
        run_id=run_id,
        law_id=law_id,
    )


async def write_entries(connection: Connection, assessed: pl.DataFrame, *, quarter: Quarter, booked_on: date) -> None:
    """Charge contributions in the ledger; each counts from the first day of the quarter."""
    charged = assessed.filter(pl.col("total_cents") != 0)
    charged = charged.with_columns(contribution_entry_ids(charged["dossier"], quarter=quarter).alias("entry_id"))
    dates = {"value_date": quarter.starts_on, "booking_date": booked_on}
    await copy_rows(
        connection,
        "journal_entry",
        charged.select("entry_id", pl.format(f"{{}}|{quarter}|provisional", pl.col("dossier")).alias("reference")),
        kind="contribution",
        **dates,
    )
    await copy_rows(connection, "journal_line", contribution_lines(charged, quarter=quarter), **dates)


async def write_notices(
    connection: Connection,
    assessed: pl.DataFrame,
    *,
    quarter: Quarter,
    issued_on: date,
    run_id: UUID,
    credits_used: Mapping[str, int],
) -> None:
    """Write the notices of those who owe something, with what of their credit was used for the quarter."""
    used: pl.Expr = pl.lit(0, dtype=pl.Int64)
    if credits_used:
        used = pl.col("dossier").replace_strict(dict(credits_used), default=0, return_dtype=pl.Int64)
    await copy_rows(
        connection,
        "notice",
        assessed.filter(pl.col("total_cents") != 0).select(
            notice_references(),
            "dossier",
            pl.col("notice_number").alias("number"),
            pl.col("total_cents").alias("charged_cents"),
            used.alias("credit_used_cents"),
        ),
        quarter=quarter,
        kind="provisional",
        issued_on=issued_on,
        due_on=quarter.last_day,
        run_id=run_id,
    )


def issued_body(page: ContributionsIssued, assessed: pl.DataFrame, numbers: Sequence[int]) -> bytes:
    """Write the canonical JSON of a page whose items are the rows of a frame, in their order.

    Args:
        page: the page without items.
        assessed: what was assessed.
        numbers: number of each dossier's fact, in the same order.
    """
    sequences = pl.Series("sequence", numbers, dtype=pl.Int64)
    fields = [pl.col(name).alias(str(field.alias)) for name, field in IssuedContribution.model_fields.items()]
    items = assessed.with_columns(sequences).select(pl.struct(fields).struct.json_encode()).to_series()
    before, empty, after = page.to_json().partition(b'"items":[]')
    if not empty:
        raise ValueError("a page to be written over columns has no items of its own")
    text: Any = items.str.join(",").item()
    return before + b'"items":[' + str(text).encode() + b"]" + after
