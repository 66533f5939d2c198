"""Changes of what quarters are owed, kept with what they were assessed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.billing.assessment.service import ExplainedStep, explained_steps
from services.billing.charge_changes.rules.entries import ChargeChange
from services.billing.charge_changes.rules.explanation import explain_change
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.quarterly.service.contributions import keep_law
from shared.platform.database import Connection


async def write_changes(connection: Connection, changes: Sequence[ChargeChange], law: AssessmentLaw) -> None:
    """Write changes and the numbers of the law they rest on; their entries were booked before.

    Raises:
        psycopg.errors.UniqueViolation: a change of this number, or of this cause, is there already.
    """
    rows: list[tuple[Any, ...]] = []
    for change in changes:
        law_id = await keep_law(connection, law.of(change.previous.quarter))
        rows.append(
            (
                change.dossier,
                str(change.previous.quarter),
                change.previous.changes + 1,
                str(change.cause),
                change.cause_id,
                change.category,
                change.contribution_cents,
                change.fee_cents,
                change.previous.contribution_cents,
                change.previous.fee_cents,
                change.changed_on,
                change.due_on,
                change.row["contribution_cents"],
                change.row["fee_cents"],
                change.row["income_basis"],
                change.row["income_cents"],
                change.row["income_quarters"],
                change.row["first_quarter"],
                change.row["fee_rate_millionths"],
                law_id,
                None if change.entry is None else change.entry.entry_id,
            )
        )
    rules = [
        (change.dossier, str(change.previous.quarter), change.previous.changes + 1, str(change.row["rule"]))
        for change in changes
        if change.row["rule"] != change.category
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into contribution_rule (dossier, quarter, number, rule) values (%s, %s, %s, %s)", rules
        )
        await cursor.executemany(
            "insert into contribution_change (dossier, quarter, number, cause, cause_id, category, "
            "contribution_cents, fee_cents, previous_contribution_cents, previous_fee_cents, changed_on, due_on, "
            "assessed_contribution_cents, assessed_fee_cents, income_basis, income_cents, income_quarters, "
            "first_quarter, fee_rate_millionths, law_id, entry_id) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def steps_of_change(change: dict[str, Any], language: str) -> tuple[ExplainedStep, ...]:
    """Explain a kept change step by step."""
    return explained_steps(explain_change(change, language=language))
