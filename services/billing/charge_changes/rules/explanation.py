"""The reasons of a changed contribution, computed again from what was kept of it by the one computation there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.assessment.rules import STORED_INPUTS, ExplanationLine, explain, law_from_document, stored_row


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """A change of what a quarter is owed, with what it was assessed from.

    Attributes:
        number: how manieth change of its quarter.
        cause: a ``ChangeCause``; ``cause_id`` is the statement or the request.
        assessed_contribution_cents: what the computation gave; more can be owed, because what was paid stays.
        law: the numbers of the law it was assessed with, as ``law_json`` wrote them.
        rule: the rule it was assessed by, where that is not the one of its category.
    """

    quarter: str
    number: int
    cause: str
    cause_id: UUID
    category: str
    contribution_cents: int
    fee_cents: int
    previous_contribution_cents: int
    previous_fee_cents: int
    changed_on: date
    due_on: date
    assessed_contribution_cents: int
    assessed_fee_cents: int
    income_basis: str
    income_cents: int | None
    income_quarters: int
    first_quarter: bool
    fee_rate_millionths: int
    law: Mapping[str, Any]
    rule: str | None

    @property
    def total_cents(self) -> int:
        """Contribution and fee from now on."""
        return self.contribution_cents + self.fee_cents

    @property
    def previous_total_cents(self) -> int:
        """Contribution and fee before."""
        return self.previous_contribution_cents + self.previous_fee_cents

    @property
    def difference_cents(self) -> int:
        """What is owed more; less when negative."""
        return self.total_cents - self.previous_total_cents


def change_row(change: KeptChange) -> dict[str, Any]:
    """Give the row of the computation of a kept change.

    Raises:
        ExplanationDiffers: the computation does not give what was assessed then.
    """
    contribution, fee = change.assessed_contribution_cents, change.assessed_fee_cents
    kept = {
        **{name: getattr(change, name) for name in (*STORED_INPUTS, "rule")},
        "contribution_cents": contribution,
        "fee_cents": fee,
        "total_cents": contribution + fee,
    }
    return stored_row(kept, law=law_from_document(change.law))


def explain_change(change: KeptChange, *, language: str) -> list[ExplanationLine]:
    """Explain what a changed quarter was assessed to, step by step; the reasons of the law stay those of then."""
    return explain(change_row(change), law=law_from_document(change.law), language=language)
