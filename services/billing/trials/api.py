"""Before a quarter is billed: whom it would bill, and what it would charge, with nothing written in the books."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from services.billing.dossier_facts.service.law import known_quarter
from services.billing.quarterly.service import page_subjects, runs
from services.billing.trials import service as trials
from services.billing.trials import store
from services.billing.trials.rules import CategoryTotal, ChangedAmount, TrialResult, summed
from shared.contracts.vocabulary import YearQuarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, NotFound, Principal, Role, require
from shared.platform.people import audit
from shared.platform.people.audit import AuditEntry

_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)


class PlanQuery(ApiModel):
    """Which quarter, and after which dossier the page of the list begins.

    Attributes:
        quarter: the quarter.
        after: ``nextAfter`` of the page before.
        page_size: how many at most.
    """

    quarter: YearQuarter
    after: UUID | None = None
    page_size: int = Field(default=100, ge=1, le=1000)


class PlannedDossier(ApiModel):
    """Somebody who owes the quarter and is not billed yet."""

    dossier: UUID
    file_number: int
    category: str | None = None
    starts_on: date
    income_year: int | None = None


class BillingPlan(ApiModel):
    """Who would be billed now; the next page of the list begins after ``nextAfter``."""

    quarter: YearQuarter
    subjects: int
    items: tuple[PlannedDossier, ...]
    next_after: UUID | None = None


class RequestedTrial(ApiModel):
    """Which quarter to compute."""

    quarter: YearQuarter


class TrialCategory(ApiModel):
    """How many would be billed in a category, and how much."""

    category: str
    dossiers: int
    contribution_cents: int
    fee_cents: int


class TrialDifference(ApiModel):
    """A dossier whose amount would differ much from the quarter before."""

    dossier: UUID
    file_number: int
    previous_cents: int
    total_cents: int


class TrialFigures(ApiModel):
    """What would be charged, and how that differs from the quarter before."""

    billed: int
    total_cents: int
    categories: tuple[TrialCategory, ...]
    parked: dict[str, int]
    new: int
    raised: int
    lowered: int
    same: int
    raised_cents: int
    lowered_cents: int
    changed: tuple[TrialDifference, ...]


class BillingTrialStatus(ApiModel):
    """A trial and how far it is."""

    trial_id: UUID
    quarter: YearQuarter
    requested_by: str
    business_date: date
    status: str
    pages: int | None = None
    pages_done: int
    already_requested: bool | None = None


class BillingTrialFound(BillingTrialStatus):
    """A trial with what the pages done so far found."""

    figures: TrialFigures


class BillingTrials(ApiModel):
    """Trials, the newest first."""

    items: tuple[BillingTrialStatus, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Runs"])

    @routes.post("/billingPlans/query", response_model=BillingPlan, summary="Whom a quarter would bill")
    async def plan(query: PlanQuery, principal: Principal = Depends(require(*_READERS))) -> Any:
        """List who owes a quarter and is not billed for it yet; nobody's name is shown."""
        quarter = known_quarter(query.quarter, context)
        plan = {"quarter": query.quarter}
        async with context.database.transaction() as connection:
            subjects = await runs.unbilled(connection, quarter=quarter)
            due = await page_subjects.due_after(connection, quarter=quarter, after=query.after, limit=query.page_size)
            seen = [_entry(principal, "billingPlan.read", UUID(dossier), plan) for dossier in due["dossier"]]
            await audit.record_many(connection, seen)
        names = ("dossier", "file_number", "category", "starts_on", "income_year")
        items = tuple(PlannedDossier(**row) for row in due.select(names).iter_rows(named=True))
        full = len(items) == query.page_size
        return BillingPlan(
            quarter=query.quarter, subjects=subjects, items=items, next_after=items[-1].dossier if full else None
        )

    @routes.post(
        "/billingTrials",
        status_code=202,
        response_model=BillingTrialStatus,
        responses={200: {"model": BillingTrialStatus, "description": "Such a trial is computing already."}},
        summary="Try the billing of a quarter",
    )
    async def request_trial(
        wanted: RequestedTrial, response: Response, principal: Principal = Depends(require(*_READERS))
    ) -> Any:
        """Compute a quarter for everybody who is not billed yet; nothing is charged and nobody is told."""
        quarter = known_quarter(wanted.quarter, context)
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            trial_id, created = await trials.request_trial(
                connection, quarter=quarter, requested_by=principal.subject, business_date=today
            )
            (row,) = await store.trials(connection, trial_id=trial_id)
        if not created:
            response.status_code = 200
        return BillingTrialStatus(**asdict(row), already_requested=not created)

    @routes.get("/billingTrials", response_model=BillingTrials, summary="Trials")
    async def list_trials(_: Principal = Depends(require(*_READERS))) -> Any:
        """List the latest trials."""
        async with context.database.transaction() as connection:
            rows = await store.trials(connection)
        return BillingTrials(items=tuple(BillingTrialStatus(**asdict(row)) for row in rows))

    @routes.get("/billingTrials/{trial_id}", response_model=BillingTrialFound, summary="One trial")
    async def get_trial(trial_id: UUID, principal: Principal = Depends(require(*_READERS))) -> Any:
        """Show what a trial found: totals, who would be parked, and what differs from the quarter before."""
        async with context.database.transaction() as connection:
            rows = await store.trials(connection, trial_id=trial_id)
            if not rows:
                raise NotFound(detail="There is no such trial.")
            found = summed(await store.results_of(connection, trial_id=trial_id))
            trial = {"trialId": str(trial_id)}
            await audit.record_many(
                connection, [_entry(principal, "trialDifference.read", one.dossier, trial) for one in found.changed]
            )
        return BillingTrialFound(**asdict(rows[0]), figures=_figures(found))

    return routes


def _entry(principal: Principal, action: str, dossier: UUID, details: dict[str, str]) -> AuditEntry:
    return AuditEntry(
        actor=principal.subject, action=action, dossier=dossier, purpose="billing of a quarter", details=details
    )


def _figures(found: TrialResult) -> TrialFigures:
    return TrialFigures(
        billed=found.billed,
        total_cents=found.total_cents,
        categories=tuple(_category(name, found.categories[name]) for name in sorted(found.categories)),
        parked=found.parked,
        new=found.new,
        raised=found.raised,
        lowered=found.lowered,
        same=found.same,
        raised_cents=found.raised_cents,
        lowered_cents=found.lowered_cents,
        changed=tuple(_difference(one) for one in found.changed),
    )


def _category(name: str, total: CategoryTotal) -> TrialCategory:
    return TrialCategory(category=name, **total.model_dump())


def _difference(changed: ChangedAmount) -> TrialDifference:
    return TrialDifference(**changed.model_dump())
