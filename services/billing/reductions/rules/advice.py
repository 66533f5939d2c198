"""What a reduction of provisional contributions saves now and risks later (royal decree 38, art. 11 and 11bis)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.billing.dossier_facts.rules.facts import DossierFacts
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.lateness.rules.surcharges import (
    Surcharge,
    unjustified_reduction_base,
    unjustified_reduction_surcharges,
)
from services.billing.reductions.rules.reductions import (
    GrantedYear,
    RequestFindings,
    RequestKind,
    YearBill,
    definitive_bill,
    examine,
    granted_year,
    provisional_bill,
    with_estimate,
)
from shared.law.calendar import add_months
from shared.law.parameters import Parameters


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
    reduced contributions and nothing more before. What was paid of a quarter is neither saved nor spared: it stays.

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
    bill = provisional_bill(asked_facts, year=year, law=law, estimated=True)
    reduced = granted_year(facts, bill, kind=RequestKind.REDUCTION)
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
    bills: tuple[YearBill, GrantedYear],
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
