"""Runs of the yearly company contribution, and the increases of a month."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from services.billing.company_contributions.service import increases as company_increases
from services.billing.company_contributions.service import runs as company_runs
from services.billing.company_contributions.store import runs as run_store
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

_RUN_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)
_Year = Annotated[int, Field(ge=2017, le=2100)]


class RequestedCompanyRun(ApiModel):
    """Which year to bill."""

    year: _Year


class ParkedCompany(ApiModel):
    """A company that could not be billed, and why."""

    dossier: UUID
    reason: str
    detail: str


class CompanyRun(ApiModel):
    """A run and how far it is."""

    run_id: UUID
    year: int
    round: int
    requested_by: str
    business_date: date
    status: str
    billed: int
    parked: int
    letters: int
    already_requested: bool | None = None
    parked_companies: tuple[ParkedCompany, ...] | None = None


class CompanyRuns(ApiModel):
    """Runs, the newest first."""

    items: tuple[CompanyRun, ...]


class RequestedIncreaseMonth(ApiModel):
    """Which calendar month to charge, by its first day."""

    month: date


class IncreaseMonth(ApiModel):
    """The procedure of the month; none when nobody is late."""

    workflow_id: str | None = None
    already_requested: bool


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Companies"])
    _add_runs(routes, context)
    _add_increases(routes, context)
    return routes


def _add_runs(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post(
        "/companyContributionRuns",
        status_code=202,
        response_model=CompanyRun,
        responses={200: {"model": CompanyRun, "description": "The run was requested before."}},
        summary="Bill the company contribution of a year",
    )
    async def request_company_run(
        wanted: RequestedCompanyRun, response: Response, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Start the billing of a year; every company is billed once, however often it is asked."""
        today = await context.clock.today()
        if wanted.year > today.year:
            issue = Issue(name="year", detail="A year is billed once it has begun.", rule="outOfRange")
            raise InvalidInput(issues=[issue])
        async with context.database.transaction() as connection:
            run = await company_runs.request_run(
                connection, year=wanted.year, requested_by=principal.subject, business_date=today
            )
            if run is None:
                raise Conflict(detail="No company owes this year, or each was billed or exempted.")
            (row,) = await run_store.runs(connection, run_id=run.run_id)
        if not run.created:
            response.status_code = 200
        return CompanyRun(**asdict(row), already_requested=not run.created)

    @routes.get("/companyContributionRuns", response_model=CompanyRuns, summary="Runs of the company contribution")
    async def list_company_runs(_: Principal = Depends(require(*_RUN_READERS))) -> Any:
        """List the runs with their counts."""
        async with context.database.transaction() as connection:
            rows = await run_store.runs(connection)
        return CompanyRuns(items=tuple(CompanyRun(**asdict(row)) for row in rows))

    @routes.get("/companyContributionRuns/{run_id}", response_model=CompanyRun, summary="One run")
    async def get_company_run(run_id: UUID, _: Principal = Depends(require(*_RUN_READERS))) -> Any:
        """Show a run and which companies could not be billed."""
        async with context.database.transaction() as connection:
            rows = await run_store.runs(connection, run_id=run_id)
            parked = await run_store.parked_of(connection, run_id=run_id)
        if not rows:
            raise NotFound(detail="There is no such run.")
        return CompanyRun(**asdict(rows[0]), parked_companies=tuple(ParkedCompany(**asdict(row)) for row in parked))


def _add_increases(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/companyIncreases", status_code=202, response_model=IncreaseMonth, summary="Charge a month")
    async def request_company_increases(
        wanted: RequestedIncreaseMonth, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Charge the 1 % of a calendar month to companies that are late; a month is charged once."""
        today = await context.clock.today()
        if wanted.month.day != 1 or wanted.month > today:
            detail = "The first day of a month that has begun."
            raise InvalidInput(issues=[Issue(name="month", detail=detail, rule="outOfRange")])
        async with context.database.transaction() as connection:
            asked = await company_increases.request_month(
                connection, month=wanted.month, requested_by=principal.subject, business_date=today
            )
        if asked is None:
            return IncreaseMonth(workflow_id=None, already_requested=False)
        return IncreaseMonth(workflow_id=asked[0], already_requested=not asked[1])
