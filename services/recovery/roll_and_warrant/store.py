"""Rolls and warrants, and the facts on which a warrant rests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.clocks.rules.holds import PAYMENT_PLAN
from services.recovery.roll_and_warrant.rules import EndedPlan
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_one


@dataclass(frozen=True)
class RollRecord:
    """A roll for which approval was asked."""

    roll_id: UUID
    attempt: int
    payload: JsonObject | None


@dataclass(frozen=True)
class NotificationAndContest:
    """How the last reminder reached the debtor, and when sums were contested too late."""

    deemed_notified: bool
    contested_late_on: date | None


async def save_roll(
    connection: Connection,
    *,
    roll_id: UUID,
    case_id: UUID,
    attempt: int,
    requested_on: date,
    payload: JsonObject | None,
    approval_id: UUID | None,
) -> None:
    """Keep a roll: with its payload when approval is asked, without when no sum may go on a warrant."""
    await connection.execute(
        """
        insert into roll (roll_id, case_id, attempt, requested_on, payload, approval_id, status)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (case_id, attempt) do nothing
        """,
        (
            roll_id,
            case_id,
            attempt,
            requested_on,
            None if payload is None else Jsonb(payload),
            approval_id,
            "impossible" if payload is None else "requested",
        ),
    )


async def find_roll(connection: Connection, *, case_id: UUID) -> RollRecord | None:
    """Return the latest roll of a case."""
    return await fetch_one(
        connection,
        RollRecord,
        "select roll_id, attempt, payload from roll where case_id = %s order by attempt desc limit 1",
        (case_id,),
    )


async def supersede_roll(connection: Connection, *, roll_id: UUID) -> None:
    """Keep that the debts changed since the roll was approved, so that a new one must be drawn up."""
    await connection.execute(
        "update roll set status = 'superseded' where roll_id = %s and status = 'requested'", (roll_id,)
    )


async def resume_roll(connection: Connection, *, case_id: UUID, resumed_by: str) -> bool:
    """Let a roll that was refused or had no sums be drawn up again; False when the latest one was neither."""
    cursor = await connection.execute(
        """
        update roll set resumed_by = %s
        where case_id = %s and resumed_by is null and (
            status = 'impossible' or (status = 'requested' and exists (
              select from approval where approval.id = roll.approval_id and decision = 'refused')))
          and attempt = (select max(attempt) from roll where case_id = %s)
        """,
        (resumed_by, case_id, case_id),
    )
    return cursor.rowcount == 1


async def save_warrant(
    connection: Connection,
    *,
    warrant_id: UUID,
    case_id: UUID,
    roll_id: UUID,
    issued_on: date,
    pay_until: date,
    total_cents: int,
    quarters: Sequence[str],
    visa_by: str,
    issued_by: str,
    document_id: UUID,
    document_sha256: str,
) -> None:
    """Keep the warrant of a case; there is never a second one."""
    await connection.execute(
        """
        insert into warrant (warrant_id, case_id, roll_id, issued_on, pay_until, total_cents, quarters, visa_by,
                             issued_by, document_id, document_sha256)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            warrant_id,
            case_id,
            roll_id,
            issued_on,
            pay_until,
            total_cents,
            list(quarters),
            visa_by,
            issued_by,
            document_id,
            document_sha256,
        ),
    )


async def notification_and_contest(
    connection: Connection, *, case_id: UUID, quarters: Collection[Quarter]
) -> NotificationAndContest | None:
    """Return what became of the latest last reminder of a case and of the sums of some quarters it lists."""
    return await fetch_one(
        connection,
        NotificationAndContest,
        """
        select
          coalesce((select outcome = 'returned' from registered_letter
                    where case_id = %(case_id)s order by attempt desc limit 1), false) as deemed_notified,
          (select max(sent_on) from contest
           where case_id = %(case_id)s and not in_time and quarter = any(%(quarters)s)) as contested_late_on
        """,
        {"case_id": case_id, "quarters": [str(quarter) for quarter in quarters]},
    )


async def ended_plan(connection: Connection, *, case_id: UUID, today: date) -> EndedPlan | None:
    """Return the latest time to pay of a case that is no longer in force on a day."""
    return await fetch_one(
        connection,
        EndedPlan,
        """
        select starts_on as granted_on, least(ends_before, lifted_on) as ended_on from hold
        where case_id = %s and reason = %s and least(ends_before, lifted_on) <= %s
        order by ended_on desc limit 1
        """,
        (case_id, PAYMENT_PLAN, today),
    )
