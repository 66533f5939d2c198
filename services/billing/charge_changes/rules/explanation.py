"""The reasons of a changed contribution, computed again from what was kept of it by the one computation there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.billing.assessment.rules import ExplanationLine, explain, law_from_document, stored_row


def change_row(change: Mapping[str, Any]) -> dict[str, Any]:
    """Give the row of the computation of a kept change.

    Raises:
        ExplanationDiffers: the computation does not give what was assessed then.
    """
    law = law_from_document(change["law"])
    contribution, fee = change["assessed_contribution_cents"], change["assessed_fee_cents"]
    kept = {**change, "contribution_cents": contribution, "fee_cents": fee, "total_cents": contribution + fee}
    return stored_row(kept, law=law)


def explain_change(change: Mapping[str, Any], *, language: str) -> list[ExplanationLine]:
    """Explain what a changed quarter was assessed to, step by step; the reasons of the law stay those of then."""
    return explain(change_row(change), law=law_from_document(change["law"]), language=language)
