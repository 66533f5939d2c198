"""Changes of what quarters are owed: written with the law they rest on, and explained again."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.assessment.service import ExplainedStep, explained_steps
from services.billing.charge_changes import store
from services.billing.charge_changes.rules.entries import ChargeChange
from services.billing.charge_changes.rules.explanation import KeptChange, explain_change
from services.billing.charge_changes.store import changes_caused_by, changes_of
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.quarterly.service.contributions import keep_law
from shared.platform.database.connections import Connection

__all__ = ["changes_caused_by", "changes_of", "steps_of_change", "write_changes"]


async def write_changes(connection: Connection, changes: Sequence[ChargeChange], law: AssessmentLaw) -> None:
    """Write changes and the numbers of the law they rest on; their entries were booked before.

    Raises:
        psycopg.errors.UniqueViolation: a change of this number, or of this cause, is there already.
    """
    kept = [(change, await keep_law(connection, law.of(change.previous.quarter))) for change in changes]
    await store.insert_changes(connection, kept)


def steps_of_change(change: KeptChange, language: str) -> tuple[ExplainedStep, ...]:
    """Explain a kept change step by step."""
    return explained_steps(explain_change(change, language=language))
