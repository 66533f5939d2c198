"""Contributions of a page: assessed, charged, noticed and told, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.domain.assessment import QuarterLaw
from services.billing.domain.ledger import EntryKind, JournalEntry, charge
from services.billing.domain.page_assessment import AssessedSubject, UnassessedSubject, assess_page
from services.billing.domain.payment_reference import notice_reference
from services.billing.domain.settlement import Received
from services.billing.store import ledger, runs
from services.billing.store.payments import use_credits
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_page, reserve_sequences
from shared.platform.tasks import open_task, overtake_task

PARKED_TASK: Final = "parkedDossier"
_TASK_DAYS: Final = 5
_CONTRIBUTION_COLUMNS: Final = (
    "dossier, quarter, kind, category, contribution_cents, fee_cents, total_cents, due_on, booked_on, run_id, "
    "explanation"
)


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
    page = await runs.page_for_update(connection, run_id=run_id, ordinal=ordinal)
    if page["status"] == "billed":
        return PageBilled(billed=page["billed"], parked=page["parked"])
    subjects = await runs.subjects_of_page(connection, page=page)
    assessed, parked = assess_page(
        subjects=subjects, quarter=law.quarter, parameters=law.parameters, fee_rate=law.fee_rate, law=law.law
    )
    booked_on: date = page["business_date"]
    await _write_contributions(connection, run_id, law.quarter, booked_on, assessed)
    entries = [contribution_entry(item, law.quarter) for item in assessed if item.total_cents > 0]
    if entries:
        await ledger.book_new(connection, entries=entries, booking_date=booked_on)
    await _tell(connection, page, law.quarter, booked_on, assessed)
    credits_used = await _use_credits(connection, run_id, law, booked_on, assessed)
    await _write_notices(connection, page, law.quarter, booked_on, assessed, credits_used)
    await _park(connection, run_id, law.quarter, booked_on, parked)
    await _end_parking(connection, law.quarter, assessed)
    await runs.finish_page(
        connection, run_id=run_id, ordinal=ordinal, status="billed", billed=len(assessed), parked=len(parked)
    )
    return PageBilled(billed=len(assessed), parked=len(parked))


async def _write_contributions(
    connection: Connection, run_id: UUID, quarter: Quarter, booked_on: date, assessed: Sequence[AssessedSubject]
) -> None:
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy contribution ({_CONTRIBUTION_COLUMNS}) from stdin") as copy,
    ):
        for item in assessed:
            await copy.write_row(
                (
                    item.subject.dossier,
                    str(quarter),
                    "provisional",
                    item.category,
                    item.contribution_cents,
                    item.fee_cents,
                    item.total_cents,
                    quarter.last_day,
                    booked_on,
                    run_id,
                    item.explanation,
                )
            )


async def _use_credits(
    connection: Connection, run_id: UUID, law: LawOfQuarter, booked_on: date, assessed: Sequence[AssessedSubject]
) -> dict[UUID, int]:
    """Use what dossiers paid too much before; return what of it went to the quarter, per dossier."""
    cursor = await connection.execute(
        "select dossier from dossier_credit where dossier = any(%s) and credit_cents > 0 order by dossier",
        ([item.subject.dossier for item in assessed],),
    )
    rich = [row["dossier"] for row in await cursor.fetchall()]
    accounts = await ledger.load_accounts(connection, dossiers=rich)
    used = await use_credits(
        connection,
        accounts=list(accounts.values()),
        occasion=f"run|{run_id}",
        booked_on=booked_on,
        interest_rate=law.interest_rate,
    )
    return {outcome.money.dossier: _used_for(outcome, law.quarter) for outcome in used}


def contribution_entry(item: AssessedSubject, quarter: Quarter) -> JournalEntry:
    """Give the entry that charges a contribution; it counts from the first day of the quarter."""
    return charge(
        kind=EntryKind.CONTRIBUTION,
        key=f"{item.subject.dossier}|{quarter}|provisional",
        value_date=quarter.starts_on,
        dossier=item.subject.dossier,
        quarter=quarter,
        amounts={AmountKind.PRINCIPAL: item.contribution_cents, AmountKind.FEE: item.fee_cents},
    )


def _used_for(outcome: Received, quarter: Quarter) -> int:
    return sum(part.cents for part in outcome.parts if part.quarter == quarter)


async def _write_notices(
    connection: Connection,
    page: dict[str, Any],
    quarter: Quarter,
    booked_on: date,
    assessed: Sequence[AssessedSubject],
    credits_used: dict[UUID, int],
) -> None:
    async with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, issued_on, "
            "due_on, run_id) from stdin"
        ) as copy,
    ):
        for item in assessed:
            if item.total_cents == 0:
                continue
            subject = item.subject
            reference = notice_reference(file_number=subject.file_number, notice_number=subject.notice_number)
            await copy.write_row(
                (
                    reference,
                    subject.dossier,
                    str(quarter),
                    "provisional",
                    subject.notice_number,
                    item.total_cents,
                    credits_used.get(subject.dossier, 0),
                    booked_on,
                    quarter.last_day,
                    page["run_id"],
                )
            )


async def _park(
    connection: Connection, run_id: UUID, quarter: Quarter, booked_on: date, parked: Sequence[UnassessedSubject]
) -> None:
    if not parked:
        return
    await runs.park(
        connection,
        run_id=run_id,
        quarter=quarter,
        parked=[(item.subject.dossier, item.reason, item.detail) for item in parked],
    )
    for item in parked:
        await open_task(
            connection,
            kind=PARKED_TASK,
            reference=f"{quarter}|{item.subject.dossier}",
            dossier=item.subject.dossier,
            due_on=add_working_days(booked_on, _TASK_DAYS),
            role="affiliationAgent",
            details={
                "quarter": str(quarter),
                "fileNumber": item.subject.file_number,
                "reason": item.reason,
                "detail": item.detail,
            },
        )


async def _end_parking(connection: Connection, quarter: Quarter, assessed: Sequence[AssessedSubject]) -> None:
    """Close the tasks about dossiers that an earlier run could not bill."""
    cursor = await connection.execute(
        "select distinct dossier from parked_subject where quarter = %s and dossier = any(%s) order by dossier",
        (str(quarter), [item.subject.dossier for item in assessed]),
    )
    for row in await cursor.fetchall():
        await overtake_task(
            connection,
            kind=PARKED_TASK,
            reference=f"{quarter}|{row['dossier']}",
            resolved_by="billing",
            resolution="billed",
        )


async def _tell(
    connection: Connection, page: dict[str, Any], quarter: Quarter, booked_on: date, assessed: Sequence[AssessedSubject]
) -> None:
    if not assessed:
        return
    sequences = await reserve_sequences(connection, [item.subject.dossier for item in assessed])
    await publish_page(
        connection,
        ContributionsIssued(
            partition=page["partition"],
            occurred_on=booked_on,
            run_id=str(page["run_id"]),
            page=page["page"],
            quarter=str(quarter),
            due_on=quarter.last_day,
            items=tuple(
                IssuedContribution(
                    dossier=item.subject.dossier,
                    sequence=sequences[item.subject.dossier],
                    contribution_cents=item.contribution_cents,
                    fee_cents=item.fee_cents,
                    total_cents=item.total_cents,
                )
                for item in assessed
            ),
        ),
    )
