"""Activities of a regularisation run: book a page of statements, write their letters, note how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.regularisation.activities.statement_letters import StatementLetters
from services.billing.regularisation.procedure import (
    RegularisationOutcome,
    RegularisationReference,
    RegularisationRequested,
    RegularisationStatus,
    RegularisationStep,
    StatementLettersOutcome,
    StatementLettersStep,
)
from services.billing.regularisation.service import runs as regularisations
from services.billing.regularisation.store import runs as store
from services.billing.subjects.procedure import BusinessDay, RunPlan
from shared.platform.database.connections import Database


@dataclass
class RegularisationActivities:
    """Activities of regularisation runs, with what they were given at start."""

    database: Database
    law: AssessmentLaw
    letters: StatementLetters

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_regularisation_sweep,
            self.plan_regularisation,
            self.regularise_page,
            self.write_statement_letters,
            self.note_regularisation_status,
        ]

    @activity.defn
    async def request_regularisation_sweep(self, step: BusinessDay) -> RegularisationRequested:
        """Ask for the statements that no import asked for: quarters billed later, years completed by a person."""
        async with self.database.transaction() as connection:
            run_id = await regularisations.request_sweep(connection, business_date=step.business_date)
        return RegularisationRequested(run_id=run_id)

    @activity.defn
    async def plan_regularisation(self, run: RegularisationReference) -> RunPlan:
        """Tell how many pages a run has."""
        async with self.database.transaction() as connection:
            pages = await store.begin_run(connection, run_id=run.run_id)
        return RunPlan(pages=pages)

    @activity.defn
    async def regularise_page(self, step: RegularisationStep) -> RegularisationOutcome:
        """Book the statements of one page in one transaction."""
        async with self.database.transaction() as connection:
            outcome = await regularisations.regularise_page(
                connection, run_id=step.run_id, ordinal=step.ordinal, law=self.law, today=step.today
            )
        return RegularisationOutcome(issued=outcome.issued, unchanged=outcome.unchanged, parked=outcome.parked)

    @activity.defn
    async def write_statement_letters(self, step: StatementLettersStep) -> StatementLettersOutcome:
        """Make the letters of a batch of statements that have none yet, keep them and hand them over."""
        written, next_after = await self.letters.write_batch(run_id=step.run_id, after=step.after, today=step.today)
        return StatementLettersOutcome(written=written, next_after=next_after)

    @activity.defn
    async def note_regularisation_status(self, step: RegularisationStatus) -> None:
        """Note the stage of a run."""
        async with self.database.transaction() as connection:
            await store.set_status(connection, run_id=step.run_id, status=step.status)
