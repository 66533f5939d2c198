"""Reductions and increases of provisional contributions on request (royal decree 38, art. 11 par. 3 al. 5 to 8).

Since 2022 any estimated income from the least one of the category on is allowed. What was paid is never given back
before the definitive income is known: a quarter that was billed already goes down to what was paid at most. An increase
is free as long as no undisputed debt is overdue. When the estimate proves too low, art. 11bis asks surcharges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from services.billing.assessment.rules import IncomeBasis, rule_of
from services.billing.dossier_facts.rules.facts import DossierFacts, Estimate, QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer, QuarterQuestion
from shared.law.money import divide_half_up
from shared.law.quarter import Quarter

# see limits: no-reductions-before-2022
#: Before it only fixed steps were allowed (royal decree of 23-12-2021); nobody can ask for those years any more.
FIRST_YEAR: Final = 2022
_QUARTERS_OF_YEAR: Final = 4


class RequestKind(StrEnum):
    """What somebody asks."""

    REDUCTION = "reduction"
    INCREASE = "increase"


class Evidence(StrEnum):
    """Objective elements that can come with a request (art. 11 par. 3 al. 6)."""

    INTERIM_ACCOUNTS = "interimAccounts"
    VAT_RETURNS = "vatReturns"
    ACCOUNTANT_STATEMENT = "accountantStatement"
    TAX_ASSESSMENT = "taxAssessment"
    MEDICAL_CERTIFICATE = "medicalCertificate"
    LOST_CONTRACT = "lostContract"
    OTHER = "other"


class Finding(StrEnum):
    """What the rules hold against a request."""

    NOT_SUBJECT = "notSubject"
    ALREADY_DEFINITIVE = "alreadyDefinitive"
    EVIDENCE_MISSING = "evidenceMissing"
    BELOW_MINIMUM = "belowMinimum"
    NOT_LOWER = "notLower"
    NOT_HIGHER = "notHigher"
    DEBT_OVERDUE = "debtOverdue"


#: Why a request was decided, besides the findings.
GRANTED_REASONS: Final = ("objectiveEvidence", "withinLaw")
REFUSED_REASONS: Final = ("evidenceInsufficient", *(str(finding) for finding in Finding))


class NotComputable(ValueError):
    """What a year is owed cannot be said; the message names what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFindings:
    """What the rules say of a request; amounts are those of the whole year, management fee included.

    Attributes:
        legal_cents: what the law asks without any request.
        current_cents: what is asked now, after an earlier request: what was billed, and what will be.
        asked_cents: what would be asked on the estimate; what was paid of a quarter stays.
        minimum_income_cents: least income of the category, 0 when there is none; of several categories in one year
            that which asks least, as the quarters of the others are billed on their own minimum anyhow.
    """

    kind: RequestKind
    legal_cents: int
    current_cents: int
    asked_cents: int
    minimum_income_cents: int
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a request was decided, and why."""

    outcome: str
    reason: str
    decided_on: date
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A request as it was kept, with its decision where there is one.

    Attributes:
        estimate_quarters: quarters of the year the estimate is the income of.
        findings: what the rules said of it when it came.
        applied_on: the day what was billed was changed by it.
    """

    request_id: UUID
    dossier: UUID
    file_number: int
    year: int
    kind: RequestKind
    estimate_cents: int
    estimate_quarters: int
    received_on: date
    received_by: str
    evidence: list[str]
    findings: RequestFindings
    decision: Decision | None
    applied_on: date | None


def findings_document(findings: RequestFindings) -> dict[str, Any]:
    """Write findings as the JSON they are kept as."""
    return {
        "legalCents": findings.legal_cents,
        "currentCents": findings.current_cents,
        "askedCents": findings.asked_cents,
        "minimumIncomeCents": findings.minimum_income_cents,
        "problems": [str(problem) for problem in findings.problems],
    }


