"""Surcharges that billing booked: what of a case its last reminder could not list."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.platform.database import Connection


async def save_surcharge(
    connection: Connection, *, event_id: UUID, dossier: UUID, quarter: str, booked_on: date, cents: int
) -> None:
    """Remember a surcharge in euro cents; told again, nothing changes."""
    await connection.execute(
        "insert into booked_surcharge (event_id, dossier, quarter, booked_on, cents) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing",
        (event_id, dossier, quarter, booked_on, cents),
    )


async def booked_after_last_reminder(connection: Connection, *, case_id: UUID) -> int:
    """Return the cents of surcharges booked on the quarters of a case after its last reminder; 0 before there is one.

    One that was booked on the very day of the reminder counts as listed: the reminder asked billing on that day.
    """
    cursor = await connection.execute(
        """
        select coalesce(sum(cents), 0)::bigint as cents
        from recovery_case join case_debt using (case_id) join booked_surcharge using (dossier, quarter)
        where case_id = %(case_id)s
          and booked_on > (select max(made_on) from registered_letter where case_id = %(case_id)s)
        """,
        {"case_id": case_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["cents"])
