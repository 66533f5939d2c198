"""Services of a warrant after it was taken back: what the bailiff reported, and who bears the costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.platform.database import Connection


@dataclass(frozen=True)
class LateService:
    """A service that came too late, and what was decided about its costs."""

    mandate_id: UUID
    case_id: UUID
    served_on: date
    cost_cents: int
    reported_on: date
    decision: str | None
    decided_on: date | None
    decided_by: str | None
    reason: str | None


async def save_late_service(
    connection: Connection, *, mandate_id: UUID, case_id: UUID, served_on: date, cost_cents: int, reported_on: date
) -> bool:
    """Keep a service that came too late; False when one of this mandate was reported before."""
    cursor = await connection.execute(
        "insert into late_service (mandate_id, case_id, served_on, cost_cents, reported_on) "
        "values (%s, %s, %s, %s, %s) on conflict (mandate_id) do nothing",
        (mandate_id, case_id, served_on, cost_cents, reported_on),
    )
    return cursor.rowcount == 1


async def find_late_service(connection: Connection, *, mandate_id: UUID, lock: bool = False) -> LateService | None:
    """Return the late service of a mandate."""
    cursor = await connection.execute(
        f"select * from late_service where mandate_id = %s {'for update' if lock else ''}", (mandate_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else LateService(**row)


async def decide_late_service(
    connection: Connection, *, mandate_id: UUID, decision: str, decided_on: date, decided_by: str, reason: str
) -> bool:
    """Keep who bears the costs; False when it was decided before."""
    cursor = await connection.execute(
        "update late_service set decision = %s, decided_on = %s, decided_by = %s, reason = %s "
        "where mandate_id = %s and decision is null",
        (decision, decided_on, decided_by, reason, mandate_id),
    )
    return cursor.rowcount == 1
