"""Sums: the trial balance and the summary, and files for the national institute."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.accounts import service as queries
from services.billing.institute_files import service as inasti_files
from services.billing.institute_files.service import DayNotOver
from services.billing.ledger import service as ledger
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, Role, require


class AccountBalance(ApiModel):
    """What one account holds; a debit is positive."""

    account: str
    nature: str
    name: str
    cents: EuroCents


class TrialBalance(ApiModel):
    """Every account on a day, as it was known on a day; the sum is always zero."""

    as_of: date
    known_at: date
    items: tuple[AccountBalance, ...]
    sum_cents: EuroCents


class BillingSummary(ApiModel):
    """The sums a report shows."""

    subjects: int
    notices_issued: int
    billed_cents: EuroCents
    payments_matched: int
    payments_unmatched: int
    paid_cents: EuroCents
    ledger_sum_cents: EuroCents
    waived_cents: EuroCents
    surcharges_cents: EuroCents
    open_cents: EuroCents
    credit_cents: EuroCents
    suspense_cents: EuroCents
    bank_cents: EuroCents
    parked: int


class RequestedTransfers(ApiModel):
    """Up to which booking day, that one included; it must be over."""

    until: date


class Transfers(ApiModel):
    """The days whose transfer was written by this call; the others had theirs."""

    days: tuple[date, ...]


class RequestedStatistics(ApiModel):
    """Which quarter; it must be over."""

    quarter: YearQuarter


class Statistics(ApiModel):
    """The document that holds the statistics."""

    quarter: YearQuarter
    document_id: UUID


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Reports"])

    @routes.get("/ledger/trialBalance", response_model=TrialBalance, summary="Trial balance")
    async def get_trial_balance(
        as_of: date | None = None,
        known_at: date | None = None,
        _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR)),
    ) -> Any:
        """Give every account on a value date, as the books knew it on a booking date; both default to today."""
        today = await context.clock.today()
        as_of, known_at = as_of or today, known_at or today
        async with context.database.transaction() as connection:
            rows = await ledger.trial_balance(connection, as_of=as_of, known_at=known_at)
        items = tuple(
            AccountBalance(account=row["code"], nature=row["nature"], name=row["name"], cents=row["cents"])
            for row in rows
        )
        return TrialBalance(as_of=as_of, known_at=known_at, items=items, sum_cents=sum(item.cents for item in items))

    @routes.get("/summary", response_model=BillingSummary, summary="Sums of billing")
    async def get_summary(
        _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR, Role.SERVICE)),
    ) -> Any:
        """Give what was billed, paid, waived and is open, and the sum of the ledger, which is zero."""
        async with context.database.transaction() as connection:
            return BillingSummary(**await queries.summary(connection))

    _add_institute(routes, context)
    return routes


def _add_institute(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/inastiTransfers", response_model=Transfers, summary="Write the daily transfers")
    async def write_transfers(
        wanted: RequestedTransfers, _: Principal = Depends(require(Role.FINANCE, Role.SERVICE))
    ) -> Any:
        """Write the transfer of every day that has none yet, as documents; asking again writes nothing."""
        today = await context.clock.today()
        try:
            async with context.database.transaction() as connection:
                days = await inasti_files.transfers_until(connection, until=wanted.until, today=today)
        except DayNotOver as error:
            raise InvalidInput(issues=[Issue(name="until", detail=str(error), rule="outOfRange")]) from error
        return Transfers(days=tuple(days))

    @routes.post("/inastiStatistics", response_model=Statistics, summary="Write the statistics of a quarter")
    async def write_statistics(
        wanted: RequestedStatistics, _: Principal = Depends(require(Role.FINANCE, Role.SERVICE))
    ) -> Any:
        """Write the statistics of a quarter once, as a document."""
        today = await context.clock.today()
        try:
            async with context.database.transaction() as connection:
                document = await inasti_files.statistics_of(
                    connection, quarter=Quarter.parse(wanted.quarter), today=today
                )
        except DayNotOver as error:
            raise InvalidInput(issues=[Issue(name="quarter", detail=str(error), rule="outOfRange")]) from error
        return Statistics(quarter=wanted.quarter, document_id=document)
