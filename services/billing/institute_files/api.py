"""Files for the national institute, written when somebody asks."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.institute_files import service as inasti_files
from services.billing.institute_files.service import DayNotOver
from shared.contracts.vocabulary import YearQuarter
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, Role, require


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

    return routes
