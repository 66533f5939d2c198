"""Titles that were served, and the costs of them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.contracts.recovery_v1 import CostsCharged
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all


async def insert_warrant(
    connection: Connection, *, dossier: UUID, quarter: str, title_id: UUID, served_on: date
) -> bool:
    """Keep that a warrant was served for a quarter; tell whether it is the first of the quarter."""
    cursor = await connection.execute(
        "insert into warrant_served (dossier, quarter, warrant_id, served_on) values (%s, %s, %s, %s) "
        "on conflict (dossier, quarter) do nothing",
        (dossier, quarter, title_id, served_on),
    )
    return cursor.rowcount > 0


async def insert_summons(
    connection: Connection, *, dossier: UUID, quarter: str, title_id: UUID, served_on: date
) -> bool:
    """Keep that a summons was served for a quarter; tell whether it is the first of the quarter."""
    cursor = await connection.execute(
        "insert into summons_served (dossier, quarter, summons_id, served_on) values (%s, %s, %s, %s) "
        "on conflict (dossier, quarter) do nothing",
        (dossier, quarter, title_id, served_on),
    )
    return cursor.rowcount > 0


async def insert_cost(connection: Connection, *, fact: CostsCharged, entry_id: UUID) -> None:
    """Keep costs that were charged."""
    await connection.execute(
        "insert into cost_charged (warrant_id, dossier, quarter, cost_cents, entry_id) values (%s, %s, %s, %s, %s)",
        (fact.warrant_id, fact.dossier, fact.quarter, fact.cost_cents, entry_id),
    )


async def due_days_of_company(connection: Connection, *, dossier: UUID) -> dict[str, date]:
    """Return the last day to pay each yearly contribution of a company in time, by the quarter it stands on."""
    return dict(
        await fetch_all(
            connection,
            _due_day,
            "select year || 'Q4' as quarter, due_on from company_contribution where dossier = %s",
            (dossier,),
        )
    )


def _due_day(*, quarter: str, due_on: date) -> tuple[str, date]:
    return quarter, due_on
