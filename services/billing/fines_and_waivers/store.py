"""Fines that were charged and waivers of surcharges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from shared.contracts.recovery_v1 import FineImposed, SurchargesWaived
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_value


async def insert_fine(connection: Connection, *, fact: FineImposed, entry_id: UUID) -> None:
    """Keep a fine that was charged."""
    await connection.execute(
        "insert into fine_charged (fine_id, dossier, quarter, fine_cents, article, entry_id) "
        "values (%s, %s, %s, %s, %s, %s)",
        (fact.fine_id, fact.dossier, fact.quarter, fact.fine_cents, fact.article, entry_id),
    )


async def is_waived_by(connection: Connection, *, decision_id: UUID) -> bool:
    """Tell whether a decision was booked before."""
    found = await fetch_value(
        connection, "select exists (select from surcharge_waiver where decision_id = %s)", (decision_id,)
    )
    return bool(found)


async def insert_waiver(connection: Connection, *, fact: SurchargesWaived, cents: Mapping[Quarter, int]) -> None:
    """Keep what a decision granted of each quarter, and what of it was in force."""
    for one in fact.waived:
        await connection.execute(
            "insert into surcharge_waiver (decision_id, dossier, quarter, granted_cents, waived_cents) "
            "values (%s, %s, %s, %s, %s)",
            (fact.decision_id, fact.dossier, one.quarter, one.cents, cents[Quarter.parse(one.quarter)]),
        )


async def contribution_paid_on(connection: Connection, *, dossier: UUID, quarter: Quarter) -> date | None:
    """Return the day of the last payment for a contribution; None when nothing was paid for it."""
    paid_on: date | None = await fetch_value(
        connection,
        "select max(p.value_date) as paid_on from payment p join allocation a using (payment_id) "
        "where p.dossier = %s and a.quarter = %s and a.kind = 'principal' "
        "and not exists (select from payment_reversal r where r.payment_id = p.payment_id)",
        (dossier, str(quarter)),
    )
    return paid_on
