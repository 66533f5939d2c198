"""What a notice of contribution says: amounts, their reasons in plain words, and what happens when nobody pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.billing.assessment.rules import ExplanationLine
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A contribution that is claimed.

    Attributes:
        reference: twelve digits of the structured reference.
        charged_cents: contribution and management fee.
        credit_used_cents: what had been paid too much before and was used for it.
        quarterly_rate: surcharge at the end of each quarter (RGS art. 44), 0.03.
        yearly_rate: surcharge on 1 January (RGS art. 44bis), 0.07.
        explanation: the reasons of the amount, step by step, in the reader's language.
    """

    reference: str
    file_number: int
    quarter: Quarter
    issued_on: date
    due_on: date
    contribution_cents: int
    fee_cents: int
    charged_cents: int
    credit_used_cents: int
    quarterly_rate: Decimal
    yearly_rate: Decimal
    explanation: tuple[ExplanationLine, ...]

    @property
    def to_pay_cents(self) -> int:
        """What is left to pay after a credit was used; never less than nothing."""
        return max(0, self.charged_cents - self.credit_used_cents)
