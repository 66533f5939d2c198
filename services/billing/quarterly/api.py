"""Billing runs: asked for, watched, and told to pause, to go on or to end."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from services.billing.dossier_facts.service.law import known_quarter
from services.billing.quarterly.procedure import RunOrder
from services.billing.quarterly.service import run_orders, runs
from services.billing.quarterly.service.run_orders import OrderImpossible
from services.billing.quarterly.store import runs as store
from shared.contracts.vocabulary import YearQuarter
from shared.law.calendar import add_months
from shared.platform.context import AnyContext
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    Role,
    require,
)

#: More than any fund has.
_DOSSIERS_MAX = 10_000_000
#: How long before its first day a quarter can be billed.
_MONTHS_AHEAD = 1
_PageSize = Annotated[int, Query(ge=1, le=1000)]


class RequestedBillingRun(ApiModel):
    """Which quarter to bill, and how.

    Attributes:
        quarter: the quarter.
        retry_parked: those whom the latest run parked are tried again.
        canary: so many dossiers are billed first; the others wait until somebody says go.
        wave_size: dossiers of one wave; the next begins on the next working day, or when somebody says go.
    """

    quarter: YearQuarter
    retry_parked: bool = False
    canary: int | None = Field(default=None, ge=1, le=_DOSSIERS_MAX)
    wave_size: int | None = Field(default=None, ge=1, le=_DOSSIERS_MAX)


class OrderForRun(ApiModel):
    """What a run is told: pause, resume, go or cancel."""

    order: RunOrder


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
    canary: int | None = None
    wave_size: int | None = None
    waves: int | None = None
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
        quarter = known_quarter(wanted.quarter, context)
        if quarter.starts_on > add_months(today, _MONTHS_AHEAD):
            # Categories, reliefs and incomes of a quarter are known when it comes, not a year before.
            detail = "A quarter is billed from a month before it begins."
            issue = Issue(name="quarter", detail=detail, rule="tooFarAhead")
            raise InvalidInput(issues=[issue])
        async with context.database.transaction() as connection:
            requested = await runs.request_run(
                connection,
                quarter=quarter,
                requested_by=principal.subject,
                business_date=today,
                retry_parked=wanted.retry_parked,
                canary=wanted.canary,
                wave_size=wanted.wave_size,
            )
            (row,) = await store.runs(connection, run_id=requested.run_id)
        if not requested.created:
            response.status_code = 200
        return BillingRun(**asdict(row), already_requested=not requested.created)

    @routes.get("/billingRuns", response_model=BillingRuns, summary="Billing runs")
    async def list_billing_runs(
        page_size: _PageSize = 100, after_run_id: UUID | None = None, _: Principal = Depends(require(*_READERS))
    ) -> Any:
        """List the runs with their progress."""
        async with context.database.transaction() as connection:
            rows = await store.runs(connection, after=after_run_id, limit=page_size)
        items = tuple(BillingRun(**asdict(row)) for row in rows)
        return BillingRuns(items=items, next_after=items[-1].run_id if len(items) == page_size else None)

    @routes.get("/billingRuns/{run_id}", response_model=BillingRun, summary="One billing run")
    async def get_billing_run(run_id: UUID, _: Principal = Depends(require(*_READERS))) -> Any:
        """Show a run, its progress and who could not be billed."""
        async with context.database.transaction() as connection:
            rows = await store.runs(connection, run_id=run_id)
            parked = await store.parked_of(connection, run_id=run_id)
        if not rows:
            raise NotFound(detail="There is no such billing run.")
        return BillingRun(**asdict(rows[0]), parked_dossiers=tuple(ParkedDossier(**asdict(row)) for row in parked))

    @routes.post(
        "/billingRuns/{run_id}/orders", status_code=202, response_model=BillingRun, summary="Pause, resume or end a run"
    )
    async def order_billing_run(
        run_id: UUID, given: OrderForRun, principal: Principal = Depends(require(Role.FINANCE, Role.OPERATOR))
    ) -> Any:
        """Hand an order to a run; it holds from its next page on, and who was billed stays billed."""
        try:
            async with context.database.transaction() as connection:
                await run_orders.give_order(connection, run_id=run_id, order=given.order, given_by=principal.subject)
                (row,) = await store.runs(connection, run_id=run_id)
        except LookupError as error:
            raise NotFound(detail="There is no such billing run.") from error
        except OrderImpossible as error:
            raise Conflict(detail=str(error)) from error
        return BillingRun(**asdict(row))

    return routes


_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)
