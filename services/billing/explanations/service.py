"""Every charge of a dossier, quarter by quarter, with the row its reasons are computed from."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from services.billing.accounts import service as queries
from services.billing.regularisation.service import statement_rows
from shared.platform.database import Connection

_BALANCES: Final = (
    "select quarter, sum(charged_cents)::bigint as charged_cents, sum(paid_cents)::bigint as paid_cents, "
    "sum(waived_cents)::bigint as waived_cents, sum(open_cents)::bigint as open_cents from open_item "
    "where dossier = %s group by quarter order by quarter"
)
#: Surcharges of closings, what was taken back of them, those of unjustified reductions as statements changed them, and
#: fines, costs and interest. What was waived is no charge: it stands in the balance.
_SURCHARGES: Final = """
  select s.quarter, s.kind || 'Surcharge' as kind, s.charged_on as booked_on, s.surcharge_cents as amount_cents,
         s.article, s.base_cents, s.rate, s.closing, s.kind as surcharge_kind, null::date as starts_on,
         null::date as ends_before, null::uuid as regularisation_id, 0::bigint as previous_cents
  from surcharge s where s.dossier = %(dossier)s
  union all
  select c.quarter, 'surchargeCorrection', e.booking_date, -c.surcharge_cents, s.article, c.base_cents, s.rate,
         s.closing, s.kind, null, null, null, 0
  from surcharge_correction c join surcharge s using (dossier, quarter, closing, kind)
  join journal_entry e on e.entry_id = c.entry_id where c.dossier = %(dossier)s
    and not exists (select from surcharge_waiver w where w.decision_id = c.cause_id)
  union all
  select f.quarter, 'fine', e.booking_date, f.fine_cents, f.article, null, null, null, null, null, null, null, 0
  from fine_charged f join journal_entry e using (entry_id) where f.dossier = %(dossier)s
  union all
  select c.quarter, 'cost', e.booking_date, c.cost_cents, 'RGS art. 47bis', null, null, null, null, null, null, null, 0
  from cost_charged c join journal_entry e using (entry_id) where c.dossier = %(dossier)s
  union all
  select i.quarter, 'interest', i.ends_before, i.interest_cents, 'RGS art. 47bis par. 4', i.base_cents, i.rate, null,
         null, i.starts_on, i.ends_before, null, 0
  from interest_booked i where i.dossier = %(dossier)s and i.interest_cents <> 0
  union all
  select n.quarter, 'reductionSurcharge', g.issued_on, g.surcharge_cents - g.previous_surcharge_cents,
         'AR38 art. 11bis', null, null, null, null, null, null, g.regularisation_id, g.previous_surcharge_cents
  from regularisation g
  join lateral (select l.quarter from journal_line l where l.entry_id = g.surcharge_entry_id
    and l.account = 'receivable' limit 1) n on true
  where g.dossier = %(dossier)s and g.surcharge_cents <> g.previous_surcharge_cents
  order by 3, 1, 2
"""


async def stand_of(connection: Connection, *, dossier: UUID) -> dict[str, int]:
    """Return what is open and what the fund owes, in all."""
    cursor = await connection.execute(
        "select coalesce(sum(open_cents), 0)::bigint as open_cents from open_item where dossier = %s", (dossier,)
    )
    row = await cursor.fetchone()
    credit = await queries.credit_of(connection, dossier=dossier)
    return {"open_cents": 0 if row is None else int(row["open_cents"]), "credit_cents": credit}


async def everything_of(connection: Connection, *, dossier: UUID) -> dict[str, dict[str, Any]]:
    """Return, per quarter, its balance and every charge with its source: contribution, change, surcharge or other."""
    cursor = await connection.execute(_BALANCES, (dossier,))
    balances = {row["quarter"]: row for row in await cursor.fetchall()}
    amounts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await queries.contributions_of(connection, dossier=dossier):
        amounts[row["quarter"]].append(_amount("contribution", row["kind"], row["total_cents"], row["due_on"], row))
    for row in await statement_rows.changes_of(connection, dossier=dossier):
        difference = (
            row["contribution_cents"]
            + row["fee_cents"]
            - row["previous_contribution_cents"]
            - row["previous_fee_cents"]
        )
        booked = {**row, "booked_on": row["changed_on"]}
        amounts[row["quarter"]].append(_amount("change", row["cause"], difference, row["due_on"], booked))
    cursor = await connection.execute(_SURCHARGES, {"dossier": dossier})
    charges = await cursor.fetchall()
    parts = await statement_rows.reduction_surcharges(
        connection, regularisations=[row["regularisation_id"] for row in charges if row["regularisation_id"]]
    )
    for row in charges:
        explained = {**row, "parts": parts.get(row["regularisation_id"], [])}
        amounts[row["quarter"]].append(_amount("surcharge", row["kind"], row["amount_cents"], None, explained))
    nothing = dict.fromkeys(("charged_cents", "paid_cents", "waived_cents", "open_cents"), 0)
    return {
        quarter: {"balance": balances.get(quarter, nothing), "amounts": amounts.get(quarter, [])}
        for quarter in {*balances, *amounts}
    }


def _amount(source: str, kind: str, cents: int, due_on: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": source,
        "kind": kind,
        "amount_cents": cents,
        "due_on": due_on,
        "booked_on": row["booked_on"],
        "row": row,
    }
