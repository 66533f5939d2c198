"""Companies, their balance sheets and exemptions as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from services.billing.companies.rules.balance_file import BalanceLine
from services.billing.companies.rules.companies import BalanceTotal, ExemptionGround
from shared.contracts.affiliation_v1 import CompanyAffiliated
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one, fetch_value


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    """A company, and the years from which and to which it owes to this fund."""

    dossier: UUID
    founded_on: date
    affiliated_on: date
    first_year: int
    last_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """A balance sheet total as it became known; None when no accounts were deposited."""

    financial_year_end: date
    known_on: date
    balance_total_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionRow:
    """A year for which nothing is owed."""

    year: int
    ground: str
    article: str
    decided_on: date
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow:
    """What was charged for a year and its increases; no balance sheet decided the size of a young company."""

    year: int
    size: str
    amount_cents: int
    due_on: date
    booked_on: date
    financial_year_end: date | None
    balance_total_cents: int | None
    limit_cents: int | None
    certainty: str
    source: str
    structured_communication: str | None
    increases_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileOfCompany:
    file_number: int
    dossier: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownTotal:
    dossier: UUID
    financial_year_end: date
    known_on: date
    balance_total_cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _TotalOfYear:
    dossier: UUID
    financial_year_end: date
    balance_total_cents: int | None


async def insert_company(connection: Connection, *, fact: CompanyAffiliated, first_year: int) -> None:
    """Keep a company, once."""
    await connection.execute(
        "insert into company (dossier, founded_on, affiliated_on, first_year) values (%s, %s, %s, %s) "
        "on conflict (dossier) do nothing",
        (fact.dossier, fact.founded_on, fact.occurred_on, first_year),
    )


async def update_years(
    connection: Connection, *, dossier: UUID, first_year: int, last_year: int | None, set_by: str, reason: str
) -> bool:
    """Keep the years of a company; tell whether there is such a company."""
    cursor = await connection.execute(
        "update company set first_year = %s, last_year = %s, years_set_by = %s, years_reason = %s where dossier = %s",
        (first_year, last_year, set_by, reason, dossier),
    )
    return cursor.rowcount > 0


async def insert_exemption(
    connection: Connection,
    *,
    dossier: UUID,
    year: int,
    ground: ExemptionGround,
    article: str,
    evidence: JsonObject,
    decided_on: date,
    decided_by: str,
) -> bool:
    """Keep an exempt year; tell whether it was not exempt before."""
    cursor = await connection.execute(
        "insert into company_exemption (dossier, year, ground, article, evidence, decided_on, decided_by) "
        "values (%s, %s, %s, %s, %s, %s, %s) on conflict (dossier, year) do nothing",
        (dossier, year, ground, article, Jsonb(evidence), decided_on, decided_by),
    )
    return cursor.rowcount > 0


async def insert_balance(
    connection: Connection, *, dossier: UUID, line: BalanceLine, import_id: UUID, recorded_by: str
) -> None:
    """Keep a balance sheet total, once a day on which it became known."""
    await connection.execute(
        "insert into balance_total (dossier, financial_year_end, known_on, balance_total_cents, import_id, "
        "recorded_by) values (%s, %s, %s, %s, %s, %s) on conflict (dossier, financial_year_end, known_on) do nothing",
        (dossier, line.financial_year_end, line.known_on, line.balance_total_cents, import_id, recorded_by),
    )


async def founding_day(connection: Connection, *, dossier: UUID) -> date | None:
    """Return the day a company was created; None when there is no such company."""
    day: date | None = await fetch_value(connection, "select founded_on from company where dossier = %s", (dossier,))
    return day


async def company(connection: Connection, *, dossier: UUID) -> CompanyRow | None:
    """Return a company."""
    return await fetch_one(
        connection,
        CompanyRow,
        "select dossier, founded_on, affiliated_on, first_year, last_year from company where dossier = %s",
        (dossier,),
    )


async def balances_of(connection: Connection, *, dossier: UUID) -> list[BalanceRow]:
    """Return the balance sheet totals of a company, the oldest first."""
    return await fetch_all(
        connection,
        BalanceRow,
        "select financial_year_end, known_on, balance_total_cents from balance_total "
        "where dossier = %s order by financial_year_end, known_on",
        (dossier,),
    )


async def exemptions_of(connection: Connection, *, dossier: UUID) -> list[ExemptionRow]:
    """Return the exempt years of a company, the oldest first."""
    return await fetch_all(
        connection,
        ExemptionRow,
        "select year, ground, article, decided_on, decided_by from company_exemption where dossier = %s order by year",
        (dossier,),
    )


async def contributions_of(connection: Connection, *, dossier: UUID) -> list[ContributionRow]:
    """Return what a company was charged, the oldest year first."""
    return await fetch_all(
        connection,
        ContributionRow,
        "select c.year, c.size, c.amount_cents, c.due_on, c.booked_on, c.financial_year_end, "
        "c.balance_total_cents, c.limit_cents, c.certainty, c.source, n.reference as structured_communication, "
        "coalesce((select sum(increase_cents) from company_increase i where i.dossier = c.dossier "
        "and i.year = c.year), 0)::bigint as increases_cents "
        "from company_contribution c left join notice n on n.dossier = c.dossier and n.kind = 'company' "
        "and n.quarter = c.year || 'Q4' where c.dossier = %s order by c.year",
        (dossier,),
    )


async def companies_of_files(connection: Connection, *, file_numbers: Sequence[int]) -> dict[int, UUID]:
    """Return the companies among some files, by file number."""
    rows = await fetch_all(
        connection,
        _FileOfCompany,
        "select s.file_number, s.dossier from subject s join company using (dossier) where s.file_number = any(%s)",
        (list(file_numbers),),
    )
    return {row.file_number: row.dossier for row in rows}


async def known_totals(
    connection: Connection, *, dossiers: Sequence[UUID]
) -> dict[tuple[UUID, date, date], int | None]:
    """Return the balance sheet totals of companies by dossier, end of the financial year and day they became known."""
    rows = await fetch_all(
        connection,
        _KnownTotal,
        "select dossier, financial_year_end, known_on, balance_total_cents from balance_total where dossier = any(%s)",
        (list(dossiers),),
    )
    return {(row.dossier, row.financial_year_end, row.known_on): row.balance_total_cents for row in rows}


async def totals_known_on(
    connection: Connection, *, dossiers: Sequence[UUID], known_on: date
) -> dict[UUID, list[BalanceTotal]]:
    """Return the balance sheet totals of companies as they were known on a day, one a financial year."""
    rows = await fetch_all(
        connection,
        _TotalOfYear,
        "select distinct on (dossier, financial_year_end) dossier, financial_year_end, balance_total_cents "
        "from balance_total where dossier = any(%s) and known_on <= %s "
        "order by dossier, financial_year_end, known_on desc",
        (list(dossiers), known_on),
    )
    found: dict[UUID, list[BalanceTotal]] = {}
    for row in rows:
        total = BalanceTotal(financial_year_end=row.financial_year_end, cents=row.balance_total_cents)
        found.setdefault(row.dossier, []).append(total)
    return found
