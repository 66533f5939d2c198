"""What people and programs look at: cases with their proof, the cases that sleep, and counts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from shared.platform.database import Connection

_CASE_COLUMNS = """
    recovery_case.case_id, recovery_case.dossier, debtor.file_number, recovery_case.status, recovery_case.opened_on,
    recovery_case.owner, recovery_case.outcome, recovery_case.closed_on, recovery_case.outlook_kind,
    recovery_case.next_step, recovery_case.next_on, recovery_case.article, recovery_case.reason,
    recovery_case.remaining_days, recovery_case.looked_at_on, recovery_case.accepts_debts,
    (select step from case_step where case_step.case_id = recovery_case.case_id order by position desc limit 1) as step
"""


async def list_cases(
    connection: Connection,
    *,
    status: str | None = None,
    next_step: str | None = None,
    next_before: date | None = None,
    dossier: UUID | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return cases, oldest first; ``after`` continues an earlier answer."""
    cursor = await connection.execute(
        f"""
        select {_CASE_COLUMNS}
        from recovery_case left join debtor using (dossier)
        where (%(status)s::text is null or status = %(status)s)
          and (%(next_step)s::text is null or next_step = %(next_step)s)
          and (%(next_before)s::date is null or (status = 'open' and next_on < %(next_before)s))
          and (%(dossier)s::uuid is null or dossier = %(dossier)s)
          and (%(after)s::uuid is null or case_id > %(after)s)
        order by case_id limit %(limit)s
        """,
        {
            "status": status,
            "next_step": next_step,
            "next_before": next_before,
            "dossier": dossier,
            "after": after,
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def list_open_for_summary(connection: Connection) -> list[dict[str, Any]]:
    """Return file number, step and next date of every open case of a known debtor, and nothing else of it."""
    cursor = await connection.execute(
        """
        select debtor.file_number, next_on as next_date,
               coalesce((select step from case_step where case_step.case_id = recovery_case.case_id
                         order by position desc limit 1), next_step) as step
        from recovery_case join debtor using (dossier)
        where status = 'open' order by debtor.file_number, opened_on
        """
    )
    return await cursor.fetchall()


async def view_case(connection: Connection, *, case_id: UUID) -> dict[str, Any] | None:
    """Return one case with the last step it took; None when there is no such case."""
    cursor = await connection.execute(
        f"select {_CASE_COLUMNS} from recovery_case left join debtor using (dossier) where case_id = %s", (case_id,)
    )
    return await cursor.fetchone()


async def view_parts(connection: Connection, *, case_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return the parts of a case: steps, debts, contacts, holds, contests and late services, in order."""
    queries = {
        "steps": "select * from case_step where case_id = %s order by position",
        "debts": "select quarter, due_on, overdue_on from case_debt where case_id = %s order by quarter",
        "contacts": "select * from contact where case_id = %s order by made_on, contact_id",
        "holds": "select * from hold where case_id = %s order by starts_on, hold_id",
        "contests": "select * from contest where case_id = %s order by quarter",
        "late_services": "select * from late_service where case_id = %s order by served_on, mandate_id",
    }
    parts = {}
    for name, query in queries.items():
        cursor = await connection.execute(query, (case_id,))
        parts[name] = await cursor.fetchall()
    return parts


async def count_everything(connection: Connection) -> dict[str, int]:
    """Return how many cases and warrants there are."""
    cursor = await connection.execute(
        """
        select (select count(*) from recovery_case) as cases_opened,
               (select count(*) from recovery_case where status = 'closed') as cases_closed,
               (select count(*) from warrant) as warrants_issued,
               (select count(*) from mandate where served_on is not null) as warrants_served,
               (select count(*) from hold where lifted_on is null) as holds_placed
        """
    )
    row = await cursor.fetchone()
    return {} if row is None else {name: int(value) for name, value in row.items()}
