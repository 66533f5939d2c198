"""Cases: opened by overdue debts, looked at, closed when nothing is open any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from uuid6 import uuid7

from services.recovery.clocks.store.holds import HoldRecord, place_holds_for_pending_rights
from services.recovery.ladder.rules.picture import Outlook, OutlookKind, Step
from shared.contracts.recovery_v1 import CaseOutcome
from shared.law.quarter import Quarter
from shared.platform.database import Connection

#: Who owns a new case until a team lead gives it to somebody.
FIRST_OWNER = "collectionsAgent"


@dataclass(frozen=True)
class CaseRecord:
    """A case as it stands."""

    case_id: UUID
    dossier: UUID
    opened_on: date
    status: str
    accepts_debts: bool
    version: int
    outcome: str | None
    quarters: tuple[Quarter, ...]

    @property
    def is_open(self) -> bool:
        """Return whether the case still runs."""
        return self.status == "open"


@dataclass(frozen=True)
class OverdueDebtAdded:
    """What an overdue debt did: opened a case, joined one, or was known already."""

    case_id: UUID
    opened: bool
    joined: bool
    holds: tuple[HoldRecord, ...] = ()


async def add_overdue_debt(
    connection: Connection, *, dossier: UUID, quarter: str, due_on: date, overdue_on: date, event_id: UUID
) -> OverdueDebtAdded:
    """Put an overdue quarter in the debtor's growing case, or open a case for it.

    A quarter that is already in an open case stays there. Once the last reminder of a case was made, it takes no
    more debts: the sums of a warrant must be listed in that reminder (RGS art. 46).
    """
    known = await _open_case_with(connection, dossier=dossier, quarter=quarter)
    if known is not None:
        return OverdueDebtAdded(case_id=known, opened=False, joined=False)
    cursor = await connection.execute(
        "select case_id from recovery_case where dossier = %s and status = 'open' and accepts_debts for update",
        (dossier,),
    )
    row = await cursor.fetchone()
    placed: tuple[HoldRecord, ...] = ()
    if row is None:
        case_id, placed = await _open_case(connection, dossier=dossier, opened_on=overdue_on)
    else:
        case_id = row["case_id"]
    await connection.execute(
        """
        insert into case_debt (case_id, quarter, due_on, overdue_on, event_id) values (%s, %s, %s, %s, %s)
        on conflict (case_id, quarter) do nothing
        """,
        (case_id, quarter, due_on, overdue_on, event_id),
    )
    await touch_case(connection, case_id=case_id)
    return OverdueDebtAdded(case_id=case_id, opened=row is None, joined=row is not None, holds=placed)


async def _open_case_with(connection: Connection, *, dossier: UUID, quarter: str) -> UUID | None:
    cursor = await connection.execute(
        """
        select case_id from recovery_case join case_debt using (case_id)
        where dossier = %s and quarter = %s and status = 'open'
        """,
        (dossier, quarter),
    )
    row = await cursor.fetchone()
    return None if row is None else row["case_id"]


async def _open_case(connection: Connection, *, dossier: UUID, opened_on: date) -> tuple[UUID, tuple[HoldRecord, ...]]:
    case_id = UUID(int=uuid7().int)
    await connection.execute(
        """
        insert into recovery_case
          (case_id, dossier, opened_on, owner, outlook_kind, next_step, next_on, article, reason, looked_at_on)
        values (%s, %s, %s, %s, %s, %s, %s, 'policy', 'opened', %s)
        """,
        (case_id, dossier, opened_on, FIRST_OWNER, OutlookKind.SCHEDULED, Step.REMINDER, opened_on, opened_on),
    )
    placed = await place_holds_for_pending_rights(connection, case_id=case_id, dossier=dossier, today=opened_on)
    return case_id, tuple(placed)


async def touch_case(connection: Connection, *, case_id: UUID) -> None:
    """Note that the debts of a case changed, so that a closing based on older facts is noticed."""
    await connection.execute("update recovery_case set version = version + 1 where case_id = %s", (case_id,))


async def find_case(connection: Connection, *, case_id: UUID, lock: bool = False) -> CaseRecord | None:
    """Return a case, locked against other transactions when asked; None when there is no such case."""
    cursor = await connection.execute(
        f"""
        select case_id, dossier, opened_on, status, accepts_debts, version, outcome
        from recovery_case where case_id = %s {"for update" if lock else ""}
        """,
        (case_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    debts = await connection.execute("select quarter from case_debt where case_id = %s order by quarter", (case_id,))
    quarters = tuple(Quarter.parse(debt["quarter"]) for debt in await debts.fetchall())
    return CaseRecord(**row, quarters=quarters)


async def open_cases_of(connection: Connection, *, dossier: UUID) -> list[UUID]:
    """Return the open cases of a debtor, oldest first."""
    cursor = await connection.execute(
        "select case_id from recovery_case where dossier = %s and status = 'open' order by case_id", (dossier,)
    )
    return [row["case_id"] for row in await cursor.fetchall()]


async def save_outlook(connection: Connection, *, case_id: UUID, outlook: Outlook, today: date) -> None:
    """Write down what an open case does next; people and the checker of sleeping cases read it."""
    await connection.execute(
        """
        update recovery_case
        set outlook_kind = %s, next_step = %s, next_on = %s, article = %s, reason = %s, remaining_days = %s,
            looked_at_on = %s
        where case_id = %s and status = 'open'
        """,
        (
            outlook.kind,
            outlook.step,
            outlook.on,
            outlook.article,
            outlook.reason,
            outlook.remaining_days,
            today,
            case_id,
        ),
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
