"""The proof of the ladder: steps with their evidence, and what people recorded about a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.clocks.rules.prescription import Interruption, InterruptionKind
from services.recovery.ladder.rules.picture import Step
from shared.law.quarter import Quarter
from shared.platform.database import Connection


async def record_step(
    connection: Connection,
    *,
    case_id: UUID,
    step: Step,
    attempt: int,
    done_on: date,
    article: str,
    evidence: Mapping[str, Any],
    document_id: UUID | None = None,
) -> bool:
    """Write down that a step was taken, with its evidence; returns False when it was written before."""
    cursor = await connection.execute(
        """
        insert into case_step (case_id, step, attempt, done_on, elapsed_days, article, evidence, document_id)
        select case_id, %(step)s, %(attempt)s, %(done_on)s,
               greatest(0, %(done_on)s - coalesce(
                 (select max(done_on) from case_step where case_id = %(case_id)s), opened_on)),
               %(article)s, %(evidence)s, %(document_id)s
        from recovery_case where case_id = %(case_id)s
        on conflict (case_id, step, attempt) do nothing
        """,
        {
            "case_id": case_id,
            "step": step,
            "attempt": attempt,
            "done_on": done_on,
            "article": article,
            "evidence": Jsonb(dict(evidence)),
            "document_id": document_id,
        },
    )
    return cursor.rowcount == 1


async def step_date(connection: Connection, *, case_id: UUID, step: Step) -> date | None:
    """Return the day on which a step was last taken."""
    cursor = await connection.execute(
        "select max(done_on) as done_on from case_step where case_id = %s and step = %s", (case_id, step)
    )
    row = await cursor.fetchone()
    return None if row is None else row["done_on"]


async def record_contact(
    connection: Connection,
    *,
    contact_id: UUID,
    case_id: UUID,
    made_on: date,
    channel: str,
    outcome: str,
    note: str | None,
    recorded_by: str,
) -> bool:
    """Write down a contact, an attempt, or a justified exception; False when one that counts exists already."""
    cursor = await connection.execute(
        """
        insert into contact (contact_id, case_id, made_on, channel, outcome, note, recorded_by)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing
        """,
        (contact_id, case_id, made_on, channel, outcome, note, recorded_by),
    )
    return cursor.rowcount == 1


async def record_contest(
    connection: Connection, *, case_id: UUID, quarter: Quarter, sent_on: date, in_time: bool, recorded_by: str
) -> bool:
    """Write down that the debtor contested the sums of a quarter by registered letter; False when known."""
    cursor = await connection.execute(
        """
        insert into contest (case_id, quarter, sent_on, in_time, recorded_by) values (%s, %s, %s, %s, %s)
        on conflict (case_id, quarter) do nothing
        """,
        (case_id, str(quarter), sent_on, in_time, recorded_by),
    )
    return cursor.rowcount == 1


async def interruptions(connection: Connection, *, dossier: UUID, quarter: Quarter) -> list[Interruption]:
    """Return what interrupted the prescription of a debtor's quarter: letters, warrants, payments, plans, summonses.

    An act counts for the debt, whichever case it was done in: a quarter can come back in a later case.
    """
    cursor = await connection.execute(
        """
        select 'registeredLetter' as kind, deposited_on as day
        from registered_letter join recovery_case using (case_id)
        where dossier = %(dossier)s and deposited_on is not null and %(quarter)s = any(quarters)
        union
        select 'orderToPay', served_on
        from mandate join warrant using (warrant_id) join recovery_case on recovery_case.case_id = mandate.case_id
        where dossier = %(dossier)s and served_on is not null and %(quarter)s = any(warrant.quarters)
        union
        select 'partPayment', value_date from debtor_payment
        where dossier = %(dossier)s and %(quarter)s = any(quarters)
        union
        select 'paymentPlan', hold.starts_on
        from hold join recovery_case using (case_id) join case_debt using (case_id)
        where dossier = %(dossier)s and hold.reason = 'paymentPlan' and case_debt.quarter = %(quarter)s
        union
        select 'summons', decided_on from institute_decision
        where dossier = %(dossier)s and kind = 'summons' and content -> 'quarters' ? %(quarter)s
        order by day, kind
        """,
        {"dossier": dossier, "quarter": str(quarter)},
    )
    return [Interruption(kind=InterruptionKind(row["kind"]), on=row["day"]) for row in await cursor.fetchall()]
