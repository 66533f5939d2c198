"""Small debts that were given up."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.billing.small_amounts.rules import GivenUp
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_value


async def is_given_up(connection: Connection, *, decision_id: UUID) -> bool:
    """Tell whether a decision was booked."""
    return bool(
        await fetch_value(
            connection, "select exists (select from small_claim_given_up where decision_id = %s)", (decision_id,)
        )
    )


async def insert_given_up(
    connection: Connection,
    given_up: GivenUp,
    *,
    decision_id: UUID,
    dossier: UUID,
    decided_on: date,
    decided_by: str,
    pension_affected: bool,
    warned_on: date | None,
) -> None:
    """Keep a decision; its entry was booked before."""
    await connection.execute(
        "insert into small_claim_given_up (decision_id, dossier, decided_on, decided_by, waived_cents, "
        "pension_affected, warned_on, entry_id) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            decision_id,
            dossier,
            decided_on,
            decided_by,
            given_up.waived_cents,
            pension_affected,
            warned_on,
            given_up.entry.entry_id,
        ),
    )
