"""Reads what a roll states as its reasons: contacts, contests and plans as they were recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from services.recovery.clocks.store.holds import PAYMENT_PLAN
from services.recovery.ladder.rules.motivation import ContactHistory, EndedPlan, Grounds
from shared.law.quarter import Quarter
from shared.platform.database import Connection


async def contact_history(connection: Connection, *, case_id: UUID) -> ContactHistory:
    """Return what was done to speak with the debtor of a case."""
    cursor = await connection.execute(
        """
        select max(made_on) filter (where outcome = 'reached') as reached_on,
               max(made_on) filter (where outcome = 'exceptionJustified') as excepted_on,
               max(made_on) filter (where outcome = 'notReached') as sought_on,
               max(recorded_by) filter (where outcome <> 'notReached') as recorded_by
        from contact where case_id = %s
        """,
        (case_id,),
    )
    row = await cursor.fetchone()
    return ContactHistory() if row is None else ContactHistory(**row)


async def grounds_of(connection: Connection, *, case_id: UUID, quarters: Collection[Quarter], today: date) -> Grounds:
    """Return the facts on which a warrant for some quarters of a case rests."""
    cursor = await connection.execute(
        """
        select
          (select outcome = 'returned' from registered_letter
           where case_id = %(case_id)s order by attempt desc limit 1) as deemed_notified,
          (select max(sent_on) from contest
           where case_id = %(case_id)s and not in_time and quarter = any(%(quarters)s)) as contested_late_on
        """,
        {"case_id": case_id, "quarters": [str(quarter) for quarter in quarters]},
    )
    row = await cursor.fetchone()
    return Grounds(
        contact=await contact_history(connection, case_id=case_id),
        deemed_notified=bool(row and row["deemed_notified"]),
        contested_late_on=None if row is None else row["contested_late_on"],
        plan=await _ended_plan(connection, case_id=case_id, today=today),
    )


async def _ended_plan(connection: Connection, *, case_id: UUID, today: date) -> EndedPlan | None:
    cursor = await connection.execute(
        """
        select starts_on as granted_on, least(ends_before, lifted_on) as ended_on from hold
        where case_id = %s and reason = %s and least(ends_before, lifted_on) <= %s
        order by ended_on desc limit 1
        """,
        (case_id, PAYMENT_PLAN, today),
    )
    row = await cursor.fetchone()
    return None if row is None else EndedPlan(**row)
