"""What files for the institute are made from, as the database keeps it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.billing.institute_files.rules import StatisticsLine, TransferLine
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value


async def lock_files(connection: Connection, *, kind: str) -> None:
    """Hold other writers of a kind of file back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (kind,))


async def first_day_without_transfer(connection: Connection, *, kind: str) -> date | None:
    """Return the day after the latest transfer, or the day of the first booking; None when nothing was booked."""
    day: date | None = await fetch_value(
        connection,
        "select coalesce(max(reference::date) + 1, (select min(booking_date) from journal_entry)) "
        "from document where kind = %s",
        (kind,),
    )
    return day


async def document_of(connection: Connection, *, kind: str, reference: str) -> UUID | None:
    """Return the document that was kept under a reference."""
    found: UUID | None = await fetch_value(
        connection, "select id from document where kind = %s and reference = %s", (kind, reference)
    )
    return found


async def received_on(connection: Connection, *, day: date) -> list[TransferLine]:
    """Return what was received on a booking day, by quarter and kind."""
    return await fetch_all(
        connection,
        TransferLine,
        "select quarter, kind, count(*) as movements, -sum(cents)::bigint as cents from journal_line "
        "where account = 'receivable' and nature = 'payment' and booking_date = %s "
        "group by quarter, kind having sum(cents) <> 0",
        (day,),
    )


async def billed_in(connection: Connection, *, quarter: Quarter) -> list[StatisticsLine]:
    """Return what was billed for a quarter, by category; companies under the last quarter of their year."""
    return await fetch_all(
        connection,
        StatisticsLine,
        "with billed as ("
        "select dossier, category from contribution where quarter = %(quarter)s and kind = 'provisional' "
        "union all select dossier, 'company' from company_contribution where year || 'Q4' = %(quarter)s) "
        "select b.category, count(*) as contributions, coalesce(sum(o.charged_cents), 0)::bigint as charged_cents, "
        "coalesce(sum(o.paid_cents), 0)::bigint as paid_cents, coalesce(sum(o.open_cents), 0)::bigint as open_cents "
        "from billed b left join open_item o on o.dossier = b.dossier and o.quarter = %(quarter)s "
        "and o.kind = 'principal' group by b.category",
        {"quarter": str(quarter)},
    )
