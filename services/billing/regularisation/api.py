"""Statements of regularisation, and the runs that write them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.billing.assessment.service import ExplainedStep, check_language
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.charge_changes.service import steps_of_change
from services.billing.regularisation.rules import KeptStatement
from services.billing.regularisation.service.statements import statements_of
from services.billing.regularisation.store import runs as store
from services.billing.subjects.service import READERS, known, log_read
from shared.contracts.vocabulary import Category, EuroCents, YearQuarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, Role, require


class RegularisationRun(ApiModel):
    """A run and how far it is; statements are late from ``stateBefore`` on (RGS art. 43)."""

    run_id: UUID
    cause: str
    requested_by: str
    received_on: date
    state_before: date
    status: str
    planned: int
    issued: int
    unchanged: int
    parked: int


class RegularisationRuns(ApiModel):
    """Runs, the newest first."""

    items: tuple[RegularisationRun, ...]


class RegularisedQuarterView(ApiModel):
    """What a quarter is definitively owed, and why."""

    quarter: YearQuarter
    category: Category
    contribution_cents: EuroCents
    fee_cents: EuroCents
    previous_contribution_cents: EuroCents
    previous_fee_cents: EuroCents
    difference_cents: EuroCents
    explanation: tuple[ExplainedStep, ...]


class ReductionSurchargeView(ApiModel):
    """One surcharge on a reduction that proved wrong (royal decree 38, art. 11bis)."""

    charged_on: date
    base_cents: EuroCents
    rate: Decimal
    surcharge_cents: EuroCents
    article: str


class RegularisationView(ApiModel):
    """A statement: what was billed before, what is owed by law, and what became of the difference."""

    regularisation_id: UUID
    year: int
    number: int
    income_cents: EuroCents
    income_known_on: date
    quarters_subject: int
    issued_on: date
    due_on: date
    previous_cents: EuroCents
    definitive_cents: EuroCents
    spared_cents: EuroCents
    surcharge_cents: EuroCents
    previous_surcharge_cents: EuroCents
    difference_cents: EuroCents
    refund_cents: EuroCents
    structured_communication: str | None = None
    quarters: tuple[RegularisedQuarterView, ...]
    surcharges: tuple[ReductionSurchargeView, ...]


class Regularisations(ApiModel):
    """The statements of a dossier, the oldest year first."""

    items: tuple[RegularisationView, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Regularisations"])

    @routes.get("/regularisationRuns", response_model=RegularisationRuns, summary="Regularisation runs")
    async def list_regularisation_runs(
        page_size: Annotated[int, Query(ge=1, le=1000, alias="pageSize")] = 100,
        _principal: Principal = Depends(
            require(Role.FINANCE, Role.OPERATOR, Role.TEAM_LEAD, Role.AUDITOR, Role.SERVICE)
        ),
    ) -> Any:
        """Show the runs, the newest first."""
        async with context.database.transaction() as connection:
            rows = await store.runs(connection, limit=page_size)
        return RegularisationRuns(items=tuple(RegularisationRun(**asdict(row)) for row in rows))

    @routes.get("/regularisations/{dossier}", response_model=Regularisations, summary="Statements with their reasons")
    async def get_regularisations(
        dossier: UUID, language: str = "en", principal: Principal = Depends(require(*READERS))
    ) -> Any:
        """Explain each statement of a dossier from what was kept with it."""
        check_language(language)
        async with context.database.transaction() as connection:
            await known(connection, dossier)
            found = await statements_of(connection, dossier=dossier)
            await log_read(connection, principal, dossier, "regularisations")
        return Regularisations(items=tuple(_statement(one, language) for one in found))

    return routes


def _statement(statement: KeptStatement, language: str) -> RegularisationView:
    same = RegularisationView.model_fields.keys() - {"structured_communication", "quarters", "surcharges"}
    return RegularisationView(
        **{name: getattr(statement, name) for name in same},
        structured_communication=statement.reference,
        quarters=tuple(_quarter(change, language) for change in statement.quarters),
        surcharges=tuple(ReductionSurchargeView(**asdict(one)) for one in statement.surcharges),
    )


def _quarter(change: KeptChange, language: str) -> RegularisedQuarterView:
    same = RegularisedQuarterView.model_fields.keys() - {"explanation"}
    return RegularisedQuarterView(
        **{name: getattr(change, name) for name in same}, explanation=steps_of_change(change, language)
    )
