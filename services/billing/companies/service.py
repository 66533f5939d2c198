"""Companies as billing knows them: since when, their balance sheets, and the years they owe nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.companies import store
from services.billing.companies.rules.balance_file import BalanceLine, read_balances
from services.billing.companies.rules.companies import EXEMPTION_ARTICLES, ExemptionGround, first_contribution_year
from services.billing.companies.store import BalanceRow, CompanyRow, ContributionRow, ExemptionRow, totals_known_on
from services.billing.ledger import service as ledger
from services.billing.received_files.rules import RowReject
from services.billing.received_files.service.row_imports import RowImporter, RowsImported, import_rows
from services.billing.settlement.rules import grant_relief
from services.billing.settlement.service import settled_facts, use_credits
from services.billing.subjects.service import UnknownDossier, lock_subjects, open_dossier_of_company
from shared.contracts.affiliation_v1 import CompanyAffiliated
from shared.contracts.billing_v1 import ReliefApplied, SettledBy
from shared.contracts.envelope import Fact
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.messages_out.outbox import publish_many
from shared.platform.people.tasks import overtake_task

__all__ = [
    "BALANCE_TASK",
    "CompanyFile",
    "company_file",
    "founded_on",
    "grant_exemption",
    "import_balances",
    "open_company",
    "set_years",
    "totals_known_on",
    "year_quarter",
]

BALANCE_TASK: Final = "companyBalanceMissing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFile:
    """A company with everything billing knows of it, the oldest of each first."""

    company: CompanyRow
    balance_totals: Sequence[BalanceRow]
    exemptions: Sequence[ExemptionRow]
    contributions: Sequence[ContributionRow]


def year_quarter(year: int) -> Quarter:
    """Give the quarter under which the books keep the contribution of a year: its last, in which it is due."""
    return Quarter(year, 4)


async def open_company(connection: Connection, *, fact: CompanyAffiliated, parameters: Parameters) -> None:
    """Note a company that owes the yearly contribution; noting it twice changes nothing."""
    await open_dossier_of_company(connection, fact=fact)
    first = first_contribution_year(founded_on=fact.founded_on, affiliated_on=fact.occurred_on, parameters=parameters)
    await store.insert_company(connection, fact=fact, first_year=first)


async def set_years(
    connection: Connection, *, dossier: UUID, first_year: int, last_year: int | None, set_by: str, reason: str
) -> None:
    """Note from which year to which a company owes to this fund.

    Raises:
        UnknownDossier: it is no company billing knows.
    """
    if not await store.update_years(
        connection, dossier=dossier, first_year=first_year, last_year=last_year, set_by=set_by, reason=reason
    ):
        raise UnknownDossier(dossier)


async def import_balances(
    connection: Connection, *, content: bytes, received_on: date, received_by: str
) -> RowsImported:
    """Keep a file of balance sheet totals and its accepted lines; the same file again changes nothing.

    A line is refused when no company has its file number, or when another total of that financial year became known
    on the same day.
    """

    async def keep(connection: Connection, accepted: Sequence[tuple[UUID, BalanceLine]], import_id: UUID) -> None:
        for dossier, line in accepted:
            await _keep_balance(connection, dossier, line, import_id=import_id, recorded_by=received_by)

    importer = RowImporter(kind="balance", read=read_balances, judge=_judge, keep=keep)
    return await import_rows(connection, importer, content=content, received_on=received_on, received_by=received_by)


async def grant_exemption(
    connection: Connection,
    *,
    dossier: UUID,
    ground: ExemptionGround,
    years: Sequence[int],
    evidence: JsonObject,
    decided_on: date,
    decided_by: str,
    interest_rate: Decimal | None,
) -> int:
    """Exempt a company from the contribution of years; what was charged for them is waived, what was paid is freed.

    A year that was exempted before stays as it is; a year that was not billed yet will not be.

    Returns:
        How many years were new.

    Raises:
        UnknownDossier: it is no company billing knows.
    """
    await lock_subjects(connection, dossiers=[dossier])
    await founded_on(connection, dossier=dossier)
    article = EXEMPTION_ARTICLES[ground]
    noted = [
        year
        for year in sorted(years)
        if await store.insert_exemption(
            connection,
            dossier=dossier,
            year=year,
            ground=ground,
            article=article,
            evidence=evidence,
            decided_on=decided_on,
            decided_by=decided_by,
        )
    ]
    if not noted:
        return 0
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    key = f"companyExemption|{dossier}|{noted[0]}"
    outcome = grant_relief(account, key=key, value_date=decided_on, quarters=[year_quarter(year) for year in noted])
    if outcome.entry is None:
        return len(noted)
    await ledger.book(connection, entries=[outcome.entry], booking_date=decided_on)
    facts: list[Fact] = [
        ReliefApplied(
            dossier=dossier,
            occurred_on=decided_on,
            quarters=tuple(str(year_quarter(year)) for year in noted),
            waived_cents=outcome.waived_cents,
            ground=str(ground),
            article=article,
        ),
        *settled_facts(
            dossier=dossier,
            quarters=outcome.settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=decided_on,
            remaining_open_cents=outcome.remaining_open_cents,
        ),
    ]
    await publish_many(connection, facts)
    await use_credits(connection, accounts=[account], occasion=key, booked_on=decided_on, interest_rate=interest_rate)
    return len(noted)


async def founded_on(connection: Connection, *, dossier: UUID) -> date:
    """Return the day a company was created.

    Raises:
        UnknownDossier: it is no company billing knows.
    """
    day = await store.founding_day(connection, dossier=dossier)
    if day is None:
        raise UnknownDossier(dossier)
    return day


async def company_file(connection: Connection, *, dossier: UUID) -> CompanyFile | None:
    """Return a company with its balance sheets, exemptions, contributions and increases; None when it is none."""
    company = await store.company(connection, dossier=dossier)
    if company is None:
        return None
    return CompanyFile(
        company=company,
        balance_totals=await store.balances_of(connection, dossier=dossier),
        exemptions=await store.exemptions_of(connection, dossier=dossier),
        contributions=await store.contributions_of(connection, dossier=dossier),
    )


async def _keep_balance(
    connection: Connection, dossier: UUID, line: BalanceLine, *, import_id: UUID, recorded_by: str
) -> None:
    await store.insert_balance(connection, dossier=dossier, line=line, import_id=import_id, recorded_by=recorded_by)
    # The task asks for the balance sheet of the financial year that counts two years later.
    await overtake_task(
        connection,
        kind=BALANCE_TASK,
        reference=f"{line.financial_year_end.year + 2}|{dossier}",
        resolved_by=recorded_by,
        resolution="supplied",
    )


async def _judge(
    connection: Connection, lines: Sequence[BalanceLine]
) -> tuple[list[tuple[UUID, BalanceLine]], list[RowReject]]:
    dossiers = await store.companies_of_files(connection, file_numbers=[line.file_number for line in lines])
    present = await store.known_totals(connection, dossiers=list(dossiers.values()))
    accepted: list[tuple[UUID, BalanceLine]] = []
    rejects: list[RowReject] = []
    for line in lines:
        dossier = dossiers.get(line.file_number)
        if dossier is None:
            detail = "the fund has no company with this file number"
            rejects.append(RowReject(line=line.line, field="file_number", rule="unknownFile", detail=detail))
            continue
        key = (dossier, line.financial_year_end, line.known_on)
        if key in present and present[key] != line.balance_total_cents:
            detail = "another total of this financial year became known on the same day"
            rejects.append(RowReject(line=line.line, field="balance_total", rule="contradiction", detail=detail))
        elif key not in present:
            present[key] = line.balance_total_cents
            accepted.append((dossier, line))
    return accepted, rejects
