"""The 1 % a month of companies that pay late, and the facts that open recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.companies.service import year_quarter
from services.billing.company_contributions.procedure import CompanyIncreaseInput
from services.billing.company_contributions.rules.contribution import INTEREST_ARTICLE
from services.billing.company_contributions.rules.increase import (
    CompanyDebt,
    CompanyPayment,
    MonthIncrease,
    differences,
    freed_entry,
    increase_entry,
    monthly_increases,
)
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind
from services.billing.settlement.service import settled_facts
from services.billing.subjects.service import lock_subjects
from shared.contracts.billing_v1 import DebtOverdue, OpenAmount, SettledBy, SurchargeBooked
from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.dispatch import start_workflow
from shared.platform.outbox import publish_many

INCREASE_WORKFLOW: Final = "CompanyIncrease"

#: Begins the reference of entries that use what an increase had been paid with once it was taken back.
_FREED: Final = "companyIncrease"

#: Contributions that are late: something of their principal is open, or they bear increases that may have to change.
_LATE: Final = """
  select c.dossier, c.year, c.due_on, w.served_on from company_contribution c
  left join title_served w on w.dossier = c.dossier and w.quarter = c.year || 'Q4'
  where c.due_on < %(month)s
    and not exists (select from company_exemption e where e.dossier = c.dossier and e.year = c.year)
    and (exists (select from open_item o where o.dossier = c.dossier and o.quarter = c.year || 'Q4'
                 and o.kind = 'principal' and o.open_cents > 0)
         or exists (select from company_increase i where i.dossier = c.dossier and i.year = c.year))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Increased:
    """What became of a batch; ``next_after`` is None when nobody is left."""

    companies: int
    changed: int
    overdue: int
    next_after: UUID | None


async def request_month(
    connection: Connection, *, month: date, requested_by: str, business_date: date
) -> tuple[str, bool] | None:
    """Ask for the increases of a calendar month, once; its workflow starts when this transaction commits.

    Args:
        connection: a transaction.
        month: first day of the month, not after the business date.
        requested_by: who asks.
        business_date: the day of booking.

    Returns:
        The id of the procedure and whether this call started it, or None when nobody is late.
    """
    cursor = await connection.execute(f"select exists ({_LATE}) as late", {"month": month})
    row = await cursor.fetchone()
    if row is None or not row["late"]:
        return None
    workflow_id = f"company-increase-{month:%Y-%m}"
    cursor = await connection.execute(
        "insert into company_increase_run (month, workflow_id, requested_by, business_date, status) "
        "values (%s, %s, %s, %s, 'requested') on conflict (month) do nothing",
        (month, workflow_id, requested_by, business_date),
    )
    if cursor.rowcount == 0:
        return workflow_id, False
    await start_workflow(
        connection, workflow=INCREASE_WORKFLOW, workflow_id=workflow_id, argument=CompanyIncreaseInput(month=month)
    )
    return workflow_id, True


async def charge_increases(
    connection: Connection, *, month: date, after: UUID | None, limit: int, parameters: Parameters
) -> Increased:
    """Bring the increases of the next late companies up to date and tell what is overdue; again changes nothing.

    Raises:
        LookupError: nobody asked for this month.
        ParameterMissing: the rate of a month is not known.
    """
    booked_on = await _booked_on(connection, month)
    cursor = await connection.execute(
        f"select distinct dossier from ({_LATE}) late where %(after)s::uuid is null or dossier > %(after)s "
        "order by dossier limit %(limit)s",
        {"month": month, "after": after, "limit": limit},
    )
    dossiers = [row["dossier"] for row in await cursor.fetchall()]
    await lock_subjects(connection, dossiers=dossiers)
    accounts = await ledger.load_accounts(connection, dossiers=dossiers)
    cursor = await connection.execute(
        f"select * from ({_LATE}) late where dossier = any(%(found)s) order by dossier, year",
        {"month": month, "found": dossiers},
    )
    changed, facts = 0, list[Fact]()
    for row in await cursor.fetchall():
        account = accounts[row["dossier"]]
        before = account.open_of(year_quarter(row["year"]))
        found = await _bring_up_to_date(connection, row, account, month, booked_on, parameters)
        changed += len(found)
        facts += _facts(row, account, found, booked_on, was_open=before > 0)
    await publish_many(connection, facts)
    return Increased(
        companies=len(dossiers),
        changed=changed,
        overdue=sum(isinstance(fact, DebtOverdue) for fact in facts),
        next_after=dossiers[-1] if len(dossiers) == limit else None,
    )


async def finish_month(connection: Connection, *, month: date) -> None:
    """Note that a month was done."""
    await connection.execute("update company_increase_run set status = 'done' where month = %s", (month,))


