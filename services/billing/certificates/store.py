"""What certificates are made from, as the database keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.certificates.rules import CertifiedQuarter, PaidInYear, PaidQuarter
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value, fetch_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A dossier that gets certificates of a year."""

    dossier: UUID
    file_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """How a dossier stands, its quarters apart."""

    file_number: int
    company: bool
    not_due_cents: int
    accessories_cents: int
    fines_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _PaidRow:
    dossier: UUID
    file_number: int
    company: bool
    contributions_cents: int
    accessories_cents: int
    fines_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _PaidQuarterRow:
    dossier: UUID
    quarter: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _QuarterRow:
    quarter: str
    due: int
    paid: int
    waived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _TakenOverPeriod:
    starts_on: date
    ours_from: date


#: Payments of a calendar year count on their value date, the day they count from (RGS art. 42).
_PAID: Final = (
    "l.account = 'receivable' and l.nature = 'payment' and l.dossier = any(%(dossiers)s) "
    "and l.value_date >= make_date(%(year)s, 1, 1) and l.value_date < make_date(%(year)s + 1, 1, 1)"
)


async def concerned(connection: Connection, *, year: int, after: UUID | None, limit: int) -> list[Concerned]:
    """Return dossiers that paid something in a calendar year or were charged for it, in order of dossier."""
    return await fetch_all(
        connection,
        Concerned,
        "select l.dossier, s.file_number from journal_line l join subject s using (dossier) "
        "where l.account = 'receivable' and (%(after)s::uuid is null or l.dossier > %(after)s) "
        "and ((l.nature = 'payment' and l.value_date >= make_date(%(year)s, 1, 1) "
        "and l.value_date < make_date(%(year)s + 1, 1, 1)) "
        "or (l.nature = 'charge' and l.quarter >= %(year)s || 'Q1' and l.quarter <= %(year)s || 'Q4')) "
        "group by l.dossier, s.file_number order by l.dossier limit %(limit)s",
        {"year": year, "after": after, "limit": limit},
    )


async def paid_in_year(connection: Connection, *, year: int, dossiers: Sequence[UUID]) -> dict[UUID, PaidInYear]:
    """Return what dossiers paid in a calendar year, with the quarters it went to; those that paid nothing are left out.

    What was taken back or freed since is deducted.
    """
    values = {"year": year, "dossiers": list(dossiers)}
    rows = await fetch_all(
        connection,
        _PaidRow,
        "select l.dossier, s.file_number, exists (select from company c where c.dossier = l.dossier) as company, "
        "-coalesce(sum(l.cents) filter (where l.kind in ('principal', 'fee')), 0)::bigint as contributions_cents, "
        "-coalesce(sum(l.cents) filter (where l.kind not in ('principal', 'fee')), 0)::bigint as accessories_cents, "
        "-coalesce(sum(l.cents) filter (where l.kind = 'fine'), 0)::bigint as fines_cents "
        f"from journal_line l join subject s using (dossier) where {_PAID} "
        "group by l.dossier, s.file_number having sum(l.cents) <> 0",
        values,
    )
    quarters: dict[UUID, list[PaidQuarter]] = {}
    for one in await fetch_all(
        connection,
        _PaidQuarterRow,
        "select l.dossier, l.quarter, -sum(l.cents)::bigint as cents from journal_line l "
        f"where {_PAID} and l.kind in ('principal', 'fee') "
        "group by l.dossier, l.quarter having sum(l.cents) <> 0 order by l.dossier, l.quarter",
        values,
    ):
        paid = PaidQuarter(quarter=Quarter.parse(one.quarter), cents=one.cents)
        quarters.setdefault(one.dossier, []).append(paid)
    return {
        row.dossier: PaidInYear(
            file_number=row.file_number,
            company=row.company,
            contributions_cents=row.contributions_cents,
            accessories_cents=row.accessories_cents,
            fines_cents=row.fines_cents,
            quarters=tuple(quarters.get(row.dossier, ())),
        )
        for row in rows
    }


async def standing(connection: Connection, *, dossier: UUID, last: Quarter, on: date) -> StandingRow | None:
    """Return how a dossier stands on a day up to a quarter; None when billing does not know it."""
    return await fetch_one(
        connection,
        StandingRow,
        "select s.file_number, exists (select from company c where c.dossier = s.dossier) as company, "
        "(select coalesce(sum(greatest(n.charged_cents - n.credit_used_cents, 0)), 0)::bigint from notice n "
        "where n.dossier = s.dossier and n.quarter <= %(last)s and n.due_on >= %(on)s) as not_due_cents, "
        "(select coalesce(sum(o.open_cents), 0)::bigint from open_item o where o.dossier = s.dossier "
        "and o.kind not in ('principal', 'fee')) as accessories_cents, "
        "(select coalesce(sum(o.open_cents), 0)::bigint from open_item o where o.dossier = s.dossier "
        "and o.kind = 'fine') as fines_cents from subject s where s.dossier = %(dossier)s",
        {"dossier": dossier, "last": str(last), "on": on},
    )


async def charged_quarters(
    connection: Connection, *, dossier: UUID, first: Quarter, last: Quarter
) -> tuple[CertifiedQuarter, ...]:
    """Return the quarters from one on up to another, and those before of which something is open."""
    rows = await fetch_all(
        connection,
        _QuarterRow,
        "select quarter, sum(due)::bigint as due, sum(paid)::bigint as paid, sum(waived)::bigint as waived from ("
        "select quarter, charged_cents as due, paid_cents as paid, waived_cents as waived from open_item "
        "where dossier = %(dossier)s and kind in ('principal', 'fee') "
        "union all select quarter, due_cents, paid_cents, 0 from quarter_taken_over where dossier = %(dossier)s) q "
        "where quarter <= %(last)s group by quarter "
        "having quarter >= %(first)s or sum(due - paid - waived) > 0 order by quarter",
        {"dossier": dossier, "first": str(first), "last": str(last)},
    )
    return tuple(
        CertifiedQuarter(
            quarter=Quarter.parse(row.quarter),
            charged=True,
            due_cents=row.due,
            paid_cents=row.paid,
            waived_cents=row.waived,
        )
        for row in rows
    )


async def ours_from(connection: Connection, *, dossier: UUID) -> dict[date, Quarter]:
    """Return from which quarter this fund claims the activities it took over, by the day they began."""
    rows = await fetch_all(
        connection,
        _TakenOverPeriod,
        "select starts_on, greatest(starts_on, told_on) as ours_from from activity_period "
        "where dossier = %s and taken_over",
        (dossier,),
    )
    return {row.starts_on: Quarter.of(row.ours_from) for row in rows}


async def claimed_or_relieved(connection: Connection, *, dossier: UUID) -> set[Quarter]:
    """Return the quarters of a dossier that were claimed or relieved."""
    found = await fetch_values(
        connection,
        "select quarter from relief where dossier = %(dossier)s "
        "union select quarter from contribution where dossier = %(dossier)s",
        {"dossier": dossier},
    )
    return {Quarter.parse(quarter) for quarter in found}


async def has_document(connection: Connection, *, kind: str, reference: str) -> bool:
    """Tell whether a certificate was made."""
    found = await fetch_value(
        connection, "select exists (select from document where kind = %s and reference = %s)", (kind, reference)
    )
    return bool(found)
