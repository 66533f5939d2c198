"""Companies as billing knows them: since when, their balance sheets, and the years they owe nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from services.billing.companies.rules.balance_file import BalanceLine, read_balances
from services.billing.companies.rules.companies import EXEMPTION_ARTICLES, ExemptionGround, first_contribution_year
from services.billing.ledger import service as ledger
from services.billing.received_files.rules import RowReject
from services.billing.received_files.service.row_imports import RowImporter, RowsImported, import_rows
from services.billing.settlement.rules import grant_relief
from services.billing.settlement.service import settled_facts, use_credits
from services.billing.subjects.service import TOPIC, UnknownDossier, lock_subjects
from shared.contracts.affiliation_v1 import CompanyAffiliated
from shared.contracts.billing_v1 import ReliefApplied, SettledBy
from shared.contracts.envelope import Fact
from shared.contracts.topics import partition_of
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many
from shared.platform.tasks import overtake_task

BALANCE_TASK: Final = "companyBalanceMissing"


def year_quarter(year: int) -> Quarter:
    """Give the quarter under which the books keep the contribution of a year: its last, in which it is due."""
    return Quarter(year, 4)


async def open_company(connection: Connection, *, fact: CompanyAffiliated, parameters: Parameters) -> None:
    """Note a company that owes the yearly contribution; noting it twice changes nothing."""
    await connection.execute(
        "insert into subject (dossier, file_number, language, partition) values (%s, %s, %s, %s) "
        "on conflict (dossier) do update set language = excluded.language",
        (fact.dossier, fact.file_number, fact.language, partition_of(fact.dossier, TOPIC)),
    )
    first = first_contribution_year(founded_on=fact.founded_on, affiliated_on=fact.occurred_on, parameters=parameters)
    await connection.execute(
        "insert into company (dossier, founded_on, affiliated_on, first_year) values (%s, %s, %s, %s) "
        "on conflict (dossier) do nothing",
        (fact.dossier, fact.founded_on, fact.occurred_on, first),
    )


async def set_years(
    connection: Connection, *, dossier: UUID, first_year: int, last_year: int | None, set_by: str, reason: str
) -> None:
    """Note from which year to which a company owes to this fund.

    Raises:
        UnknownDossier: it is no company billing knows.
    """
    cursor = await connection.execute(
        "update company set first_year = %s, last_year = %s, years_set_by = %s, years_reason = %s where dossier = %s",
        (first_year, last_year, set_by, reason, dossier),
    )
    if cursor.rowcount == 0:
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
    evidence: Mapping[str, Any],
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
    if not await is_company(connection, dossier=dossier):
        raise UnknownDossier(dossier)
    article = EXEMPTION_ARTICLES[ground]
    noted: list[int] = []
    for year in sorted(years):
        cursor = await connection.execute(
            "insert into company_exemption (dossier, year, ground, article, evidence, decided_on, decided_by) "
            "values (%s, %s, %s, %s, %s, %s, %s) on conflict (dossier, year) do nothing",
            (dossier, year, ground, article, Jsonb(dict(evidence)), decided_on, decided_by),
        )
        if cursor.rowcount:
            noted.append(year)
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


async def is_company(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether billing knows a company under this dossier."""
    cursor = await connection.execute("select from company where dossier = %s", (dossier,))
    return await cursor.fetchone() is not None


async def founded_on(connection: Connection, *, dossier: UUID) -> date:
    """Return the day a company was created.

    Raises:
        UnknownDossier: it is no company billing knows.
    """
    cursor = await connection.execute("select founded_on from company where dossier = %s", (dossier,))
    row = await cursor.fetchone()
    if row is None:
        raise UnknownDossier(dossier)
    day: date = row["founded_on"]
    return day


async def company_file(connection: Connection, *, dossier: UUID) -> dict[str, Any] | None:
    """Return a company with its balance sheets, exemptions, contributions and increases; None when it is none."""
    cursor = await connection.execute(
        "select dossier, founded_on, affiliated_on, first_year, last_year from company where dossier = %s", (dossier,)
    )
    company = await cursor.fetchone()
    if company is None:
        return None
    parts = {
        "balance_totals": "select financial_year_end, known_on, balance_total_cents from balance_total "
        "where dossier = %s order by financial_year_end, known_on",
        "exemptions": "select year, ground, article, decided_on, decided_by from company_exemption "
        "where dossier = %s order by year",
        "contributions": "select c.year, c.size, c.amount_cents, c.due_on, c.booked_on, c.financial_year_end, "
        "c.balance_total_cents, c.limit_cents, c.certainty, c.source, n.reference as structured_communication, "
        "coalesce((select sum(increase_cents) from company_increase i where i.dossier = c.dossier "
        "and i.year = c.year), 0)::bigint as increases_cents "
        "from company_contribution c left join notice n on n.dossier = c.dossier and n.kind = 'company' "
        "and n.quarter = c.year || 'Q4' where c.dossier = %s order by c.year",
    }
    found: dict[str, Any] = dict(company)
    for name, statement in parts.items():
        cursor = await connection.execute(statement, (dossier,))
        found[name] = await cursor.fetchall()
    return found


async def _keep_balance(
    connection: Connection, dossier: UUID, line: BalanceLine, *, import_id: UUID | None, recorded_by: str
) -> None:
    await connection.execute(
        "insert into balance_total (dossier, financial_year_end, known_on, balance_total_cents, import_id, "
        "recorded_by) values (%s, %s, %s, %s, %s, %s) on conflict (dossier, financial_year_end, known_on) do nothing",
        (dossier, line.financial_year_end, line.known_on, line.balance_total_cents, import_id, recorded_by),
    )
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
    cursor = await connection.execute(
        "select s.file_number, s.dossier from subject s join company using (dossier) where s.file_number = any(%s)",
        ([line.file_number for line in lines],),
    )
    dossiers = {row["file_number"]: row["dossier"] for row in await cursor.fetchall()}
    cursor = await connection.execute(
        "select dossier, financial_year_end, known_on, balance_total_cents from balance_total where dossier = any(%s)",
        (list(dossiers.values()),),
    )
    present = {
        (row["dossier"], row["financial_year_end"], row["known_on"]): row["balance_total_cents"]
        for row in await cursor.fetchall()
    }
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