def findings_of(document: Mapping[str, Any], *, kind: RequestKind) -> RequestFindings:
    """Read back what ``findings_document`` wrote."""
    return RequestFindings(
        kind=kind,
        legal_cents=document["legalCents"],
        current_cents=document["currentCents"],
        asked_cents=document["askedCents"],
        minimum_income_cents=document["minimumIncomeCents"],
        problems=tuple(Finding(problem) for problem in document["problems"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class YearBill:
    """What the quarters of a year are owed on one basis."""

    quarters: tuple[Quarter, ...]
    answers: tuple[QuarterAnswer, ...]

    @property
    def contribution_cents(self) -> int:
        """Contributions without fee."""
        return sum(answer.contribution_cents for answer in self.answers)

    @property
    def total_cents(self) -> int:
        """Contributions and fees."""
        return sum(answer.total_cents for answer in self.answers)


def with_estimate(facts: DossierFacts, *, year: int, kind: RequestKind, income_cents: int) -> DossierFacts:
    """Give the facts as they would be if the estimate were granted."""
    estimate = Estimate(
        year=year, kind=str(kind), income_cents=income_cents, quarters=estimated_quarters(facts, year=year)
    )
    return replace(facts, estimates={**facts.estimates, year: estimate})


def estimated_quarters(facts: DossierFacts, *, year: int) -> int:
    """Give the quarters an estimate made now is about: an income of a year is earned while somebody is subject.

    Whoever is not known to be subject in the year at all can only mean a whole one.
    """
    # see limits: estimate-of-quarters-known-when-asked
    return len(facts.subject_quarters(year)) or _QUARTERS_OF_YEAR


def owed_quarters(facts: DossierFacts, year: int) -> tuple[Quarter, ...]:
    """Give the quarters of a year that are owed and not relieved."""
    return tuple(quarter for quarter in facts.subject_quarters(year) if quarter not in facts.relieved)


def provisional_bill(facts: DossierFacts, *, year: int, law: AssessmentLaw, estimated: bool) -> YearBill:
    """Give what a year is provisionally owed, with or without the estimate in force.

    Raises:
        NotComputable: the income the law takes, or the law itself, is not known.
    """
    quarters = owed_quarters(facts, year)
    subjects = [
        (quarter, known)
        for quarter in quarters
        if (known := facts.known_subject(quarter, estimated=estimated)) is not None
    ]
    return _bill(quarters, law.provisional(subjects))


def definitive_bill(facts: DossierFacts, *, year: int, income_cents: int, law: AssessmentLaw) -> YearBill:
    """Give what a year would be definitively owed on an income.

    Raises:
        NotComputable: a category or the law is not known.
    """
    quarters = owed_quarters(facts, year)
    count = facts.income_quarters(year)
    questions = [
        QuarterQuestion(
            quarter=quarter,
            category=str(facts.category(quarter)),
            income_cents=income_cents,
            basis=IncomeBasis.DEFINITIVE,
            income_quarters=count,
            first_quarter=facts.is_first_quarter(quarter),
            options=facts.options_in(quarter),
        )
        for quarter in quarters
    ]
    return _bill(quarters, law.answers(questions))


def _bill(quarters: tuple[Quarter, ...], answers: list[QuarterAnswer]) -> YearBill:
    for answer in answers:
        if answer.problem is not None:
            raise NotComputable(answer.problem)
    return YearBill(quarters=quarters, answers=tuple(answers))


def owed_after_request(charge: QuarterCharge, answer: QuarterAnswer, *, kind: RequestKind) -> tuple[int, int]:
    """Give the contribution and the fee that a billed quarter is owed once a request is granted.

    What was paid of it stays until the definitive income is known (art. 11 par. 3 al. 6 to 8), and what was paid beyond
    an earlier estimate never makes a reduction ask more than before.
    """
    contribution = max(answer.contribution_cents, charge.settled_contribution_cents)
    fee = max(answer.fee_cents, charge.settled_fee_cents)
    if kind is RequestKind.REDUCTION:
        contribution, fee = min(contribution, charge.contribution_cents), min(fee, charge.fee_cents)
    return contribution, fee


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedYear:
    """What a year is asked if a request is granted: contributions, and all with the fees."""

    contribution_cents: int
    total_cents: int


def granted_year(facts: DossierFacts, bill: YearBill, *, kind: RequestKind) -> GrantedYear:
    """Give what is asked if the estimate of a bill is granted, as granting it would change the quarters."""
    amounts: list[tuple[int, int]] = []
    for quarter, answer in zip(bill.quarters, bill.answers, strict=True):
        charge = facts.charges.get(quarter)
        if charge is None:
            amounts.append((answer.contribution_cents, answer.fee_cents))
        elif charge.taken_over_on is not None:
            # Another system billed it: a request leaves it as it is.
            amounts.append((charge.contribution_cents, charge.fee_cents))
        else:
            amounts.append(owed_after_request(charge, answer, kind=kind))
    return GrantedYear(
        contribution_cents=sum(contribution for contribution, _ in amounts),
        total_cents=sum(contribution + fee for contribution, fee in amounts),
    )


def _asked_now(facts: DossierFacts, bill: YearBill) -> int:
    """Give what a year is asked: what its quarters were billed, and what the others will be."""
    return sum(
        answer.total_cents if (charge := facts.charges.get(quarter)) is None else charge.total_cents
        for quarter, answer in zip(bill.quarters, bill.answers, strict=True)
    )


def _least_income(facts: DossierFacts, quarters: Sequence[Quarter], law: AssessmentLaw) -> int:
    """Give the least income that counts in a year, by the rule of each quarter with the choices within its category."""
    minima: list[int] = []
    for quarter in quarters:
        rule = rule_of(str(facts.category(quarter)), facts.options_in(quarter).choices)
        minima.append(law.of(quarter).category(rule).minimum_cents)
    return min(minima)


def examine(
    facts: DossierFacts,
    *,
    year: int,
    kind: RequestKind,
    estimate_cents: int,
    evidence: Sequence[str],
    overdue_cents: int,
    law: AssessmentLaw,
) -> RequestFindings:
    """Hold a request against the rules; a person decides on what is found.

    Args:
        facts: what the books know.
        year: the contribution year.
        kind: what is asked.
        estimate_cents: the income of the year as its earner estimates it.
        evidence: codes of the objective elements that came with it (art. 11 par. 3 al. 6).
        overdue_cents: undisputed debt that is overdue; it stands in the way of an increase (al. 5).
        law: the law and the fund's fees.

    Raises:
        NotComputable: what the law asks for the year cannot be said.
    """
    quarters = owed_quarters(facts, year)
    if not quarters:
        return RequestFindings(
            kind=kind,
            legal_cents=0,
            current_cents=0,
            asked_cents=0,
            minimum_income_cents=0,
            problems=(Finding.NOT_SUBJECT,),
        )
    asked_facts = with_estimate(facts, year=year, kind=kind, income_cents=estimate_cents)
    current = provisional_bill(facts, year=year, law=law, estimated=True)
    asked = provisional_bill(asked_facts, year=year, law=law, estimated=True)
    minimum = _least_income(facts, quarters, law)
    whole_year = divide_half_up(estimate_cents * _QUARTERS_OF_YEAR, estimated_quarters(facts, year=year))
    problems: list[Finding] = []
    if facts.statements_of(year):
        problems.append(Finding.ALREADY_DEFINITIVE)
    if kind is RequestKind.REDUCTION:
        problems += [Finding.EVIDENCE_MISSING] if not evidence else []
        problems += [Finding.BELOW_MINIMUM] if whole_year < minimum else []
        problems += [Finding.NOT_LOWER] if asked.total_cents >= current.total_cents else []
    else:
        problems += [Finding.NOT_HIGHER] if asked.total_cents <= current.total_cents else []
        problems += [Finding.DEBT_OVERDUE] if overdue_cents > 0 else []
    return RequestFindings(
        kind=kind,
        legal_cents=provisional_bill(facts, year=year, law=law, estimated=False).total_cents,
        current_cents=_asked_now(facts, current),
        asked_cents=granted_year(facts, asked, kind=kind).total_cents,
        minimum_income_cents=minimum,
        problems=tuple(problems),
    )
