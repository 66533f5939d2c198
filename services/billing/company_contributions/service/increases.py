"""The 1 % a month of companies that pay late, and the facts that open recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.companies.service import year_quarter
from services.billing.company_contributions.procedure import CompanyIncreaseInput
from services.billing.company_contributions.rules.contribution import INTEREST_ARTICLE
from services.billing.company_contributions.rules.increase import (
    CompanyDebt,
    MonthIncrease,
    differences,
    freed_entry,
    increase_entry,
    monthly_increases,
)
from services.billing.company_contributions.store import increases as store
from services.billing.company_contributions.store.increases import FREED, IncreaseRow, LateContribution
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.settlement.service import settled_facts
from services.billing.subjects.service import lock_subjects
from shared.contracts.billing_v1 import DebtOverdue, OpenAmount, SettledBy, SurchargeBooked
from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many
from shared.platform.temporal.dispatch import start_workflow

INCREASE_WORKFLOW: Final = "CompanyIncrease"


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
    if not await store.somebody_is_late(connection, month=month):
        return None
    workflow_id = f"company-increase-{month:%Y-%m}"
    if not await store.insert_month(
        connection, month=month, workflow_id=workflow_id, requested_by=requested_by, business_date=business_date
    ):
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
    booked_on = await store.booking_day(connection, month=month)
    if booked_on is None:
        raise LookupError(f"nobody asked for the increases of {month:%Y-%m}")
    dossiers = await store.late_after(connection, month=month, after=after, limit=limit)
    await lock_subjects(connection, dossiers=dossiers)
    accounts = await ledger.load_accounts(connection, dossiers=dossiers)
    changed, facts = 0, list[Fact]()
    for late in await store.late_among(connection, month=month, dossiers=dossiers):
        account = accounts[late.dossier]
        before = account.open_of(year_quarter(late.year))
        found = await _bring_up_to_date(connection, late, account, month, booked_on, parameters)
        changed += len(found)
        facts += _facts(late, account, found, booked_on, was_open=before > 0)
    await publish_many(connection, facts)
    return Increased(
        companies=len(dossiers),
        changed=changed,
        overdue=sum(isinstance(fact, DebtOverdue) for fact in facts),
        next_after=dossiers[-1] if len(dossiers) == limit else None,
    )


async def _bring_up_to_date(
    connection: Connection,
    late: LateContribution,
    account: DebtorAccount,
    month: date,
    booked_on: date,
    parameters: Parameters,
) -> list[MonthIncrease]:
    quarter = year_quarter(late.year)
    principal = account.items[quarter, AmountKind.PRINCIPAL]
    debt = CompanyDebt(
        owed_cents=principal.charged_cents - principal.waived_cents,
        due_on=late.due_on,
        payments=await store.payments_for(connection, dossier=late.dossier, quarter=quarter),
        stopped_on=late.served_on,
    )
    booked = {one.month: one for one in await store.booked_increases(connection, dossier=late.dossier, year=late.year)}
    found = differences(
        due=monthly_increases(debt=debt, until=month, parameters=parameters),
        booked={one.month: one.cents for one in booked.values()},
    )
    for increase in found:
        attempt = booked[increase.month].attempt + 1 if increase.month in booked else 1
        key = f"{late.dossier}|{late.year}|{increase.month}|{attempt}"
        entry = increase_entry(
            dossier=late.dossier,
            quarter=quarter,
            key=key,
            value_date=increase.month if increase.cents > 0 else booked_on,
            cents=increase.cents,
        )
        await ledger.book(connection, entries=[entry], booking_date=booked_on)
        account.apply(entry)
        await store.insert_increase(
            connection,
            IncreaseRow(
                dossier=late.dossier,
                year=late.year,
                month=increase.month,
                attempt=attempt,
                base_cents=increase.base_cents,
                rate=increase.rate,
                increase_cents=increase.cents,
                booked_on=booked_on,
                entry_id=entry.entry_id,
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
        key=f"{FREED}|{key}",
        value_date=booked_on,
        freed_cents=-surcharge.open_cents,
        principal_open_cents=account.items[quarter, AmountKind.PRINCIPAL].open_cents,
    )
    await ledger.book(connection, entries=[entry], booking_date=booked_on)
    account.apply(entry)


def _facts(
    late: LateContribution,
    account: DebtorAccount,
    found: Sequence[MonthIncrease],
    booked_on: date,
    *,
    was_open: bool,
) -> list[Fact]:
    quarter = year_quarter(late.year)
    facts: list[Fact] = []
    added = sum(increase.cents for increase in found)
    if added > 0:
        facts.append(
            SurchargeBooked(
                dossier=late.dossier,
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
                dossier=late.dossier,
                occurred_on=booked_on,
                quarter=str(quarter),
                due_on=late.due_on,
                amounts=amounts,
                total_cents=sum(amount.open_cents for amount in amounts),
            )
        )
    elif was_open:
        facts += settled_facts(
            dossier=late.dossier,
            quarters=[quarter],
            settled_by=SettledBy.PAYMENT,
            occurred_on=booked_on,
            remaining_open_cents=account.open_cents,
        )
    return facts
