"""Holds on cases, always with a last day, and the claims because of which a case is paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.platform.database import Connection
from shared.platform.rows import fetch_all


@dataclass(frozen=True)
class PendingRight:
    """A claim of a debtor that is being examined."""

    claim_id: UUID
    decide_before: date


@dataclass(frozen=True)
class LiftedHold:
    """A hold that ended before its last day."""

    hold_id: UUID
    case_id: UUID


async def save_hold(
    connection: Connection,
    *,
    hold_id: UUID,
    case_id: UUID,
    reason: str,
    legal_basis: str,
    starts_on: date,
    until: date,
    placed_by: str,
    claim_id: UUID | None,
) -> bool:
    """Keep a hold up to and including ``until``; False when it was placed before."""
    cursor = await connection.execute(
        """
        insert into hold (hold_id, case_id, reason, legal_basis, starts_on, ends_before, claim_id, placed_by)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        (hold_id, case_id, reason, legal_basis, starts_on, until + timedelta(days=1), claim_id, placed_by),
    )
    return cursor.rowcount == 1


async def save_lifted(connection: Connection, *, case_id: UUID, hold_id: UUID, lifted_on: date, lifted_by: str) -> bool:
    """Keep that a hold ended before its last day; False when there is none that can still be lifted."""
    cursor = await connection.execute(
        """
        update hold set lifted_on = %s, lifted_by = %s
        where case_id = %s and hold_id = %s and lifted_on is null and (ends_before > %s or claim_id is not null)
        """,
        (lifted_on, lifted_by, case_id, hold_id, lifted_on),
    )
    return cursor.rowcount == 1


async def save_lifted_of_claim(connection: Connection, *, claim_id: UUID, lifted_on: date) -> list[LiftedHold]:
    """Keep that the holds a claim brought end, and return them."""
    return await fetch_all(
        connection,
        LiftedHold,
        """
        update hold set lifted_on = %s, lifted_by = 'recovery'
        where claim_id = %s and lifted_on is null
        returning hold_id, case_id
        """,
        (lifted_on, claim_id),
    )


async def pending_rights(connection: Connection, *, dossier: UUID) -> list[PendingRight]:
    """Return the claims of a debtor that are not decided."""
    return await fetch_all(
        connection,
        PendingRight,
        "select claim_id, decide_before from pending_right where dossier = %s and decided_on is null order by claim_id",
        (dossier,),
    )


async def save_claim_received(
    connection: Connection, *, claim_id: UUID, dossier: UUID, received_on: date, decide_before: date
) -> None:
    """Remember that a right of the debtor is being examined."""
    await connection.execute(
        """
        insert into pending_right (claim_id, dossier, received_on, decide_before) values (%s, %s, %s, %s)
        on conflict (claim_id) do nothing
        """,
        (claim_id, dossier, received_on, decide_before),
    )


async def save_claim_decided(
    connection: Connection, *, claim_id: UUID, dossier: UUID, decided_on: date, outcome: str
) -> None:
    """Remember that a claim was decided, also when its receipt was never told here."""
    await connection.execute(
        """
        insert into pending_right (claim_id, dossier, received_on, decide_before, decided_on, outcome)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (claim_id) do update set decided_on = excluded.decided_on, outcome = excluded.outcome
        where pending_right.decided_on is null
        """,
        (claim_id, dossier, decided_on, decided_on, decided_on, outcome),
    )
