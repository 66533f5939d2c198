"""What people and programs look at: cases with their proof, and counts; and what people report of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from services.recovery.ladder.procedure import workflow_id_of
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one
from shared.platform.temporal.sleepers import OpenWork


@dataclass(frozen=True)
class CaseRow:
    """A case with the last step it took and what it does next."""

    case_id: UUID
    dossier: UUID
    file_number: int | None
    status: str
    opened_on: date
    owner: str
    step: str | None
    outlook: str
    next_step: str
    next_date: date
    article: str
    reason: str
    remaining_days: int | None
    outcome: str | None
    closed_on: date | None


@dataclass(frozen=True)
class StepRow:
    """A step that was taken, with its evidence."""

    step: str
    attempt: int
    done_on: date
    elapsed_days: int
    article: str
    evidence: JsonObject
    document_id: UUID | None


@dataclass(frozen=True)
class DebtRow:
    """A quarter of a case."""

    quarter: str
    due_on: date
    overdue_on: date


@dataclass(frozen=True)
class ContactRow:
    """A contact, an attempt, or a justified exception."""

    contact_id: UUID
    made_on: date
    channel: str
    outcome: str
    note: str | None
    recorded_by: str


@dataclass(frozen=True)
class HoldRow:
    """A hold with its last day."""

    hold_id: UUID
    reason: str
    legal_basis: str
    starts_on: date
    until: date
    placed_by: str
    lifted_on: date | None
    lifted_by: str | None


@dataclass(frozen=True)
class ContestRow:
    """A quarter that was contested."""

    quarter: str
    sent_on: date
    in_time: bool


@dataclass(frozen=True)
class OpenCaseRow:
    """An open case of a known debtor, and nothing else of it."""

    file_number: int
    step: str
    next_date: date


@dataclass(frozen=True)
class Counts:
    """How many cases and warrants there are."""

    cases_opened: int
    cases_closed: int
    warrants_issued: int
    warrants_served: int


Part = TypeVar("Part", StepRow, DebtRow, ContactRow, HoldRow, ContestRow)

_CASE_COLUMNS: Final = """
    recovery_case.case_id, recovery_case.dossier, debtor.file_number, recovery_case.status, recovery_case.opened_on,
    recovery_case.owner, recovery_case.outcome, recovery_case.closed_on, recovery_case.outlook_kind as outlook,
    recovery_case.next_step, recovery_case.next_on as next_date, recovery_case.article, recovery_case.reason,
    recovery_case.remaining_days,
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
) -> list[CaseRow]:
    """Return cases, oldest first; ``after`` continues an earlier answer."""
    return await fetch_all(
        connection,
        CaseRow,
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


async def open_cases(connection: Connection, after: UUID | None, limit: int) -> list[OpenWork]:
    """Return a page of open cases with the procedure that must be alive for each, in order of id."""
    return [
        OpenWork(
            workflow_id=workflow_id_of(case.case_id),
            reference=case.case_id,
            dossier=case.dossier,
            owner=case.owner,
            next_on=case.next_date,
        )
        for case in await list_cases(connection, status="open", after=after, limit=limit)
    ]


async def list_open_for_summary(connection: Connection) -> list[OpenCaseRow]:
    """Return file number, step and next date of every open case of a known debtor."""
    return await fetch_all(
        connection,
        OpenCaseRow,
        """
        select debtor.file_number, next_on as next_date,
               coalesce((select step from case_step where case_step.case_id = recovery_case.case_id
                         order by position desc limit 1), next_step) as step
        from recovery_case join debtor using (dossier)
        where status = 'open' order by debtor.file_number, opened_on
        """,
    )


async def view_case(connection: Connection, *, case_id: UUID) -> CaseRow | None:
    """Return one case; None when there is no such case."""
    return await fetch_one(
        connection,
        CaseRow,
        f"select {_CASE_COLUMNS} from recovery_case left join debtor using (dossier) where case_id = %s",
        (case_id,),
    )


_PARTS: Final[Mapping[type, str]] = {
    StepRow: "select step, attempt, done_on, elapsed_days, article, evidence, document_id "
    "from case_step where case_id = %s order by position",
    DebtRow: "select quarter, due_on, overdue_on from case_debt where case_id = %s order by quarter",
    ContactRow: "select contact_id, made_on, channel, outcome, note, recorded_by "
    "from contact where case_id = %s order by made_on, contact_id",
    HoldRow: "select hold_id, reason, legal_basis, starts_on, ends_before - 1 as until, placed_by, lifted_on, "
    "lifted_by from hold where case_id = %s order by starts_on, hold_id",
    ContestRow: "select quarter, sent_on, in_time from contest where case_id = %s order by quarter",
}


async def view_parts(connection: Connection, kind: type[Part], *, case_id: UUID) -> list[Part]:
    """Return the steps, debts, contacts, holds or contests of a case, in order."""
    return await fetch_all(connection, kind, _PARTS[kind], (case_id,))


async def count_everything(connection: Connection) -> Counts:
    """Return how many cases and warrants there are."""
    counts = await fetch_one(
        connection,
        Counts,
        """
        select (select count(*) from recovery_case) as cases_opened,
               (select count(*) from recovery_case where status = 'closed') as cases_closed,
               (select count(*) from warrant) as warrants_issued,
               (select count(*) from mandate where served_on is not null) as warrants_served
        """,
    )
    return counts or Counts(0, 0, 0, 0)


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
