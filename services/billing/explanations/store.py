"""What stands in the books of each quarter, and what was charged for it beside contributions."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from services.billing.explanations.rules import Balance, Charge, Interest, ReductionPart, ReductionSurcharge, Surcharge
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all

_BALANCES: Final = (
    "select quarter, sum(charged_cents)::bigint as charged_cents, sum(paid_cents)::bigint as paid_cents, "
    "sum(waived_cents)::bigint as waived_cents, sum(open_cents)::bigint as open_cents from open_item "
    "where dossier = %s group by quarter order by quarter"
)
#: Surcharges of closings and what was taken back of them; what was waived is no charge: it stands in the balance.
_SURCHARGES: Final = """
  select s.quarter, s.kind || 'Surcharge' as kind, s.charged_on as booked_on, s.surcharge_cents as amount_cents,
         s.article, s.base_cents, s.rate, s.closing, s.kind as surcharge_kind
  from surcharge s where s.dossier = %(dossier)s
  union all
  select c.quarter, 'surchargeCorrection', e.booking_date, -c.surcharge_cents, s.article, c.base_cents, s.rate,
         s.closing, s.kind
  from surcharge_correction c join surcharge s using (dossier, quarter, closing, kind)
  join journal_entry e on e.entry_id = c.entry_id where c.dossier = %(dossier)s
    and not exists (select from surcharge_waiver w where w.decision_id = c.cause_id)
"""
_FINES_AND_COSTS: Final = """
  select f.quarter, 'fine' as kind, e.booking_date as booked_on, f.fine_cents as amount_cents, f.article
  from fine_charged f join journal_entry e using (entry_id) where f.dossier = %(dossier)s
  union all
  select c.quarter, 'cost', e.booking_date, c.cost_cents, 'RGS art. 47bis'
  from cost_charged c join journal_entry e using (entry_id) where c.dossier = %(dossier)s
"""
_INTEREST: Final = """
  select i.quarter, 'interest' as kind, i.ends_before as booked_on, i.interest_cents as amount_cents,
         'RGS art. 47bis par. 4' as article, i.base_cents, i.rate, i.starts_on, i.ends_before
  from interest_booked i where i.dossier = %(dossier)s and i.interest_cents <> 0
"""
#: Surcharges of unjustified reductions, as statements changed them.
_REDUCTIONS: Final = """
  select n.quarter, 'reductionSurcharge' as kind, g.issued_on as booked_on,
         g.surcharge_cents - g.previous_surcharge_cents as amount_cents, 'AR38 art. 11bis' as article,
         g.regularisation_id, g.previous_surcharge_cents as previous_cents
  from regularisation g
  join lateral (select l.quarter from journal_line l where l.entry_id = g.surcharge_entry_id
    and l.account = 'receivable' limit 1) n on true
  where g.dossier = %(dossier)s and g.surcharge_cents <> g.previous_surcharge_cents
"""


async def balances_of(connection: Connection, *, dossier: UUID) -> list[Balance]:
    """Return what stands in the books of each quarter of a dossier."""
    return await fetch_all(connection, Balance, _BALANCES, (dossier,))


async def charges_of(connection: Connection, *, dossier: UUID) -> list[Charge]:
    """Return what was charged to a dossier beside contributions, in the order of the days."""
    of = {"dossier": dossier}
    reductions = await fetch_all(connection, ReductionSurcharge, _REDUCTIONS, of)
    charges = [
        *await fetch_all(connection, Surcharge, _SURCHARGES, of),
        *await fetch_all(connection, Charge, _FINES_AND_COSTS, of),
        *await fetch_all(connection, Interest, _INTEREST, of),
        *[replace(one, parts=tuple(await _parts_of(connection, one.regularisation_id))) for one in reductions],
    ]
    return sorted(charges, key=lambda charge: (charge.booked_on, charge.quarter, charge.kind))


async def _parts_of(connection: Connection, regularisation_id: UUID) -> list[ReductionPart]:
    return await fetch_all(
        connection,
        ReductionPart,
        "select closing, kind, base_cents, rate, surcharge_cents as amount_cents, article from reduction_surcharge "
        "where regularisation_id = %s order by position",
        (regularisation_id,),
    )
