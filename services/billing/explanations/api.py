"""Every amount of a dossier with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.billing.assessment.rules import explain, law_from_document, stored_row
from services.billing.assessment.service import ExplainedStep, check_language, explained_steps
from services.billing.charge_changes.service import steps_of_change
from services.billing.explanations import service as explanations
from services.billing.explanations.rules import explain_charge
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
        return Explanation(dossier=dossier, quarters=tuple(_explained(one, found[one], language) for one in quarters))

    return routes


def _quarter(text: str | None) -> Quarter | None:
    try:
        return None if text is None else Quarter.parse(text)
    except InvalidQuarter as error:
        raise InvalidInput(issues=[Issue(name="quarter", detail=str(error), place="query")]) from error


def _explained(quarter: str, found: Mapping[str, Any], language: str) -> ExplainedQuarter:
    balance = found["balance"]
    return ExplainedQuarter(
        quarter=quarter,
        amounts=tuple(_amount(one, language) for one in found["amounts"]),
        charged_cents=balance["charged_cents"],
        paid_cents=balance["paid_cents"],
        waived_cents=balance["waived_cents"],
        open_cents=balance["open_cents"],
    )


def _amount(one: Mapping[str, Any], language: str) -> ExplainedAmount:
    """Explain one amount from what was kept with it."""
    row = one["row"]
    if one["source"] == "contribution":
        law = law_from_document(row["law"])
        steps = explained_steps(explain(stored_row(row, law=law), law=law, language=language))
    elif one["source"] == "change":
        steps = steps_of_change(row, language)
    else:
        steps = explained_steps(explain_charge(row, language=language))
    return ExplainedAmount(
        kind=one["kind"],
        booked_on=one["booked_on"],
        due_on=one["due_on"],
        amount_cents=one["amount_cents"],
        steps=steps,
    )
