"""Reductions and increases of provisional contributions on request (royal decree 38, art. 11 par. 3 al. 5 to 8).

Since 2022 any estimated income from the least one of the category on is allowed. What was paid is never given back
before the definitive income is known: a quarter that was billed already goes down to what was paid at most. An increase
is free as long as no undisputed debt is overdue. When the estimate proves too low, art. 11bis asks surcharges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from services.billing.domain.assessment import IncomeBasis
from services.billing.domain.dossier_facts import DossierFacts, Estimate
from services.billing.domain.surcharges import Surcharge, unjustified_reduction_base, unjustified_reduction_surcharges
from services.billing.domain.year_assessment import AssessmentLaw, QuarterAnswer, QuarterQuestion
from shared.law.calendar import add_months
from shared.law.money import divide_half_up
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

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
        current_cents: what is asked now, after an earlier request.
        asked_cents: what would be asked on the estimate.
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
    current = provisional_bill(facts, year=year, law=law, estimated=True).total_cents
    asked = provisional_bill(asked_facts, year=year, law=law, estimated=True).total_cents
    minimum = min(law.of(quarter).category(str(facts.category(quarter))).minimum_cents for quarter in quarters)
    whole_year = divide_half_up(estimate_cents * _QUARTERS_OF_YEAR, estimated_quarters(facts, year=year))
    problems: list[Finding] = []
    if facts.statements_of(year):
        problems.append(Finding.ALREADY_DEFINITIVE)
    if kind is RequestKind.REDUCTION:
        problems += [Finding.EVIDENCE_MISSING] if not evidence else []
        problems += [Finding.BELOW_MINIMUM] if whole_year < minimum else []
        problems += [Finding.NOT_LOWER] if asked >= current else []
    else:
        problems += [Finding.NOT_HIGHER] if asked <= current else []
        problems += [Finding.DEBT_OVERDUE] if overdue_cents > 0 else []
    return RequestFindings(
        kind=kind,
        legal_cents=provisional_bill(facts, year=year, law=law, estimated=False).total_cents,
        current_cents=current,
        asked_cents=asked,
        minimum_income_cents=minimum,
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens if the income of the year turns out to be a given one; amounts of the year.

    Attributes:
        supplement_cents: what the regularisation would claim after the reduction; negative when it gives back.
        supplement_without_cents: the same without the reduction.
        spared_cents: what the reduction wrongly spared (art. 11bis).
        surcharges: what that costs if nothing of it is paid before the statement.
    """

    income_cents: int
    definitive_cents: int
    supplement_cents: int
    supplement_without_cents: int
    spared_cents: int
    surcharges: tuple[Surcharge, ...]

    @property
    def surcharge_cents(self) -> int:
        """What the reduction would cost in surcharges."""
        return sum(surcharge.cents for surcharge in self.surcharges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a reduction saves now and what it risks later."""

    year: int
    findings: RequestFindings
    saved_cents: int
    statement_on: date
    scenarios: tuple[Scenario, ...]


def expected_income_on(year: int, *, parameters: Parameters) -> date:
    """Give the day the tax administration is expected to have told the income of a year at the latest."""
    first_day = date(year, 1, 1)
    months = parameters.integer("contributions.incomeToldMonths", on=first_day)
    return add_months(first_day, months) - timedelta(days=1)


def advise(
    facts: DossierFacts,
    *,
    year: int,
    estimate_cents: int,
    incomes_cents: Sequence[int],
    evidence: Sequence[str],
    law: AssessmentLaw,
) -> Advice:
    """Say what a reduction saves and what it risks, for each income the year may turn out to have.

    The statement is expected when the income is told at the latest; the surcharges are those of somebody who pays the
    reduced contributions and nothing more before.

    Raises:
        NotComputable: what the law asks for the year cannot be said.
    """
    findings = examine(
        facts,
        year=year,
        kind=RequestKind.REDUCTION,
        estimate_cents=estimate_cents,
        evidence=evidence,
        overdue_cents=0,
        law=law,
    )
    legal = provisional_bill(facts, year=year, law=law, estimated=False)
    asked_facts = with_estimate(facts, year=year, kind=RequestKind.REDUCTION, income_cents=estimate_cents)
    reduced = provisional_bill(asked_facts, year=year, law=law, estimated=True)
    statement_on = expected_income_on(year, parameters=law.parameters)
    scenarios = tuple(
        _scenario(facts, year, income, (legal, reduced), statement_on, law) for income in sorted(set(incomes_cents))
    )
    return Advice(
        year=year,
        findings=findings,
        saved_cents=legal.total_cents - reduced.total_cents,
        statement_on=statement_on,
        scenarios=scenarios,
    )


def _scenario(
    facts: DossierFacts,
    year: int,
    income_cents: int,
    bills: tuple[YearBill, YearBill],
    statement_on: date,
    law: AssessmentLaw,
) -> Scenario:
    legal, reduced = bills
    definitive = definitive_bill(facts, year=year, income_cents=income_cents, law=law)
    spared = unjustified_reduction_base(
        definitive_cents=definitive.contribution_cents,
        legal_cents=legal.contribution_cents,
        reduced_cents=reduced.contribution_cents,
    )
    surcharges = unjustified_reduction_surcharges(
        year=year,
        base_cents=spared,
        payments=[],
        regularised_on=statement_on,
        until=statement_on - timedelta(days=1),
        parameters=law.parameters,
    )
    return Scenario(
        income_cents=income_cents,
        definitive_cents=definitive.total_cents,
        supplement_cents=definitive.total_cents - reduced.total_cents,
        supplement_without_cents=definitive.total_cents - legal.total_cents,
        spared_cents=spared,
        surcharges=tuple(surcharges),
    )
