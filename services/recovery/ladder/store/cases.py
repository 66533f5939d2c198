"""The rows of cases: their debts, the steps taken with their evidence, what they do next, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.ladder.rules.picture import Outlook, OutlookKind, Step
from shared.contracts.recovery_v1 import CaseOutcome
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_value, fetch_values


@dataclass(frozen=True)
class _Row:
    case_id: UUID
    dossier: UUID
    opened_on: date
    status: str
    accepts_debts: bool
    version: int
    outcome: str | None


@dataclass(frozen=True)
class CaseRecord(_Row):
    """A case as it stands."""

    quarters: tuple[Quarter, ...]

    @property
    def is_open(self) -> bool:
        """Return whether the case still runs."""
        return self.status == "open"


async def open_case_with(connection: Connection, *, dossier: UUID, quarter: str) -> UUID | None:
    """Return the open case of a debtor that a quarter belongs to."""
    found: UUID | None = await fetch_value(
        connection,
        """
        select case_id from recovery_case join case_debt using (case_id)
        where dossier = %s and quarter = %s and status = 'open'
        """,
        (dossier, quarter),
    )
    return found


async def growing_case_of(connection: Connection, *, dossier: UUID) -> UUID | None:
    """Return the case of a debtor that still takes debts, locked against other transactions."""
    found: UUID | None = await fetch_value(
        connection,
        "select case_id from recovery_case where dossier = %s and status = 'open' and accepts_debts for update",
        (dossier,),
    )
    return found


async def save_case(connection: Connection, *, case_id: UUID, dossier: UUID, opened_on: date, owner: str) -> None:
    """Keep a new case; its first step is looked at on its first day."""
    await connection.execute(
        """
        insert into recovery_case
          (case_id, dossier, opened_on, owner, outlook_kind, next_step, next_on, article, reason, looked_at_on)
        values (%s, %s, %s, %s, %s, %s, %s, 'policy', 'opened', %s)
        """,
        (case_id, dossier, opened_on, owner, OutlookKind.SCHEDULED, Step.REMINDER, opened_on, opened_on),
    )


async def save_debt(
    connection: Connection, *, case_id: UUID, quarter: str, due_on: date, overdue_on: date, event_id: UUID
) -> None:
    """Keep that a quarter belongs to a case; told again, nothing changes."""
    await connection.execute(
        """
        insert into case_debt (case_id, quarter, due_on, overdue_on, event_id) values (%s, %s, %s, %s, %s)
        on conflict (case_id, quarter) do nothing
        """,
        (case_id, quarter, due_on, overdue_on, event_id),
    )


async def touch_case(connection: Connection, *, case_id: UUID) -> None:
    """Note that the debts of a case changed, so that a closing based on older facts is noticed."""
    await connection.execute("update recovery_case set version = version + 1 where case_id = %s", (case_id,))


async def find_case(connection: Connection, *, case_id: UUID, lock: bool = False) -> CaseRecord | None:
    """Return a case, locked against other transactions when asked; None when there is no such case."""
    row = await fetch_one(
        connection,
        _Row,
        f"""
        select case_id, dossier, opened_on, status, accepts_debts, version, outcome
        from recovery_case where case_id = %s {"for update" if lock else ""}
        """,
        (case_id,),
    )
    if row is None:
        return None
    # A statement of its own: it sees what was added while the lock was waited for.
    quarters = await fetch_values(
        connection, "select quarter from case_debt where case_id = %s order by quarter", (case_id,)
    )
    return CaseRecord(**asdict(row), quarters=tuple(map(Quarter.parse, quarters)))


async def open_cases_of(connection: Connection, *, dossier: UUID) -> list[UUID]:
    """Return the open cases of a debtor, oldest first."""
    return await fetch_values(
        connection,
        "select case_id from recovery_case where dossier = %s and status = 'open' order by case_id",
        (dossier,),
    )


async def save_outlook(connection: Connection, *, case_id: UUID, outlook: Outlook, today: date) -> None:
    """Write down what an open case does next; people and the checker of sleeping cases read it."""
    await connection.execute(
        """
        update recovery_case
        set outlook_kind = %(kind)s, next_step = %(step)s, next_on = %(on)s, article = %(article)s,
            reason = %(reason)s, remaining_days = %(remaining_days)s, looked_at_on = %(today)s
        where case_id = %(case_id)s and status = 'open'
        """,
        {**asdict(outlook), "case_id": case_id, "today": today},
    )


async def save_trouble(connection: Connection, *, case_id: UUID, today: date) -> None:
    """Write down that a step failed for a reason that is no rule of law: somebody looks, and it is tried again."""
    await connection.execute(
        """
        update recovery_case
        set outlook_kind = %s, reason = 'stepFailed', next_on = %s, remaining_days = null, looked_at_on = %s
        where case_id = %s and status = 'open'
        """,
        (OutlookKind.BLOCKED, today + timedelta(days=1), today, case_id),
    )


async def refuse_more_debts(connection: Connection, *, case_id: UUID) -> None:
    """Close the list of debts of a case: its last reminder was made."""
    await connection.execute("update recovery_case set accepts_debts = false where case_id = %s", (case_id,))


async def close_case(connection: Connection, *, case_id: UUID, version: int, outcome: CaseOutcome, today: date) -> bool:
    """Close a case; returns False when its debts changed since they were looked at."""
    cursor = await connection.execute(
        """
        update recovery_case
        set status = 'closed', accepts_debts = false, outcome = %s, closed_on = %s, remaining_days = null,
            next_on = %s, looked_at_on = %s
        where case_id = %s and status = 'open' and version = %s
        """,
        (outcome, today, today, today, case_id, version),
    )
    return cursor.rowcount == 1


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
    day: date | None = await fetch_value(
        connection, "select max(done_on) from case_step where case_id = %s and step = %s", (case_id, step)
    )
    return day
