"""Runs of the yearly company contribution: who owes a year, charged once, with a notice each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.companies.rules.companies import BalanceTotal, BalanceUnknown, balance_of_year
from services.billing.companies.service import BALANCE_TASK, totals_known_on, year_quarter
from services.billing.company_contributions.procedure import CompanyRunInput
from services.billing.company_contributions.rules.contribution import CompanyContribution, company_contribution
from services.billing.company_contributions.store import runs as store
from services.billing.company_contributions.store.runs import (
    ContributionRow,
    DueCompany,
    NoticeRow,
    ParkedCompany,
    RunRow,
)
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, charge
from services.billing.notices.rules import notice_reference
from services.billing.quarterly.service.runs import RequestedRun
from services.billing.settlement.service import use_credits
from services.billing.subjects.service import lock_subjects
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task
from shared.platform.temporal.dispatch import start_workflow

RUN_WORKFLOW: Final = "CompanyContribution"
_TASK_DAYS: Final = 5
_BALANCE_REASON: Final = "balanceUnknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompaniesBilled:
    """What became of a batch; ``next_after`` is None when nobody is left."""

    billed: int
    parked: int
    next_after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assessed:
    due: DueCompany
    balance: BalanceTotal | None
    contribution: CompanyContribution


async def request_run(
    connection: Connection, *, year: int, requested_by: str, business_date: date
) -> RequestedRun | None:
    """Ask for the billing of a year; its workflow starts when this transaction commits.

    While a run of the year is open that run is given back, and when everybody was billed the latest one. A company
    that joined since, or whose balance sheet became known, makes a new round.

    Returns:
        The run, or None when no company owes the year and none was ever billed for it.
    """
    await store.lock_year(connection, year=year)
    latest = await store.latest_run(connection, year=year)
    waiting = await store.somebody_is_due(connection, year=year, parked_by=None if latest is None else latest.run_id)
    if latest is not None and (latest.status != "done" or not waiting):
        return RequestedRun(run_id=latest.run_id, created=False)
    if not waiting:
        return None
    number = 1 if latest is None else latest.round + 1
    run = RunRow(
        run_id=UUID(int=uuid7().int),
        year=year,
        round=number,
        requested_by=requested_by,
        business_date=business_date,
        status="requested",
    )
    workflow_id = f"company-contribution-{year}" if number == 1 else f"company-contribution-{year}-{number}"
    await store.insert_run(connection, run=run, workflow_id=workflow_id)
    await start_workflow(
        connection,
        workflow=RUN_WORKFLOW,
        workflow_id=workflow_id,
        argument=CompanyRunInput(run_id=run.run_id, year=year),
    )
    return RequestedRun(run_id=run.run_id, created=True)


async def bill_companies(
    connection: Connection,
    *,
    run_id: UUID,
    after: UUID | None,
    limit: int,
    parameters: Parameters,
    interest_rate: Decimal,
) -> CompaniesBilled:
    """Bill the next companies of a run who were not billed yet; doing it again changes nothing.

    Raises:
        ParameterMissing: an amount or a limit of the year is not known.
        LookupError: there is no such run.
    """
    run = await store.run_to_change(connection, run_id=run_id)
    if run is None:
        raise LookupError(f"company run {run_id} does not exist")
    found = await store.due_after(connection, year=run.year, after=after, limit=limit)
    await lock_subjects(connection, dossiers=found)
    # Read again behind the lock: an exemption or another run may have come in between.
    due = await store.due_among(connection, year=run.year, dossiers=found)
    balances = await totals_known_on(connection, dossiers=[one.dossier for one in due], known_on=run.business_date)
    assessed: list[_Assessed] = []
    parked: list[tuple[DueCompany, str]] = []
    for one in due:
        try:
            assessed.append(_assess(one, run.year, balances.get(one.dossier, []), parameters))
        except BalanceUnknown as unknown:
            parked.append((one, str(unknown)))
    await _write(connection, run, assessed, interest_rate)
    await _park(connection, run, parked)
    return CompaniesBilled(
        billed=len(assessed), parked=len(parked), next_after=found[-1] if len(found) == limit else None
    )


def contribution_entry(*, dossier: UUID, year: int, booked_on: date, amount_cents: int) -> JournalEntry:
    """Give the entry that charges the contribution of a year; it counts from the day it is claimed."""
    return charge(
        kind=EntryKind.COMPANY_CONTRIBUTION,
        key=f"{dossier}|{year}",
        value_date=booked_on,
        dossier=dossier,
        quarter=year_quarter(year),
        amounts={AmountKind.PRINCIPAL: amount_cents},
        revenue=Account.COMPANY_CONTRIBUTIONS,
    )


def _assess(due: DueCompany, year: int, totals: Sequence[BalanceTotal], parameters: Parameters) -> _Assessed:
    balance = balance_of_year(year=year, founded_on=due.founded_on, totals=totals)
    return _Assessed(
        due=due,
        balance=balance,
        contribution=company_contribution(
            year=year,
            balance_total_cents=None if balance is None else balance.cents,
            created_on=due.founded_on,
            parameters=parameters,
        ),
    )


async def _write(connection: Connection, run: RunRow, assessed: Sequence[_Assessed], interest_rate: Decimal) -> None:
    if not assessed:
        return
    booked_on = run.business_date
    entries = [
        contribution_entry(
            dossier=item.due.dossier, year=run.year, booked_on=booked_on, amount_cents=item.contribution.amount_cents
        )
        for item in assessed
    ]
    await ledger.book(connection, entries=entries, booking_date=booked_on)
    await store.insert_contributions(
        connection,
        [_contribution_row(item, run, entry) for item, entry in zip(assessed, entries, strict=True)],
    )
    dossiers = [item.due.dossier for item in assessed]
    accounts = await ledger.load_accounts(connection, dossiers=dossiers)
    received = await use_credits(
        connection,
        accounts=[accounts[dossier] for dossier in dossiers],
        occasion=f"companyRun|{run.run_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )
    quarter = year_quarter(run.year)
    used = {
        outcome.money.dossier: sum(part.cents for part in outcome.parts if part.quarter == quarter)
        for outcome in received
    }
    numbers = await store.last_notice_numbers(connection, dossiers=dossiers)
    await store.insert_notices(
        connection,
        [
            _notice_row(item, run, numbers.get(item.due.dossier, 0) + 1, used.get(item.due.dossier, 0))
            for item in assessed
        ],
    )


def _contribution_row(item: _Assessed, run: RunRow, entry: JournalEntry) -> ContributionRow:
    found, balance = item.contribution, item.balance
    return ContributionRow(
        dossier=item.due.dossier,
        year=run.year,
        size=str(found.size),
        amount_cents=found.amount_cents,
        due_on=found.due_on,
        financial_year_end=None if balance is None else balance.financial_year_end,
        balance_total_cents=None if balance is None else balance.cents,
        limit_cents=found.limit_cents,
        certainty=str(found.certainty),
        source=found.source,
        booked_on=run.business_date,
        run_id=run.run_id,
        entry_id=entry.entry_id,
    )


def _notice_row(item: _Assessed, run: RunRow, number: int, used_cents: int) -> NoticeRow:
    return NoticeRow(
        reference=notice_reference(file_number=item.due.file_number, notice_number=number),
        dossier=item.due.dossier,
        quarter=str(year_quarter(run.year)),
        number=number,
        charged_cents=item.contribution.amount_cents,
        credit_used_cents=used_cents,
        issued_on=run.business_date,
        due_on=item.contribution.due_on,
        run_id=run.run_id,
    )


async def _park(connection: Connection, run: RunRow, parked: Sequence[tuple[DueCompany, str]]) -> None:
    for due, detail in parked:
        await store.insert_parked(
            connection, run=run, parked=ParkedCompany(dossier=due.dossier, reason=_BALANCE_REASON, detail=detail)
        )
        await open_task(
            connection,
            kind=BALANCE_TASK,
            reference=f"{run.year}|{due.dossier}",
            dossier=due.dossier,
            due_on=add_working_days(run.business_date, _TASK_DAYS),
            role="finance",
            details={"year": run.year, "fileNumber": due.file_number},
        )
