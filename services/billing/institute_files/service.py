"""Files for the national institute, from the ledger; each is kept as a document and never written again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.billing.institute_files.rules import StatisticsLine, TransferLine, statistics_file, transfer_file
from shared.law.quarter import Quarter
from shared.platform.auth import Role
from shared.platform.database import Connection
from shared.platform.documents import store_document

TRANSFER_DOCUMENT: Final = "inastiTransfer"
STATISTICS_DOCUMENT: Final = "inastiStatistics"


class DayNotOver(ValueError):
    """Something may still be booked on that day."""


async def transfers_until(connection: Connection, *, until: date, today: date, limit: int | None = None) -> list[date]:
    """Write the transfer of every day that has none yet, from the first booking up to a day.

    Args:
        connection: a transaction.
        until: the last day that gets one; it must be over.
        today: the day of the call.
        limit: how many are written at most; None writes all.

    Returns:
        The days that were new.

    Raises:
        DayNotOver: the day has not ended.
    """
    if until >= today:
        raise DayNotOver(f"{until.isoformat()} is not over on {today.isoformat()}")
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('inasti_transfer', 0))")
    cursor = await connection.execute(
        "select coalesce(max(reference::date) + 1, (select min(booking_date) from journal_entry)) as first "
        "from document where kind = %s",
        (TRANSFER_DOCUMENT,),
    )
    row = await cursor.fetchone()
    day: date | None = None if row is None else row["first"]
    written: list[date] = []
    while day is not None and day <= until and (limit is None or len(written) < limit):
        await _write(
            connection,
            kind=TRANSFER_DOCUMENT,
            reference=day.isoformat(),
            name=f"inasti/transfer-{day.isoformat()}.csv",
            content=transfer_file(booked_on=day, lines=await _received(connection, day)),
            business_date=day,
        )
        written.append(day)
        day += timedelta(days=1)
    return written


async def statistics_of(connection: Connection, *, quarter: Quarter, today: date) -> UUID:
    """Write the statistics of a quarter that has ended, once; return the document.

    Raises:
        DayNotOver: the quarter has not ended.
    """
    if today < quarter.ends_before:
        raise DayNotOver(f"{quarter} ends before {quarter.ends_before.isoformat()}")
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('inasti_statistics', 0))")
    cursor = await connection.execute(
        "select id from document where kind = %s and reference = %s", (STATISTICS_DOCUMENT, str(quarter))
    )
    row = await cursor.fetchone()
    if row is not None:
        known: UUID = row["id"]
        return known
    cursor = await connection.execute(
        "with billed as ("
        "select dossier, category from contribution where quarter = %(quarter)s and kind = 'provisional' "
        "union all select dossier, 'company' from company_contribution where year || 'Q4' = %(quarter)s) "
        "select b.category, count(*) as contributions, coalesce(sum(o.charged_cents), 0)::bigint as charged_cents, "
        "coalesce(sum(o.paid_cents), 0)::bigint as paid_cents, coalesce(sum(o.open_cents), 0)::bigint as open_cents "
        "from billed b left join open_item o on o.dossier = b.dossier and o.quarter = %(quarter)s "
        "and o.kind = 'principal' group by b.category",
        {"quarter": str(quarter)},
    )
    lines = [StatisticsLine(**found) for found in await cursor.fetchall()]
    return await _write(
        connection,
        kind=STATISTICS_DOCUMENT,
        reference=str(quarter),
        name=f"inasti/statistics-{quarter}.csv",
        content=statistics_file(quarter=str(quarter), lines=lines),
        business_date=today,
    )


async def _received(connection: Connection, day: date) -> list[TransferLine]:
    cursor = await connection.execute(
        "select quarter, kind, count(*) as movements, -sum(cents)::bigint as cents from journal_line "
        "where account = 'receivable' and nature = 'payment' and booking_date = %s "
        "group by quarter, kind having sum(cents) <> 0",
        (day,),
    )
    return [TransferLine(**row) for row in await cursor.fetchall()]


async def _write(
    connection: Connection, *, kind: str, reference: str, name: str, content: bytes, business_date: date
) -> UUID:
    return await store_document(
        connection,
        kind=kind,
        reference=reference,
        dossier=None,
        language=None,
        media_type="text/csv",
        name=name,
        content=content,
        business_date=business_date,
        readers=(Role.FINANCE,),
    )
