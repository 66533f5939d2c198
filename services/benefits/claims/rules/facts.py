"""What the rules of the droit passerelle look at, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter

#: What a rule looked at; only plain values, so that a decision can be kept as it was taken.
RuleFacts = Mapping[str, str | int | bool | list[str] | None]


class Outcome(StrEnum):
    """What a rule says of a claim."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


class AskedOf(StrEnum):
    """Who has to bring what a rule still misses; only the applicant's silence suspends the deadline of the Charter."""

    APPLICANT = "applicant"
    STAFF = "staff"


class Verdict(StrEnum):
    """What the rules together say of a claim."""

    GRANTED = "granted"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"


class Ground(StrEnum):
    """Why the activity stopped (art. 190): six forced interruptions, three kinds of economic difficulty."""

    BANKRUPTCY = "bankruptcy"
    NATURAL_DISASTER = "naturalDisaster"
    FIRE = "fire"
    DETERIORATION = "deterioration"
    ALLERGY = "allergy"
    THIRD_PARTY_OR_ECONOMIC_EVENT = "thirdPartyOrEconomicEvent"
    INTEGRATION_INCOME = "integrationIncome"
    EXEMPTION_LAST_12_MONTHS = "exemptionLast12Months"
    INCOME_BELOW_THRESHOLD = "incomeBelowThreshold"


@dataclass(frozen=True, kw_only=True)
class QuarterRecord:
    """What is known of one quarter of the career: subject as what, and whether its contribution was really paid.

    ``paid`` is true when the provisional contribution that was legally due arrived in full, or when the national
    register attests that the quarter built up pension rights, ``None`` when nobody knows; ``open`` when something is
    due and can still be paid.
    """

    quarter: Quarter
    category: Category
    paid: bool | None
    open: bool
    source: str


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """All that the rules look at; ``None`` means that nobody has said it yet.

    ``pension_quarters`` counts the quarters with pension rights from the quarter of the fact before to that of this one
    (art. 193 par. 3); nobody asks it of a first fact.
    """

    ground: Ground
    fact_on: date
    received_on: date
    assessed_on: date
    stopped_all_activity: bool | None
    evidence_received: bool
    resides_in_belgium: bool | None
    convicted: bool | None
    provoked: bool | None
    interruption_ends_before: date | None
    previous_months: int | None
    previous_quarters: int | None
    replacement_income_cents: int | None
    amount_known: bool
    quarters: tuple[QuarterRecord, ...]
    pension_quarters: int | None = None


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """What one rule said, on which facts, by which article."""

    rule: str
    article: str
    outcome: Outcome
    facts: RuleFacts
    asked_of: AskedOf | None = None

    def waits_for_applicant(self) -> bool:
        """Tell whether the rule can't be answered before the applicant brings something."""
        return self.outcome is Outcome.MAYBE and self.asked_of is AskedOf.APPLICANT


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The verdict on a claim with every rule that led to it."""

    verdict: Verdict
    results: tuple[RuleResult, ...]

    def failed(self) -> tuple[RuleResult, ...]:
        """Give the rules that say no, in the order of the law."""
        return tuple(result for result in self.results if result.outcome is Outcome.NO)

    def missing(self) -> tuple[RuleResult, ...]:
        """Give the rules that cannot be answered yet, in the order of the law."""
        return tuple(result for result in self.results if result.outcome is Outcome.MAYBE)

    def waits_for_applicant(self) -> bool:
        """Tell whether the applicant has to bring something (Charter art. 10: the deadline is then suspended)."""
        return any(result.waits_for_applicant() for result in self.results)
