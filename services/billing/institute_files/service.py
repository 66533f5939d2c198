"""Files for the national institute, from the ledger; each is kept as a document and never written again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.billing.institute_files import store
from services.billing.institute_files.rules import statistics_file, transfer_file
from shared.law.quarter import Quarter
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.people.documents import store_document

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
    await store.lock_files(connection, kind="inasti_transfer")
    day = await store.first_day_without_transfer(connection, kind=TRANSFER_DOCUMENT)
    written: list[date] = []
    while day is not None and day <= until and (limit is None or len(written) < limit):
        await _write(
            connection,
            kind=TRANSFER_DOCUMENT,
            reference=day.isoformat(),
            name=f"inasti/transfer-{day.isoformat()}.csv",
            content=transfer_file(booked_on=day, lines=await store.received_on(connection, day=day)),
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
    await store.lock_files(connection, kind="inasti_statistics")
    known = await store.document_of(connection, kind=STATISTICS_DOCUMENT, reference=str(quarter))
    if known is not None:
        return known
    lines = await store.billed_in(connection, quarter=quarter)
    return await _write(
        connection,
        kind=STATISTICS_DOCUMENT,
        reference=str(quarter),
        name=f"inasti/statistics-{quarter}.csv",
        content=statistics_file(quarter=str(quarter), lines=lines),
        business_date=today,
    )


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
