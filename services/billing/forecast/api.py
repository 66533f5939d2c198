"""What is due when over eight quarters."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from services.billing.accounts import service as accounts
from services.billing.dossier_facts.service.facts import facts_of
from services.billing.dossier_facts.service.law import assessment_law
from services.billing.forecast.rules.forecast import IncomeTold, forecast
from services.billing.forecast.rules.quarters import Basis, ForecastLine, LineKind
from services.billing.reductions.procedure import Cents
from services.billing.subjects.service import READERS, known, log_read
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, require


class ExpectedIncome(ApiModel):
    """The income somebody expects of a year nobody told yet."""

    year: int = Field(ge=2000, le=2100)
    income_cents: Cents


class ForecastQuery(ApiModel):
    """Whose forecast, and on which incomes."""

    dossier: UUID
    expected_incomes: tuple[ExpectedIncome, ...] = Field(default=(), max_length=12)


class ForecastLineView(ApiModel):
    """An amount that will be due, or come back when it is negative; absent when nobody can say yet."""

    kind: LineKind
    due_on: date
    about: str
    amount_cents: EuroCents | None = None
    basis: Basis
    article: str
    income_cents: EuroCents | None = None
    law_of: YearQuarter | None = None
    note: str


class Forecast(ApiModel):
    """Eight quarters, in the order of the days; what is owed already stands beside."""

    dossier: UUID
    on: date
    open_cents: EuroCents
    credit_cents: EuroCents
    lines: tuple[ForecastLineView, ...]
    total_cents: EuroCents


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Forecasts"])
    law = assessment_law(context)

    async def answer(connection: Connection, query: ForecastQuery) -> Forecast:
        today = await context.clock.today()
        await known(connection, query.dossier)
        facts = await facts_of(connection, dossier=query.dossier, law=law)
        stand = await accounts.stand_of(connection, dossier=query.dossier)
        expected = {one.year: one.income_cents for one in query.expected_incomes}
        try:
            lines = forecast(facts, today=today, expected_incomes=expected, law=law)
        except IncomeTold as told:
            place = [one.year for one in query.expected_incomes].index(told.year)
            issue = Issue(name=f"expectedIncomes[{place}].year", detail=str(told), rule="incomeTold")
            raise InvalidInput(issues=[issue]) from told
        return Forecast(
            dossier=query.dossier,
            on=today,
            open_cents=stand.open_cents,
            credit_cents=stand.credit_cents,
            lines=tuple(_line(line) for line in lines),
            total_cents=sum(line.amount_cents or 0 for line in lines),
        )

    @routes.get("/forecasts/{dossier}", response_model=Forecast, summary="What is due over eight quarters")
    async def get_forecast(dossier: UUID, principal: Principal = Depends(require(*READERS))) -> Any:
        """Forecast on what is known: billed quarters, granted estimates, incomes that were told."""
        async with context.database.transaction() as connection:
            found = await answer(connection, ForecastQuery(dossier=dossier))
            await log_read(connection, principal, dossier, "forecast")
        return found

    @routes.post("/forecasts/query", response_model=Forecast, summary="A forecast on expected incomes")
    async def query_forecast(query: ForecastQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Forecast on the incomes somebody expects, with the regularisations they would bring."""
        async with context.database.transaction() as connection:
            found = await answer(connection, query)
            await log_read(connection, principal, query.dossier, "forecast")
        return found

    return routes


def _line(line: ForecastLine) -> ForecastLineView:
    return ForecastLineView(**{name: getattr(line, name) for name in ForecastLineView.model_fields})
