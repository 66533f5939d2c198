"""Quarters that were over when this fund was told of an activity: billed for that dossier alone, and told to a person.

A quarterly run bills its own quarter and the one before. What is older is only owed here by who affiliated late, or was
affiliated ex officio: a run for everybody would also bill people whose quarter stands in other books.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import UUID

import polars as pl

from services.billing.quarterly.service import page_subjects, runs
from services.billing.quarterly.store import late_quarters as store
from services.billing.quarterly.store.late_quarters import LateQuarter
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter, quarters_between
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task, overtake_task

LATE_AFFILIATION_TASK: Final = "lateAffiliationToBill"
PARKED_TASK: Final = "parkedLateQuarter"
#: Why a quarter waits: the law's numbers of that time are not known.
LAW_MISSING: Final = "lawNotKnown"
_TASK_DAYS: Final = 5

#: Tells whether what is known of subjects (``page_assessment.KNOWN_SUBJECT``) lets one of them be assessed.
Assessable = Callable[[Quarter, pl.DataFrame], bool]
#: Says what of the law of a quarter is not known, or None.
MissingLaw = Callable[[Quarter], str | None]


async def note_late_quarters(connection: Connection, *, fact: AffiliationOpened) -> None:
    """Note the quarters that were over when an affiliation was told, and tell a person; doing it again changes nothing.

    An affiliation that was taken over owes its earlier quarters elsewhere.
    """
    last = Quarter.of(fact.occurred_on).previous()
    quarters = list(quarters_between(Quarter.of(fact.starts_on), last))
    if fact.taken_over or not quarters:
        return
    for quarter in quarters:
        await store.insert(connection, dossier=fact.dossier, quarter=quarter, told_on=fact.occurred_on)
    await open_task(
        connection,
        kind=LATE_AFFILIATION_TASK,
        reference=f"{fact.dossier}|{fact.starts_on}",
        dossier=fact.dossier,
        due_on=add_working_days(fact.occurred_on, _TASK_DAYS),
        role="affiliationAgent",
        details={
            "fileNumber": fact.file_number,
            "startsOn": fact.starts_on.isoformat(),
            "quarters": [str(quarter) for quarter in quarters],
            "exOfficio": fact.ex_officio,
        },
    )


async def request_late_runs(
    connection: Connection, *, business_date: date, missing_law: MissingLaw, assessable: Assessable
) -> list[UUID]:
    """Ask for a run for each late quarter that can be billed by now; return the runs.

    A dossier that a run parked is asked for again once its data allow; a quarter whose law is not known waits, with the
    name of what is missing, and is a task.

    Args:
        connection: a transaction.
        business_date: day of the notices.
        missing_law: says what of the law of a quarter is not known.
        assessable: says whether what is known of subjects lets one of them be assessed.
    """
    waiting: dict[Quarter, list[LateQuarter]] = {}
    for late in await store.waiting(connection, open_statuses=sorted(runs.OPEN_STATUSES)):
        waiting.setdefault(late.quarter, []).append(late)
    asked: list[UUID] = []
    for quarter, rows in waiting.items():
        missing = missing_law(quarter)
        if missing is not None:
            await _park(connection, quarter, rows, missing, business_date)
            continue
        await _end_parking(connection, quarter, rows)
        dossiers = [row.dossier for row in rows if await _may_be_billed(connection, quarter, row, assessable)]
        if dossiers:
            run_id = await runs.request_run_for(
                connection, quarter=quarter, dossiers=dossiers, requested_by="schedule", business_date=business_date
            )
            asked.append(run_id)
            await store.set_asked(connection, quarter=quarter, dossiers=dossiers, run_id=run_id)
    return asked


async def _may_be_billed(connection: Connection, quarter: Quarter, row: LateQuarter, assessable: Assessable) -> bool:
    """Tell whether to ask: never asked before, or what a run lacked has come."""
    dossier = row.dossier
    known = await page_subjects.known_between(connection, quarter=quarter, first=dossier, last=dossier)
    if known.is_empty():
        return False
    return row.status != "asked" or assessable(quarter, known)


async def _park(
    connection: Connection, quarter: Quarter, rows: list[LateQuarter], missing: str, business_date: date
) -> None:
    dossiers = [row.dossier for row in rows]
    await store.set_parked(connection, quarter=quarter, dossiers=dossiers, reason=missing)
    for row in rows:
        await open_task(
            connection,
            kind=PARKED_TASK,
            reference=f"{quarter}|{row.dossier}",
            dossier=row.dossier,
            due_on=add_working_days(business_date, _TASK_DAYS),
            role="affiliationAgent",
            details={"quarter": str(quarter), "reason": LAW_MISSING, "detail": missing},
        )


async def _end_parking(connection: Connection, quarter: Quarter, rows: list[LateQuarter]) -> None:
    for row in rows:
        if row.status == "parked":
            await overtake_task(
                connection,
                kind=PARKED_TASK,
                reference=f"{quarter}|{row.dossier}",
                resolved_by="billing",
                resolution="lawKnown",
            )
