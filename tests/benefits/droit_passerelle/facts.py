"""What the rules look at, as cases/claims.yaml gives it, changed as a test asks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.benefits.claims.rules.entitlement import law_on
from services.benefits.claims.rules.facts import ClaimFacts, Ground, QuarterRecord
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

CLAIMS = yaml.safe_load((Path(__file__).parent / "cases" / "claims.yaml").read_text(encoding="utf-8"))
PARAMETERS = Parameters.load()
LAW = law_on(parameters=PARAMETERS, fact_on=date(2026, 3, 10))


def claim_facts(change: dict[str, Any] | None = None, quarters: list[list[str]] | None = None) -> ClaimFacts:
    """Return the facts of a good claim with changes, and with other quarters when they are given."""
    given = {**CLAIMS["base"], **(change or {})}
    rows = given["quarters"] if quarters is None else quarters
    return ClaimFacts(
        ground=Ground(given["ground"]),
        fact_on=given["factOn"],
        received_on=given["receivedOn"],
        assessed_on=given["assessedOn"],
        stopped_all_activity=given["stoppedAllActivity"],
        evidence_received=given["evidenceReceived"],
        resides_in_belgium=given["residesInBelgium"],
        convicted=given["convicted"],
        provoked=given["provoked"],
        interruption_ends_before=given["interruptionEndsBefore"],
        previous_months=given["previousMonths"],
        previous_quarters=given["previousQuarters"],
        replacement_income_cents=given["replacementIncomeCents"],
        amount_known=given["amountKnown"],
        pension_quarters=given["pensionQuarters"],
        quarters=tuple(
            QuarterRecord(
                quarter=Quarter.parse(quarter),
                category=Category(category),
                paid=None if state == "unknown" else state == "paid",
                open=state == "open",
                source="billing",
            )
            for quarter, category, state in rows
        ),
    )
