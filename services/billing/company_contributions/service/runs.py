"""Runs of the yearly company contribution: who owes a year, charged once, with a notice and a fact each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.companies.rules.companies import BalanceTotal, BalanceUnknown, balance_of_year
from services.billing.companies.service import BALANCE_TASK, year_quarter
from services.billing.company_contributions.procedure import CompanyRunInput
from services.billing.company_contributions.rules.contribution import CompanyContribution, company_contribution
from services.billing.correspondence.service.letter_deliveries import TO_HAND_OVER
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, charge
from services.billing.notices.rules import notice_reference
from services.billing.quarterly.service.runs import RequestedRun
from services.billing.settlement.service import use_credits
from services.billing.subjects.service import lock_subjects
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.platform.database import Connection
from shared.platform.dispatch import start_workflow
from shared.platform.tasks import open_task

RUN_WORKFLOW: Final = "CompanyContribution"
COMPANY_NOTICE: Final = "companyContributionNotice"
_TASK_DAYS: Final = 5
_BALANCE_REASON: Final = "balanceUnknown"

#: Companies that owe a year and were neither billed nor exempted.
_DUE: Final = """
  select c.dossier, c.founded_on, s.file_number from company c join subject s using (dossier)
  where c.first_year <= %(year)s and (c.last_year is null or c.last_year >= %(year)s)
    and c.founded_on <= make_date(%(year)s, 12, 31)
    and not exists (select from company_contribution b where b.dossier = c.dossier and b.year = %(year)s)
    and not exists (select from company_exemption e where e.dossier = c.dossier and e.year = %(year)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompaniesBilled:
    """What became of a batch; ``next_after`` is None when nobody is left."""

    billed: int
    parked: int
    next_after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assessed:
    dossier: UUID
    file_number: int
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
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"company_run|{year}",))
    cursor = await connection.execute(
        "select run_id, round, status from company_run where year = %s order by round desc limit 1", (year,)
    )
    latest = await cursor.fetchone()
    waiting = await _waiting(connection, year=year, parked_by=None if latest is None else latest["run_id"])
    if latest is not None and (latest["status"] != "done" or not waiting):
        return RequestedRun(run_id=latest["run_id"], created=False)
    if not waiting:
        return None
    number = 1 if latest is None else latest["round"] + 1
    run_id = UUID(int=uuid7().int)
    workflow_id = f"company-contribution-{year}" if number == 1 else f"company-contribution-{year}-{number}"
    await connection.execute(
        "insert into company_run (run_id, year, round, workflow_id, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, %s, %s, 'requested')",
        (run_id, year, number, workflow_id, requested_by, business_date),
    )
    await start_workflow(
        connection,
        workflow=RUN_WORKFLOW,
        workflow_id=workflow_id,
        argument=CompanyRunInput(run_id=run_id, year=year),
    )
    return RequestedRun(run_id=run_id, created=True)


async def was_billed_here(connection: Connection, *, year: int) -> bool:
    """Tell whether a year was ever billed in these books; earlier ones were another system's."""
    cursor = await connection.execute("select from company_run where year = %s limit 1", (year,))
    return await cursor.fetchone() is not None


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
    run = await _run(connection, run_id)
    cursor = await connection.execute(
        f"{_DUE} and (%(after)s::uuid is null or c.dossier > %(after)s) order by c.dossier limit %(limit)s",
        {"year": run["year"], "after": after, "limit": limit},
    )
    found = [row["dossier"] for row in await cursor.fetchall()]
    await lock_subjects(connection, dossiers=found)
    # Read again behind the lock: an exemption or another run may have come in between.
    cursor = await connection.execute(
        f"{_DUE} and c.dossier = any(%(found)s) order by c.dossier", {"year": run["year"], "found": found}
    )
    due = await cursor.fetchall()
    balances = await _balances(connection, [row["dossier"] for row in due], run["business_date"])
    assessed: list[_Assessed] = []
    parked: list[tuple[dict[str, Any], str]] = []
    for row in due:
        try:
            assessed.append(_assess(row, run["year"], balances.get(row["dossier"], []), parameters))
        except BalanceUnknown as unknown:
            parked.append((row, str(unknown)))
    await _write(connection, run, assessed, interest_rate)
    await _park(connection, run, parked)
    return CompaniesBilled(
        billed=len(assessed), parked=len(parked), next_after=found[-1] if len(found) == limit else None
    )


