"""Every amount of a dossier with its reasons."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.billing.accounts.service import BilledContribution
from services.billing.assessment.rules import explain, law_from_document, stored_row
from services.billing.assessment.service import ExplainedStep, check_language, explained_steps
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.charge_changes.service import steps_of_change
from services.billing.explanations import service as explanations
from services.billing.explanations.rules import Charge, explain_charge
from services.billing.explanations.service import QuarterCharges
from services.billing.subjects.service import READERS, known, log_read
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.law.quarter import InvalidQuarter, Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, require


class ExplainedAmount(ApiModel):
    """One thing that was charged or taken back for a quarter, and why."""

    kind: str
    booked_on: date
    due_on: date | None = None
    amount_cents: EuroCents
    steps: tuple[ExplainedStep, ...]


class ExplainedQuarter(ApiModel):
    """Everything that was charged for a quarter; the amounts add up to what stands in the books."""

    quarter: YearQuarter
    amounts: tuple[ExplainedAmount, ...]
    charged_cents: EuroCents
    paid_cents: EuroCents
    waived_cents: EuroCents
    open_cents: EuroCents


class Explanation(ApiModel):
    """Every quarter of a dossier, the oldest first."""

    dossier: UUID
    quarters: tuple[ExplainedQuarter, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Forecasts"])

    @routes.get("/explanations/{dossier}", response_model=Explanation, summary="Every amount with its reasons")
    async def get_explanation(
        dossier: UUID,
        quarter: Annotated[str | None, Query(description="Only this quarter, such as 2026Q1.")] = None,
        language: str = "en",
        principal: Principal = Depends(require(*READERS)),
    ) -> Any:
        """Explain each charge of each quarter: the first bill, every change, every surcharge."""
        check_language(language)
        wanted = _quarter(quarter)
        async with context.database.transaction() as connection:
            await known(connection, dossier)
            found = await explanations.everything_of(connection, dossier=dossier)
            await log_read(connection, principal, dossier, "explanation")
        quarters = [one for one in sorted(found) if wanted is None or one == str(wanted)]
        return Explanation(dossier=dossier, quarters=tuple(_explained(found[one], language) for one in quarters))

    return routes


def _quarter(text: str | None) -> Quarter | None:
    try:
        return None if text is None else Quarter.parse(text)
    except InvalidQuarter as error:
        raise InvalidInput(issues=[Issue(name="quarter", detail=str(error), place="query")]) from error


def _explained(found: QuarterCharges, language: str) -> ExplainedQuarter:
    return ExplainedQuarter(
        quarter=found.balance.quarter,
        amounts=tuple(
            ExplainedAmount(
                kind=one.kind,
                booked_on=one.booked_on,
                due_on=one.due_on,
                amount_cents=one.amount_cents,
                steps=_steps(one.row, language),
            )
            for one in found.amounts
        ),
        charged_cents=found.balance.charged_cents,
        paid_cents=found.balance.paid_cents,
        waived_cents=found.balance.waived_cents,
        open_cents=found.balance.open_cents,
    )


def _steps(row: BilledContribution | KeptChange | Charge, language: str) -> tuple[ExplainedStep, ...]:
    """Explain one amount from what was kept with it."""
    if isinstance(row, BilledContribution):
        law = law_from_document(row.law)
        return explained_steps(explain(stored_row(asdict(row), law=law), law=law, language=language))
    if isinstance(row, Charge):
        return explained_steps(explain_charge(row, language=language))
    return steps_of_change(row, language)
