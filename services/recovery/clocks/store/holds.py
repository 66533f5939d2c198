"""Holds on cases: placed by people or because a right is pending, always with a last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

from shared.platform.database import Connection

#: The reason of a hold that a claim brings with it.
RIGHT_PENDING = "rightPending"
# see limits: payment-plans-are-holds
#: The reason of a hold because time to pay was granted (RGS art. 46).
PAYMENT_PLAN = "paymentPlan"
#: The letter to who claims says that recovery stands still until the decision. A claim that is still examined on the
#: last day of its hold therefore pauses the case for so many more days, again and again.
HELD_AGAIN_DAYS = 7
_LEGAL_BASIS_OF_CLAIM = "RGS art. 60bis"
_HOLD_OF_CLAIM = UUID("0b5f3c52-6d0e-5a58-8f6d-9d4a3f5f7a10")


@dataclass(frozen=True)
class HoldRecord:
    """A hold as it was placed."""

    hold_id: UUID
    case_id: UUID
    reason: str
    starts_on: date
    until: date


async def place_hold(
    connection: Connection,
    *,
    hold_id: UUID,
    case_id: UUID,
    reason: str,
    legal_basis: str,
    starts_on: date,
    until: date,
    placed_by: str,
    claim_id: UUID | None = None,
) -> HoldRecord | None:
    """Place a hold up to and including ``until``; None when it was placed before."""
    cursor = await connection.execute(
        """
        insert into hold (hold_id, case_id, reason, legal_basis, starts_on, ends_before, claim_id, placed_by)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        (hold_id, case_id, reason, legal_basis, starts_on, until + timedelta(days=1), claim_id, placed_by),
    )
    if cursor.rowcount == 0:
        return None
    return HoldRecord(hold_id=hold_id, case_id=case_id, reason=reason, starts_on=starts_on, until=until)


async def place_hold_for_claim(
    connection: Connection, *, case_id: UUID, claim_id: UUID, starts_on: date, decide_before: date
) -> HoldRecord | None:
    """Pause a case while a claim is examined; None when that was done before.

    An examination that takes longer than its last day goes on pausing the case (``HELD_AGAIN_DAYS``).
    """
    return await place_hold(
        connection,
        hold_id=uuid5(_HOLD_OF_CLAIM, f"{case_id}|{claim_id}"),
        case_id=case_id,
        reason=RIGHT_PENDING,
        legal_basis=_LEGAL_BASIS_OF_CLAIM,
        starts_on=starts_on,
        until=max(decide_before, starts_on),
        placed_by="recovery",
        claim_id=claim_id,
    )


async def place_holds_for_pending_rights(
    connection: Connection, *, case_id: UUID, dossier: UUID, today: date
) -> list[HoldRecord]:
    """Pause a new case for every claim of the debtor that is being examined."""
    cursor = await connection.execute(
        "select claim_id, decide_before from pending_right where dossier = %s and decided_on is null order by claim_id",
        (dossier,),
    )
    placed = []
    for row in await cursor.fetchall():
        hold = await place_hold_for_claim(
            connection,
            case_id=case_id,
            claim_id=row["claim_id"],
            starts_on=today,
            decide_before=row["decide_before"],
        )
        if hold is not None:
            placed.append(hold)
    return placed


async def lift_hold(
    connection: Connection, *, case_id: UUID, hold_id: UUID, lifted_on: date, lifted_by: str
) -> HoldRecord | None:
    """End a hold before its last day; None when there is no such hold that can still be lifted."""
    cursor = await connection.execute(
        """
        update hold set lifted_on = %s, lifted_by = %s
        where case_id = %s and hold_id = %s and lifted_on is null and (ends_before > %s or claim_id is not null)
        returning hold_id, case_id, reason, starts_on, ends_before - 1 as until
        """,
        (lifted_on, lifted_by, case_id, hold_id, lifted_on),
    )
    row = await cursor.fetchone()
    return None if row is None else HoldRecord(**row)


async def lift_holds_of_claim(connection: Connection, *, claim_id: UUID, lifted_on: date) -> list[HoldRecord]:
    """End the holds a claim brought, because it was decided."""
    cursor = await connection.execute(
        """
        update hold set lifted_on = %s, lifted_by = 'recovery'
        where claim_id = %s and lifted_on is null
        returning hold_id, case_id, reason, starts_on, ends_before - 1 as until
        """,
        (lifted_on, claim_id),
    )
    return [HoldRecord(**row) for row in await cursor.fetchall()]


async def dossier_of_hold(connection: Connection, *, hold_id: UUID) -> UUID | None:
    """Return whose case a hold pauses."""
    cursor = await connection.execute(
        "select dossier from hold join recovery_case using (case_id) where hold_id = %s", (hold_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else row["dossier"]