async def set_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Note the stage of a run."""
    await connection.execute("update company_run set status = %s where run_id = %s", (status, run_id))


async def runs(connection: Connection, *, run_id: UUID | None = None) -> list[dict[str, Any]]:
    """Return runs with their counts, the newest first."""
    cursor = await connection.execute(
        "select r.*, b.billed, p.parked, n.letters from company_run r "
        "left join lateral (select count(*) as billed from company_contribution c where c.run_id = r.run_id) b on true "
        "left join lateral (select count(*) as parked from company_parked c where c.run_id = r.run_id) p on true "
        "left join lateral (select count(d.id) as letters from notice n join document d on d.reference = n.reference "
        "and d.kind = %(kind)s where n.run_id = r.run_id) n on true "
        "where %(run_id)s::uuid is null or r.run_id = %(run_id)s order by r.business_date desc, r.run_id desc",
        {"run_id": run_id, "kind": COMPANY_NOTICE},
    )
    return await cursor.fetchall()


async def parked_of(connection: Connection, *, run_id: UUID) -> list[dict[str, Any]]:
    """Return which companies a run could not bill, and why."""
    cursor = await connection.execute(
        "select dossier, reason, detail from company_parked where run_id = %s order by dossier", (run_id,)
    )
    return await cursor.fetchall()


async def unsent_letters(
    connection: Connection, *, run_id: UUID, limit: int, after: str | None
) -> list[dict[str, Any]]:
    """Return notices of a run whose letter no carrier has, in order of their reference; ``made`` when it was made."""
    cursor = await connection.execute(
        "select n.reference, n.dossier, n.quarter, n.charged_cents, n.credit_used_cents, n.issued_on, n.due_on, "
        "s.file_number, c.year, c.size, c.financial_year_end, c.balance_total_cents, c.limit_cents, "
        "d.id is not null as made "
        "from notice n join subject s using (dossier) "
        "join company_contribution c on c.dossier = n.dossier and c.run_id = n.run_id "
        "left join document d on d.kind = %(kind)s and d.reference = n.reference "
        "where n.run_id = %(run_id)s and n.kind = 'company' and (%(after)s::text is null or n.reference > %(after)s) "
        f"and (d.id is null or {TO_HAND_OVER}) "
        "order by n.reference limit %(limit)s",
        {"run_id": run_id, "kind": COMPANY_NOTICE, "limit": limit, "after": after},
    )
    return await cursor.fetchall()


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


def _assess(row: Mapping[str, Any], year: int, totals: Sequence[BalanceTotal], parameters: Parameters) -> _Assessed:
    balance = balance_of_year(year=year, founded_on=row["founded_on"], totals=totals)
    return _Assessed(
        dossier=row["dossier"],
        file_number=row["file_number"],
        balance=balance,
        contribution=company_contribution(
            year=year,
            balance_total_cents=None if balance is None else balance.cents,
            created_on=row["founded_on"],
            parameters=parameters,
        ),
    )


async def _write(
    connection: Connection, run: dict[str, Any], assessed: Sequence[_Assessed], interest_rate: Decimal
) -> None:
    if not assessed:
        return
    booked_on: date = run["business_date"]
    entries = {
        item.dossier: contribution_entry(
            dossier=item.dossier,
            year=run["year"],
            booked_on=booked_on,
            amount_cents=item.contribution.amount_cents,
        )
        for item in assessed
    }
    await ledger.book(connection, entries=list(entries.values()), booking_date=booked_on)
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into company_contribution (dossier, year, size, amount_cents, due_on, financial_year_end, "
            "balance_total_cents, limit_cents, certainty, source, booked_on, run_id, entry_id) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [_contribution_row(item, run, entries[item.dossier].entry_id) for item in assessed],
        )
    accounts = await ledger.load_accounts(connection, dossiers=[item.dossier for item in assessed])
    received = await use_credits(
        connection,
        accounts=[accounts[item.dossier] for item in assessed],
        occasion=f"companyRun|{run['run_id']}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )
    quarter = year_quarter(run["year"])
    used = {
        outcome.money.dossier: sum(part.cents for part in outcome.parts if part.quarter == quarter)
        for outcome in received
    }
    await _write_notices(connection, run, assessed, used)


def _contribution_row(item: _Assessed, run: dict[str, Any], entry_id: UUID) -> tuple[Any, ...]:
    found = item.contribution
    return (
        item.dossier,
        run["year"],
        str(found.size),
        found.amount_cents,
        found.due_on,
        None if item.balance is None else item.balance.financial_year_end,
        None if item.balance is None else item.balance.cents,
        found.limit_cents,
        str(found.certainty),
        found.source,
        run["business_date"],
        run["run_id"],
        entry_id,
    )


async def _write_notices(
    connection: Connection, run: dict[str, Any], assessed: Sequence[_Assessed], used: Mapping[UUID, int]
) -> None:
    cursor = await connection.execute(
        "select dossier, max(number) as number from notice where dossier = any(%s) group by dossier",
        ([item.dossier for item in assessed],),
    )
    numbers = {row["dossier"]: int(row["number"]) + 1 for row in await cursor.fetchall()}
    async with connection.cursor() as many:
        await many.executemany(
            "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, "
            "issued_on, due_on, run_id) values (%s, %s, %s, 'company', %s, %s, %s, %s, %s, %s)",
            [
                (
                    notice_reference(file_number=item.file_number, notice_number=numbers.get(item.dossier, 1)),
                    item.dossier,
                    str(year_quarter(run["year"])),
                    numbers.get(item.dossier, 1),
                    item.contribution.amount_cents,
                    used.get(item.dossier, 0),
                    run["business_date"],
                    item.contribution.due_on,
                    run["run_id"],
                )
                for item in assessed
            ],
        )


async def _park(connection: Connection, run: dict[str, Any], parked: Sequence[tuple[dict[str, Any], str]]) -> None:
    for row, detail in parked:
        await connection.execute(
            "insert into company_parked (run_id, dossier, year, reason, detail) values (%s, %s, %s, %s, %s) "
            "on conflict (run_id, dossier) do nothing",
            (run["run_id"], row["dossier"], run["year"], _BALANCE_REASON, detail),
        )
        await open_task(
            connection,
            kind=BALANCE_TASK,
            reference=f"{run['year']}|{row['dossier']}",
            dossier=row["dossier"],
            due_on=add_working_days(run["business_date"], _TASK_DAYS),
            role="finance",
            details={"year": run["year"], "fileNumber": row["file_number"]},
        )


async def _waiting(connection: Connection, *, year: int, parked_by: UUID | None) -> bool:
    """Tell whether a company is due; one the latest run parked counts once a balance sheet of it became known."""
    cursor = await connection.execute(
        f"select exists ({_DUE} and (not exists (select from company_parked p where p.run_id = %(parked_by)s::uuid "
        "and p.dossier = c.dossier) or exists (select from balance_total t where t.dossier = c.dossier "
        "and extract(year from t.financial_year_end) between %(year)s - 2 and %(year)s - 1))) as waiting",
        {"year": year, "parked_by": parked_by},
    )
    row = await cursor.fetchone()
    return bool(row is not None and row["waiting"])


async def _balances(connection: Connection, dossiers: Sequence[UUID], known_on: date) -> dict[UUID, list[BalanceTotal]]:
    cursor = await connection.execute(
        "select distinct on (dossier, financial_year_end) dossier, financial_year_end, balance_total_cents "
        "from balance_total where dossier = any(%s) and known_on <= %s "
        "order by dossier, financial_year_end, known_on desc",
        (list(dossiers), known_on),
    )
    found: dict[UUID, list[BalanceTotal]] = {}
    for row in await cursor.fetchall():
        total = BalanceTotal(financial_year_end=row["financial_year_end"], cents=row["balance_total_cents"])
        found.setdefault(row["dossier"], []).append(total)
    return found


async def _run(connection: Connection, run_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute("select * from company_run where run_id = %s for update", (run_id,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"company run {run_id} does not exist")
    return row
