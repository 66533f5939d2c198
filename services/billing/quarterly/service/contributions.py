"""Contributions of a page: assessed, charged, noticed and told, in one transaction, over whole columns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

import polars as pl

from services.billing.assessment.rules import QuarterLaw, identified_law, quarter_law
from services.billing.assessment.rules.page import assess_page
from services.billing.ledger import service as ledger
from services.billing.quarterly.service import page_rows
from services.billing.quarterly.service.page_subjects import subjects_of_page
from services.billing.quarterly.store import pages as page_store
from services.billing.quarterly.store import runs as run_store
from services.billing.quarterly.store.runs import Page, ParkedSubject
from services.billing.settlement.rules import Received
from services.billing.settlement.service import use_credits
from shared.contracts.billing_v1 import ContributionsIssued
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_page_body, reserve_sequences_in_order
from shared.platform.people.tasks import open_task, overtake_task

# see limits: no-income-parks-the-dossier
PARKED_TASK: Final = "parkedDossier"
_TASK_DAYS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LawOfQuarter:
    """What a page is assessed with."""

    quarter: Quarter
    parameters: Parameters
    fee_rate: Decimal
    interest_rate: Decimal
    law: QuarterLaw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBilled:
    """How many subjects of a page were billed and how many were parked."""

    billed: int
    parked: int


async def bill_page(connection: Connection, *, run_id: UUID, ordinal: int, law: LawOfQuarter) -> PageBilled:
    """Bill the subjects of a page who were not billed yet; doing it again changes nothing.

    Raises:
        ParameterMissing: the law of the quarter itself is not known.
        psycopg.errors.UniqueViolation: somebody was billed by another run at this moment; do it again.
    """
    page = await run_store.page_for_update(connection, run_id=run_id, ordinal=ordinal)
    if page.status == "billed":
        return PageBilled(billed=page.billed, parked=page.parked)
    subjects = await subjects_of_page(connection, page=page)
    quarter, booked_on = law.quarter, page.business_date
    rules = law.law or quarter_law(quarter=quarter, parameters=law.parameters)
    outcome = await asyncio.to_thread(
        assess_page, subjects=subjects, quarter=quarter, parameters=law.parameters, fee_rate=law.fee_rate, law=rules
    )
    assessed = outcome.assessed
    law_id = await keep_law(connection, rules)
    await page_rows.write_contributions(
        connection, assessed, quarter=quarter, booked_on=booked_on, run_id=run_id, law_id=law_id
    )
    await page_rows.write_entries(connection, assessed, quarter=quarter, booked_on=booked_on)
    await _tell(connection, page, quarter, booked_on, assessed)
    credits_used = await _use_credits(connection, page, law, assessed)
    await page_rows.write_notices(
        connection, assessed, quarter=quarter, issued_on=booked_on, run_id=run_id, credits_used=credits_used
    )
    await _park(connection, run_id, quarter, booked_on, outcome.unassessed)
    await _end_parking(connection, page, quarter, assessed)
    billed, parked = assessed.height, outcome.unassessed.height
    await run_store.finish_page(
        connection, run_id=run_id, ordinal=ordinal, status="billed", billed=billed, parked=parked
    )
    return PageBilled(billed=billed, parked=parked)


async def keep_law(connection: Connection, law: QuarterLaw) -> UUID:
    """Keep the numbers of a law, once; return their id."""
    identity, text = identified_law(law)
    await page_store.insert_law(connection, law_id=identity, quarter=law.quarter, numbers=text)
    return identity


async def _use_credits(connection: Connection, page: Page, law: LawOfQuarter, assessed: pl.DataFrame) -> dict[str, int]:
    """Use what dossiers paid too much before; return what of it went to the quarter, per dossier."""
    rich = _among(
        await page_store.dossiers_with_credit(connection, first=page.first_dossier, last=page.last_dossier), assessed
    )
    accounts = await ledger.load_accounts(connection, dossiers=rich) if rich else {}
    used = await use_credits(
        connection,
        accounts=list(accounts.values()),
        occasion=f"run|{page.run_id}",
        booked_on=page.business_date,
        interest_rate=law.interest_rate,
    )
    return {str(outcome.money.dossier): _used_for(outcome, law.quarter) for outcome in used}


def _used_for(outcome: Received, quarter: Quarter) -> int:
    return sum(part.cents for part in outcome.parts if part.quarter == quarter)


def _among(dossiers: list[UUID], assessed: pl.DataFrame) -> list[UUID]:
    """Keep the dossiers that were assessed: those between the first and the last of a page are not all of the page."""
    if not dossiers:
        return []
    known = set(assessed["dossier"])
    return [dossier for dossier in dossiers if str(dossier) in known]


async def _park(connection: Connection, run_id: UUID, quarter: Quarter, booked_on: date, parked: pl.DataFrame) -> None:
    if parked.is_empty():
        return
    people = {
        row["file_number"]: ParkedSubject(dossier=UUID(row["dossier"]), reason=row["reason"], detail=row["detail"])
        for row in parked.iter_rows(named=True)
    }
    await run_store.park(connection, run_id=run_id, quarter=quarter, parked=list(people.values()))
    for file_number, person in people.items():
        await open_task(
            connection,
            kind=PARKED_TASK,
            reference=f"{quarter}|{person.dossier}",
            dossier=person.dossier,
            due_on=add_working_days(booked_on, _TASK_DAYS),
            role="affiliationAgent",
            details={
                "quarter": str(quarter),
                "fileNumber": file_number,
                "reason": person.reason,
                "detail": person.detail,
            },
        )


async def _end_parking(connection: Connection, page: Page, quarter: Quarter, assessed: pl.DataFrame) -> None:
    """Close the tasks about dossiers that an earlier run could not bill."""
    parked = await page_store.parked_before(
        connection, quarter=quarter, first=page.first_dossier, last=page.last_dossier, run_id=page.run_id
    )
    for dossier in _among(parked, assessed):
        await overtake_task(
            connection,
            kind=PARKED_TASK,
            reference=f"{quarter}|{dossier}",
            resolved_by="billing",
            resolution="billed",
        )


async def _tell(connection: Connection, page: Page, quarter: Quarter, booked_on: date, assessed: pl.DataFrame) -> None:
    if assessed.is_empty():
        return
    dossiers = assessed["dossier"].to_list()
    numbers = await reserve_sequences_in_order(connection, dossiers)
    issued = ContributionsIssued(
        partition=page.partition,
        occurred_on=booked_on,
        run_id=str(page.run_id),
        page=page.page,
        quarter=str(quarter),
        due_on=quarter.last_day,
        items=(),
    )
    body = page_rows.issued_body(issued, assessed, numbers)
    await publish_page_body(connection, issued, body=body, dossiers=dossiers, numbers=numbers)
