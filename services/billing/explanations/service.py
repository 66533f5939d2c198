"""Every charge of a dossier, quarter by quarter, with the row its reasons are computed from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.accounts import service as accounts
from services.billing.accounts.service import BilledContribution
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.charge_changes.service import changes_of
from services.billing.explanations import store
from services.billing.explanations.rules import Balance, Charge
from shared.platform.database.connections import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One thing that was charged or taken back for a quarter, and the row that tells why."""

    kind: str
    booked_on: date
    due_on: date | None
    amount_cents: int
    row: BilledContribution | KeptChange | Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterCharges:
    """Everything that was charged for a quarter, and what stands of it in the books."""

    balance: Balance
    amounts: list[Amount]


async def everything_of(connection: Connection, *, dossier: UUID) -> dict[str, QuarterCharges]:
    """Return, per quarter, its balance and every charge: contribution, changes, surcharges and others."""
    balances = {balance.quarter: balance for balance in await store.balances_of(connection, dossier=dossier)}
    amounts: dict[str, list[Amount]] = defaultdict(list)
    for billed in await accounts.contributions_of(connection, dossier=dossier):
        amounts[billed.quarter].append(
            Amount(
                kind=billed.kind,
                booked_on=billed.booked_on,
                due_on=billed.due_on,
                amount_cents=billed.total_cents,
                row=billed,
            )
        )
    for change in await changes_of(connection, dossier=dossier):
        amounts[change.quarter].append(
            Amount(
                kind=change.cause,
                booked_on=change.changed_on,
                due_on=change.due_on,
                amount_cents=change.difference_cents,
                row=change,
            )
        )
    for charge in await store.charges_of(connection, dossier=dossier):
        amounts[charge.quarter].append(
            Amount(
                kind=charge.kind, booked_on=charge.booked_on, due_on=None, amount_cents=charge.amount_cents, row=charge
            )
        )
    return {
        quarter: QuarterCharges(balance=balances.get(quarter, Balance(quarter=quarter)), amounts=amounts[quarter])
        for quarter in {*balances, *amounts}
    }
