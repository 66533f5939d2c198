"""Closings of quarters: asked for and watched."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends, Response

from services.billing.lateness import store
from services.billing.lateness.service import closings
from services.billing.lateness.service.closings import QuarterNotOver
from shared.contracts.vocabulary import YearQuarter
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, Role, require

_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)


class RequestedQuarterClosing(ApiModel):
    """Which quarter to close."""

    quarter: YearQuarter


class QuarterClosingStatus(ApiModel):
    """A closing and how far it is."""

    closing_id: UUID
    quarter: YearQuarter
    closed_on: date
    requested_by: str
    status: str
    pages: int | None = None
    pages_done: int
    pages_failed: int
    overdue: int
    surcharges: int
    already_requested: bool | None = None


class QuarterClosings(ApiModel):
    """Closings, the newest quarter first."""

    items: tuple[QuarterClosingStatus, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Runs"])

    @routes.post(
        "/quarterClosings",
        status_code=202,
        response_model=QuarterClosingStatus,
        responses={200: {"model": QuarterClosingStatus, "description": "The quarter was closed before."}},
        summary="Close a quarter",
    )
    async def request_quarter_closing(
        wanted: RequestedQuarterClosing, response: Response, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Close a quarter that has ended: surcharges on what is unpaid, and overdue debts told to recovery."""
        today = await context.clock.today()
        try:
            async with context.database.transaction() as connection:
                closing_id, created = await closings.request_closing(
                    connection,
                    quarter=Quarter.parse(wanted.quarter),
                    requested_by=principal.subject,
                    business_date=today,
                )
                (row,) = await store.closings(connection, closing_id=closing_id)
        except QuarterNotOver as error:
            raise InvalidInput(issues=[Issue(name="quarter", detail=str(error), rule="outOfRange")]) from error
        if not created:
            response.status_code = 200
        return QuarterClosingStatus(**asdict(row), already_requested=not created)

    @routes.get("/quarterClosings", response_model=QuarterClosings, summary="Closings of quarters")
    async def list_quarter_closings(_: Principal = Depends(require(*_READERS))) -> Any:
        """List the closings with their progress."""
        async with context.database.transaction() as connection:
            rows = await store.closings(connection)
        return QuarterClosings(items=tuple(QuarterClosingStatus(**asdict(row)) for row in rows))

    return routes
