"""Billing runs and closings of quarters."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from services.billing.store import closings, runs
from services.billing.store.closings import QuarterNotOver
from shared.contracts.vocabulary import YearQuarter
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    Role,
    require,
)

_PageSize = Annotated[int, Query(ge=1, le=1000)]


class RequestedBillingRun(ApiModel):
    """Which quarter to bill."""

    quarter: YearQuarter
    retry_parked: bool = False


class ParkedDossier(ApiModel):
    """Somebody who could not be billed, and why."""

    dossier: UUID
    reason: str
    detail: str


class BillingRun(ApiModel):
    """A run and how far it is."""

    run_id: UUID
    quarter: YearQuarter
    round: int
    requested_by: str
    business_date: date
    status: str
    subjects: int | None = None
    pages: int | None = None
    pages_done: int
    pages_failed: int
    billed: int
    parked: int
    notices: int
    letters: int
    already_requested: bool | None = None
    parked_dossiers: tuple[ParkedDossier, ...] | None = None


class BillingRuns(ApiModel):
    """Runs, the newest first; the next page begins after ``nextAfter``."""

    items: tuple[BillingRun, ...]
    next_after: UUID | None = None


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
        "/billingRuns",
        status_code=202,
        response_model=BillingRun,
        responses={200: {"model": BillingRun, "description": "The run was requested before."}},
        summary="Bill a quarter",
    )
    async def request_billing_run(
        wanted: RequestedBillingRun, response: Response, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Start the billing of a quarter; everybody is billed once, however often it is asked."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            requested = await runs.request_run(
                connection,
                quarter=Quarter.parse(wanted.quarter),
                requested_by=principal.subject,
                business_date=today,
                retry_parked=wanted.retry_parked,
            )
            (row,) = await runs.runs(connection, run_id=requested.run_id)
        if not requested.created:
            response.status_code = 200
        return BillingRun(**row, already_requested=not requested.created)

    @routes.get("/billingRuns", response_model=BillingRuns, summary="Billing runs")
    async def list_billing_runs(
        page_size: _PageSize = 100, after_run_id: UUID | None = None, _: Principal = Depends(require(*_READERS))
    ) -> Any:
        """List the runs with their progress."""
        async with context.database.transaction() as connection:
            rows = await runs.runs(connection, after=after_run_id, limit=page_size)
        items = tuple(BillingRun(**row) for row in rows)
        return BillingRuns(items=items, next_after=items[-1].run_id if len(items) == page_size else None)

    @routes.get("/billingRuns/{run_id}", response_model=BillingRun, summary="One billing run")
    async def get_billing_run(run_id: UUID, _: Principal = Depends(require(*_READERS))) -> Any:
        """Show a run, its progress and who could not be billed."""
        async with context.database.transaction() as connection:
            rows = await runs.runs(connection, run_id=run_id)
            parked = await runs.parked_of(connection, run_id=run_id)
        if not rows:
            raise NotFound(detail="There is no such billing run.")
        return BillingRun(**rows[0], parked_dossiers=tuple(ParkedDossier(**row) for row in parked))

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
                (row,) = await closings.closings(connection, closing_id=closing_id)
        except QuarterNotOver as error:
            raise InvalidInput(issues=[Issue(name="quarter", detail=str(error), rule="outOfRange")]) from error
        if not created:
            response.status_code = 200
        return QuarterClosingStatus(**row, already_requested=not created)

    @routes.get("/quarterClosings", response_model=QuarterClosings, summary="Closings of quarters")
    async def list_quarter_closings(_: Principal = Depends(require(*_READERS))) -> Any:
        """List the closings with their progress."""
        async with context.database.transaction() as connection:
            rows = await closings.closings(connection)
        return QuarterClosings(items=tuple(QuarterClosingStatus(**row) for row in rows))

    return routes


_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)
