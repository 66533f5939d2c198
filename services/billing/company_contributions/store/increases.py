"""What lateness costs companies, as the database keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.company_contributions.rules.increase import CompanyPayment
from services.billing.ledger.rules.entries import EntryKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value, fetch_values

#: Begins the reference of entries that use what an increase had been paid with once it was taken back.
FREED: Final = "companyIncrease"

#: Months whose procedure must be alive. A month has no id of its own: the name of its procedure gives it one.
OPEN_INCREASES: Final = (
    "select md5(workflow_id)::uuid as reference, workflow_id, null::uuid as dossier from company_increase_run "
    "where status <> 'done'"
)

#: Contributions that are late: something of their principal is open, or they bear increases that may have to change.
_LATE: Final = """
  select c.dossier, c.year, c.due_on, w.served_on from company_contribution c
  left join title_served w on w.dossier = c.dossier and w.quarter = c.year || 'Q4'
  where c.due_on < %(month)s
    and not exists (select from company_exemption e where e.dossier = c.dossier and e.year = c.year)
    and (exists (select from open_item o where o.dossier = c.dossier and o.quarter = c.year || 'Q4'
                 and o.kind = 'principal' and o.open_cents > 0)
         or exists (select from company_increase i where i.dossier = c.dossier and i.year = c.year))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateContribution:
    """A contribution that is late, and the day a warrant or summons about it was served, if one was."""

    dossier: UUID
    year: int
    due_on: date
    served_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedIncrease:
    """What was booked for a month so far, in how many attempts."""

    month: date
    cents: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncreaseRow:
    """An increase to keep; taken back when it is negative."""

    dossier: UUID
    year: int
    month: date
    attempt: int
    base_cents: int
    rate: Decimal
    increase_cents: int
    booked_on: date
    entry_id: UUID


async def somebody_is_late(connection: Connection, *, month: date) -> bool:
    """Tell whether a company is late when a month begins."""
    return bool(await fetch_value(connection, f"select exists ({_LATE})", {"month": month}))


async def insert_month(
    connection: Connection, *, month: date, workflow_id: str, requested_by: str, business_date: date
) -> bool:
    """Keep that the increases of a month were asked for; tell whether they were not before."""
    cursor = await connection.execute(
        "insert into company_increase_run (month, workflow_id, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, 'requested') on conflict (month) do nothing",
        (month, workflow_id, requested_by, business_date),
    )
    return cursor.rowcount > 0


async def booking_day(connection: Connection, *, month: date) -> date | None:
    """Return the day the increases of a month are booked on; None when nobody asked for them."""
    day: date | None = await fetch_value(
        connection, "select business_date from company_increase_run where month = %s for share", (month,)
    )
    return day


async def finish_month(connection: Connection, *, month: date) -> None:
    """Note that a month was done."""
    await connection.execute("update company_increase_run set status = 'done' where month = %s", (month,))


async def late_after(connection: Connection, *, month: date, after: UUID | None, limit: int) -> list[UUID]:
    """Return the next companies that are late, in order of dossier."""
    return await fetch_values(
        connection,
        f"select distinct dossier from ({_LATE}) late where %(after)s::uuid is null or dossier > %(after)s "
        "order by dossier limit %(limit)s",
        {"month": month, "after": after, "limit": limit},
    )


async def late_among(connection: Connection, *, month: date, dossiers: Sequence[UUID]) -> list[LateContribution]:
    """Return the late contributions of companies, in order of dossier and year."""
    return await fetch_all(
        connection,
        LateContribution,
        f"select * from ({_LATE}) late where dossier = any(%(found)s) order by dossier, year",
        {"month": month, "found": list(dossiers)},
    )


async def booked_increases(connection: Connection, *, dossier: UUID, year: int) -> list[BookedIncrease]:
    """Return what was booked for the months of a contribution."""
    return await fetch_all(
        connection,
        BookedIncrease,
        "select month, sum(increase_cents)::bigint as cents, max(attempt) as attempt from company_increase "
        "where dossier = %s and year = %s group by month",
        (dossier, year),
    )


async def insert_increase(connection: Connection, row: IncreaseRow) -> None:
    """Keep an increase that was booked."""
    await connection.execute(
        "insert into company_increase (dossier, year, month, attempt, base_cents, rate, increase_cents, "
        "booked_on, entry_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            row.dossier,
            row.year,
            row.month,
            row.attempt,
            row.base_cents,
            row.rate,
            row.increase_cents,
            row.booked_on,
            row.entry_id,
        ),
    )


async def payments_for(connection: Connection, *, dossier: UUID, quarter: Quarter) -> tuple[CompanyPayment, ...]:
    """Return what was paid, and when it went back; money of an increase that was taken back is left where it was."""
    return tuple(
        await fetch_all(
            connection,
            CompanyPayment,
            "select e.value_date, -sum(l.cents)::bigint as cents, back.value_date as returned_on "
            "from journal_line l join journal_entry e using (entry_id) "
            "left join payment p on p.entry_id = e.entry_id "
            "left join payment_reversal r on r.payment_id = p.payment_id "
            "left join journal_entry back on back.entry_id = r.entry_id "
            "where l.account = 'receivable' and l.dossier = %s and l.quarter = %s and l.nature = 'payment' "
            "and l.kind in ('principal', 'surcharge') "
            "and not exists (select from payment_reversal u where u.entry_id = e.entry_id) "
            "and not (e.kind = %s and e.reference like %s) "
            "group by e.entry_id, e.value_date, back.value_date having sum(l.cents) <> 0 "
            "order by e.value_date, e.entry_id",
            (dossier, str(quarter), str(EntryKind.CREDIT_APPLIED), f"{FREED}|%"),
        )
    )
