"""Activities of a trial run: the computation of a billing run, without any charge, notice or fact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity

from services.billing.assessment.rules import QuarterLaw, quarter_law
from services.billing.assessment.rules.page import assess_page
from services.billing.quarterly.service import page_subjects
from services.billing.subjects.procedure import RunPlan
from services.billing.trials import service as trials
from services.billing.trials import store
from services.billing.trials.procedure import TrialReference, TrialStep, TrialStepDone
from services.billing.trials.rules import page_result
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Database


@dataclass
class BillingTrialActivities:
    """Activities of trials, with what they were given at start."""

    database: Database
    parameters: Parameters
    fund: Fund
    page_size: int
    _laws: dict[Quarter, QuarterLaw] = field(default_factory=dict)

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.plan_billing_trial, self.try_page, self.finish_billing_trial]

    @activity.defn
    async def plan_billing_trial(self, trial: TrialReference) -> RunPlan:
        """Cut those who would be billed into pages."""
        async with self.database.transaction() as connection:
            pages = await trials.plan_pages(connection, trial_id=trial.trial_id, page_size=self.page_size)
        return RunPlan(pages=pages)

    @activity.defn
    async def try_page(self, step: TrialStep) -> TrialStepDone:
        """Assess a page as its billing would, and keep the totals and differences only."""
        async with self.database.transaction() as connection:
            page = await store.page_of(connection, trial_id=step.trial_id, ordinal=step.ordinal)
            quarter = Quarter.parse(page.quarter)
            first, last = page.first_dossier, page.last_dossier
            subjects = await page_subjects.known_between(connection, quarter=quarter, first=first, last=last)
            previous = await store.previous_totals(connection, quarter=quarter, first=first, last=last)
        assessed = await asyncio.to_thread(
            assess_page,
            subjects=subjects,
            quarter=quarter,
            parameters=self.parameters,
            fee_rate=self.fund.on(quarter.starts_on).management_fee_rate,
            law=self._law(quarter),
        )
        result = page_result(page=assessed, previous=previous)
        async with self.database.transaction() as connection:
            await store.keep_result(connection, trial_id=step.trial_id, ordinal=step.ordinal, result=result)
        return TrialStepDone(billed=assessed.assessed.height, parked=assessed.unassessed.height)

    @activity.defn
    async def finish_billing_trial(self, trial: TrialReference) -> None:
        """Note that everything was computed."""
        async with self.database.transaction() as connection:
            await store.finish(connection, trial_id=trial.trial_id)

    def _law(self, quarter: Quarter) -> QuarterLaw:
        if quarter not in self._laws:
            self._laws[quarter] = quarter_law(quarter=quarter, parameters=self.parameters)
        return self._laws[quarter]
