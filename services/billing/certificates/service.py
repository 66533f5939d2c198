"""What the certificates of a dossier say, from the ledger: what was paid in a year, and how it stands on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.certificates.rules import CertifiedQuarter, Standing, last_certified_quarter
from services.billing.subjects.rules import ActivityPeriod, subject_period
from services.billing.subjects.service import periods_of
from shared.law.quarter import Quarter, quarters_between
from shared.platform.auth import Role
from shared.platform.database import Connection
from shared.platform.documents import store_document

#: What was paid in a calendar year, for the tax return.
TAX_CERTIFICATE: Final = "taxCertificate"
#: What was due and paid per quarter up to a day, for banks and whoever else asks whether somebody is in order.
PAYMENT_CERTIFICATE: Final = "paymentCertificate"


async def concerned(connection: Connection, *, year: int, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return dossiers that paid something in a calendar year or were charged for it, in order of dossier."""
    cursor = await connection.execute(
        "select l.dossier, s.file_number from journal_line l join subject s using (dossier) "
        "where l.account = 'receivable' and (%(after)s::uuid is null or l.dossier > %(after)s) "
        "and ((l.nature = 'payment' and l.value_date >= make_date(%(year)s, 1, 1) "
        "and l.value_date < make_date(%(year)s + 1, 1, 1)) "
        "or (l.nature = 'charge' and l.quarter >= %(year)s || 'Q1' and l.quarter <= %(year)s || 'Q4')) "
        "group by l.dossier, s.file_number order by l.dossier limit %(limit)s",
        {"year": year, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def paid_in_year(connection: Connection, *, year: int, dossiers: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what dossiers paid in a calendar year, with the quarters it went to; those that paid nothing are left out.

    A payment counts on its value date, the day it counts from (RGS art. 42). What was taken back or freed since is
    deducted.
    """
    values = {"year": year, "dossiers": list(dossiers)}
    condition = (
        "l.account = 'receivable' and l.nature = 'payment' and l.dossier = any(%(dossiers)s) "
        "and l.value_date >= make_date(%(year)s, 1, 1) and l.value_date < make_date(%(year)s + 1, 1, 1)"
    )
    cursor = await connection.execute(
        "select l.dossier, s.file_number, exists (select from company c where c.dossier = l.dossier) as company, "
        "-coalesce(sum(l.cents) filter (where l.kind in ('principal', 'fee')), 0)::bigint as contributions_cents, "
        "-coalesce(sum(l.cents) filter (where l.kind not in ('principal', 'fee')), 0)::bigint as accessories_cents, "
        "-coalesce(sum(l.cents) filter (where l.kind = 'fine'), 0)::bigint as fines_cents "
        f"from journal_line l join subject s using (dossier) where {condition} "
        "group by l.dossier, s.file_number having sum(l.cents) <> 0",
        values,
    )
    found: dict[UUID, dict[str, Any]] = {
        row["dossier"]: {**row, "quarters": list[dict[str, Any]]()} for row in await cursor.fetchall()
    }
    cursor = await connection.execute(
        "select l.dossier, l.quarter, -sum(l.cents)::bigint as cents from journal_line l "
        f"where {condition} and l.kind in ('principal', 'fee') "
        "group by l.dossier, l.quarter having sum(l.cents) <> 0 order by l.dossier, l.quarter",
        values,
    )
    for row in await cursor.fetchall():
        if row["dossier"] in found:
            found[row["dossier"]]["quarters"].append(row)
    return found


async def standing(connection: Connection, *, dossier: UUID, first_year: int, on: date) -> Standing | None:
    """Return how a dossier stands on a day from the quarters of a year on, and before it where something is open.

    Args:
        connection: a transaction.
        dossier: whose account.
        first_year: the year whose first quarter is the first that is listed.
        on: the day; quarters that had not ended are left out.

    Returns:
        The standing; None when billing does not know the dossier.
    """
    last = last_certified_quarter(on=on)
    cursor = await connection.execute(
        "select s.file_number, exists (select from company c where c.dossier = s.dossier) as company, "
        "(select coalesce(sum(greatest(n.charged_cents - n.credit_used_cents, 0)), 0)::bigint from notice n "
        "where n.dossier = s.dossier and n.quarter <= %(last)s and n.due_on >= %(on)s) as not_due_cents, "
        "(select coalesce(sum(o.open_cents), 0)::bigint from open_item o where o.dossier = s.dossier "
        "and o.kind not in ('principal', 'fee')) as accessories_cents, "
        "(select coalesce(sum(o.open_cents), 0)::bigint from open_item o where o.dossier = s.dossier "
        "and o.kind = 'fine') as fines_cents from subject s where s.dossier = %(dossier)s",
        {"dossier": dossier, "last": str(last), "on": on},
    )
    known = await cursor.fetchone()
    if known is None:
        return None
    quarters = await _quarters(connection, dossier=dossier, first=Quarter(first_year, 1), last=last)
    if not known["company"]:
        quarters = await _with_unclaimed(connection, dossier, quarters, first=Quarter(first_year, 1), last=last)
    return Standing(
        day=on,
        file_number=known["file_number"],
        company=known["company"],
        quarters=quarters,
        not_due_cents=known["not_due_cents"],
        accessories_open_cents=known["accessories_cents"],
        fines_open_cents=known["fines_cents"],
    )


async def has_document(connection: Connection, *, kind: str, reference: str) -> bool:
    """Tell whether a certificate was made."""
    cursor = await connection.execute("select from document where kind = %s and reference = %s", (kind, reference))
    return await cursor.fetchone() is not None


async def keep(
    connection: Connection,
    *,
    kind: str,
    reference: str,
    dossier: UUID,
    language: str,
    name: str,
    content: bytes,
    on: date,
) -> UUID:
    """Keep a certificate; keeping the same again returns the same document.

    Raises:
        DocumentDiffers: another was kept under this reference.
    """
    return await store_document(
        connection,
        kind=kind,
        reference=reference,
        dossier=dossier,
        language=language,
        media_type="application/pdf",
        name=name,
        content=content,
        business_date=on,
        readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
    )


async def _quarters(
    connection: Connection, *, dossier: UUID, first: Quarter, last: Quarter
) -> tuple[CertifiedQuarter, ...]:
    cursor = await connection.execute(
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
            quarter=Quarter.parse(row["quarter"]),
            charged=True,
            due_cents=row["due"],
            paid_cents=row["paid"],
            waived_cents=row["waived"],
        )
        for row in await cursor.fetchall()
    )


async def _with_unclaimed(
    connection: Connection, dossier: UUID, quarters: tuple[CertifiedQuarter, ...], *, first: Quarter, last: Quarter
) -> tuple[CertifiedQuarter, ...]:
    """Add the quarters in which somebody is subject and of which nothing was claimed yet, unless it was relieved.

    What was owed before this fund took somebody over is not its to claim, and not known to it.
    """
    periods = [ActivityPeriod(**row) for row in await periods_of(connection, dossier=dossier)]
    cursor = await connection.execute(
        "select starts_on, greatest(starts_on, told_on) as ours_from from activity_period "
        "where dossier = %s and taken_over",
        (dossier,),
    )
    ours_from = {row["starts_on"]: Quarter.of(row["ours_from"]) for row in await cursor.fetchall()}
    cursor = await connection.execute("select quarter from relief where dossier = %s", (dossier,))
    known = {Quarter.parse(row["quarter"]) for row in await cursor.fetchall()}
    cursor = await connection.execute("select quarter from contribution where dossier = %s", (dossier,))
    known |= {Quarter.parse(row["quarter"]) for row in await cursor.fetchall()}
    known |= {one.quarter for one in quarters}
    missing = [
        CertifiedQuarter(quarter=quarter, charged=False)
        for quarter in quarters_between(first, last)
        if quarter not in known
        and (period := subject_period(periods=periods, quarter=quarter)) is not None
        and quarter >= ours_from.get(period.starts_on, quarter)
    ]
    return tuple(sorted((*quarters, *missing), key=lambda one: one.quarter))