async def _bring_up_to_date(
    connection: Connection,
    row: dict[str, Any],
    account: DebtorAccount,
    month: date,
    booked_on: date,
    parameters: Parameters,
) -> list[MonthIncrease]:
    quarter = year_quarter(row["year"])
    principal = account.items[quarter, AmountKind.PRINCIPAL]
    debt = CompanyDebt(
        owed_cents=principal.charged_cents - principal.waived_cents,
        due_on=row["due_on"],
        payments=await _payments(connection, row["dossier"], quarter),
        stopped_on=row["served_on"],
    )
    booked, attempts = await _booked(connection, row)
    found = differences(due=monthly_increases(debt=debt, until=month, parameters=parameters), booked=booked)
    for increase in found:
        attempt = attempts.get(increase.month, 0) + 1
        key = f"{row['dossier']}|{row['year']}|{increase.month}|{attempt}"
        entry = increase_entry(
            dossier=row["dossier"],
            quarter=quarter,
            key=key,
            value_date=increase.month if increase.cents > 0 else booked_on,
            cents=increase.cents,
        )
        await ledger.book(connection, entries=[entry], booking_date=booked_on)
        account.apply(entry)
        await connection.execute(
            "insert into company_increase (dossier, year, month, attempt, base_cents, rate, increase_cents, "
            "booked_on, entry_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                row["dossier"],
                row["year"],
                increase.month,
                attempt,
                increase.base_cents,
                increase.rate,
                increase.cents,
                booked_on,
                entry.entry_id,
            ),
        )
        await _free(connection, account, quarter, key, booked_on)
    return found


async def _free(connection: Connection, account: DebtorAccount, quarter: Quarter, key: str, booked_on: date) -> None:
    """Use money that had paid an increase which is no longer owed."""
    surcharge = account.items[quarter, AmountKind.SURCHARGE]
    if surcharge.open_cents >= 0:
        return
    entry = freed_entry(
        dossier=account.dossier,
        quarter=quarter,
        key=f"{_FREED}|{key}",
        value_date=booked_on,
        freed_cents=-surcharge.open_cents,
        principal_open_cents=account.items[quarter, AmountKind.PRINCIPAL].open_cents,
    )
    await ledger.book(connection, entries=[entry], booking_date=booked_on)
    account.apply(entry)


def _facts(
    row: dict[str, Any],
    account: DebtorAccount,
    found: Sequence[MonthIncrease],
    booked_on: date,
    *,
    was_open: bool,
) -> list[Fact]:
    quarter = year_quarter(row["year"])
    facts: list[Fact] = []
    added = sum(increase.cents for increase in found)
    if added > 0:
        facts.append(
            SurchargeBooked(
                dossier=row["dossier"],
                occurred_on=booked_on,
                quarter=str(quarter),
                surcharge_cents=added,
                rate=found[-1].rate,
                article=INTEREST_ARTICLE,
            )
        )
    amounts = tuple(
        OpenAmount(quarter=str(quarter), kind=kind, open_cents=item.open_cents)
        for (of, kind), item in sorted(account.items.items())
        if of == quarter and item.open_cents > 0
    )
    if amounts:
        facts.append(
            DebtOverdue(
                dossier=row["dossier"],
                occurred_on=booked_on,
                quarter=str(quarter),
                due_on=row["due_on"],
                amounts=amounts,
                total_cents=sum(amount.open_cents for amount in amounts),
            )
        )
    elif was_open:
        facts += settled_facts(
            dossier=row["dossier"],
            quarters=[quarter],
            settled_by=SettledBy.PAYMENT,
            occurred_on=booked_on,
            remaining_open_cents=account.open_cents,
        )
    return facts


async def _payments(connection: Connection, dossier: UUID, quarter: Quarter) -> tuple[CompanyPayment, ...]:
    """Return what was paid, and when it went back; money of an increase that was taken back is left where it was."""
    cursor = await connection.execute(
        "select e.value_date, -sum(l.cents)::bigint as cents, back.value_date as returned_on "
        "from journal_line l join journal_entry e using (entry_id) "
        "left join payment p on p.entry_id = e.entry_id "
        "left join payment_reversal r on r.payment_id = p.payment_id "
        "left join journal_entry back on back.entry_id = r.entry_id "
        "where l.account = 'receivable' and l.dossier = %s and l.quarter = %s and l.nature = 'payment' "
        "and l.kind in ('principal', 'surcharge') "
        "and not exists (select from payment_reversal u where u.entry_id = e.entry_id) "
        "and not (e.kind = %s and e.reference like %s) "
        "group by e.entry_id, e.value_date, back.value_date having sum(l.cents) <> 0 "
        "order by e.value_date, e.entry_id",
        (dossier, str(quarter), str(EntryKind.CREDIT_APPLIED), f"{_FREED}|%"),
    )
    return tuple(CompanyPayment(**row) for row in await cursor.fetchall())


async def _booked(connection: Connection, row: dict[str, Any]) -> tuple[dict[date, int], dict[date, int]]:
    cursor = await connection.execute(
        "select month, sum(increase_cents)::bigint as cents, max(attempt) as attempt from company_increase "
        "where dossier = %s and year = %s group by month",
        (row["dossier"], row["year"]),
    )
    rows = await cursor.fetchall()
    return {one["month"]: int(one["cents"]) for one in rows}, {one["month"]: int(one["attempt"]) for one in rows}


async def _booked_on(connection: Connection, month: date) -> date:
    cursor = await connection.execute(
        "select business_date from company_increase_run where month = %s for share", (month,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"nobody asked for the increases of {month:%Y-%m}")
    day: date = row["business_date"]
    return day
