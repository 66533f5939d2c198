"""What was paid in a calendar year, from the ledger, for the certificates of that year."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from shared.platform.database import Connection

CERTIFICATE_DOCUMENT: Final = "paymentCertificate"

#: Payments by value date: the day they count from (RGS art. 42). What was taken back or freed since is deducted.
_PAID: Final = """
  select l.dossier,
         -coalesce(sum(l.cents) filter (where l.kind in ('principal', 'fee')), 0)::bigint as contributions_cents,
         -coalesce(sum(l.cents) filter (where l.kind not in ('principal', 'fee')), 0)::bigint as accessories_cents
  from journal_line l
  where l.account = 'receivable' and l.nature = 'payment'
    and l.value_date >= make_date(%(year)s, 1, 1) and l.value_date < make_date(%(year)s + 1, 1, 1)
    and (%(dossier)s::uuid is null or l.dossier = %(dossier)s)
    and (%(after)s::uuid is null or l.dossier > %(after)s)
  group by l.dossier having sum(l.cents) <> 0
"""


async def paid_in_year(
    connection: Connection, *, year: int, after: UUID | None = None, dossier: UUID | None = None, limit: int = 1
) -> list[dict[str, Any]]:
    """Return what dossiers paid in a calendar year, with the quarters it went to, in order of dossier.

    Args:
        connection: a transaction.
        year: the calendar year.
        after: continue after this dossier.
        dossier: only this one.
        limit: how many at most.
    """
    values = {"year": year, "after": after, "dossier": dossier, "limit": limit}
    cursor = await connection.execute(
        f"select p.*, s.file_number, exists (select from company c where c.dossier = p.dossier) as company "
        f"from ({_PAID}) p join subject s using (dossier) order by p.dossier limit %(limit)s",
        values,
    )
    rows = await cursor.fetchall()
    cursor = await connection.execute(
        "select dossier, quarter, -sum(cents)::bigint as cents from journal_line where account = 'receivable' "
        "and nature = 'payment' and kind in ('principal', 'fee') and dossier = any(%(found)s) "
        "and value_date >= make_date(%(year)s, 1, 1) and value_date < make_date(%(year)s + 1, 1, 1) "
        "group by dossier, quarter having sum(cents) <> 0 order by dossier, quarter",
        {"year": year, "found": [row["dossier"] for row in rows]},
    )
    quarters: dict[UUID, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        quarters.setdefault(row["dossier"], []).append(row)
    return [{**row, "quarters": quarters.get(row["dossier"], [])} for row in rows]


async def has_certificate(connection: Connection, *, reference: str) -> bool:
    """Tell whether a certificate was made."""
    cursor = await connection.execute(
        "select from document where kind = %s and reference = %s", (CERTIFICATE_DOCUMENT, reference)
    )
    return await cursor.fetchone() is not None
