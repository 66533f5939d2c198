"""What will be due when, over the coming quarters, with the regularisations an expected income would bring.

A forecast is no bill. Quarters whose law is not published yet are computed with the latest law that is, and marked so;
years whose income nobody told are computed on the income the asker expects, or on the best income that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from services.billing.dossier_facts.rules.facts import DossierFacts, KnownIncome
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.forecast.rules.quarters import Basis, ForecastLine, ForecastQuarter, LineKind, forecast_quarter
from services.billing.forecast.rules.statements import regularisation_lines
from shared.law.income_year import reference_years
from shared.law.quarter import Quarter, quarters_between

HORIZON_QUARTERS: Final = 8


class IncomeTold(ValueError):
    """An income is expected of a year whose income was told; the message says when."""

    def __init__(self, year: int, known_on: date) -> None:
        super().__init__(f"the income of {year} was told on {known_on.isoformat()}: it counts, and none is expected")
        self.year = year


def forecast(
    facts: DossierFacts, *, today: date, expected_incomes: Mapping[int, int], law: AssessmentLaw
) -> list[ForecastLine]:
    """Give what is due in the quarter of a day and the seven after it, in the order of the days.

    Args:
        facts: what the books know.
        today: the day of the forecast.
        expected_incomes: income in cents of years of which nobody told the income yet, as the asker expects them; of
            the helped person when the forecast is that of a mini spouse.
        law: the law and the fund's fees.

    Raises:
        IncomeTold: the income of an expected year was told already.
        ParameterMissing: no law of the last years is known at all.
    """
    first = Quarter.of(today)
    horizon = quarters_between(first, first.next(HORIZON_QUARTERS - 1))
    expected = _with_expected(facts, expected_incomes)
    quarters: dict[Quarter, ForecastQuarter] = {}
    lines: list[ForecastLine] = []
    for quarter in horizon:
        found = forecast_quarter(expected, quarter, law)
        if found is not None:
            quarters[quarter] = found
            lines.append(_contribution_line(found, expected))
    last_day = horizon[-1].last_day
    first_year = min((quarter.year for quarter in facts.charges), default=today.year)
    for year in range(first_year, horizon[-1].year + 1):
        lines += regularisation_lines(facts, expected, year, today, last_day, quarters, law)
    return sorted(lines, key=lambda line: (line.due_on, line.about, line.kind))


def _with_expected(facts: DossierFacts, expected_incomes: Mapping[int, int]) -> DossierFacts:
    """Add the expected incomes as if they were told when the tax administration tells them at the latest.

    An expected income is that of whoever's counts for the year: of a mini spouse, the helped person's (RGS art. 11).

    Raises:
        IncomeTold: the income of one of the years was told already.
    """
    for year in sorted(expected_incomes):
        told = facts.definitive_income(year)
        if told is not None:
            raise IncomeTold(year, told.known_on)
    helped = {dossier: _and_expected(other, expected_incomes) for dossier, other in facts.helped.items()}
    return replace(_and_expected(facts, expected_incomes), helped=helped)


def _and_expected(facts: DossierFacts, expected_incomes: Mapping[int, int]) -> DossierFacts:
    told = {income.year for income in facts.incomes if income.known_on.year > income.year}
    added = tuple(
        KnownIncome(year=year, known_on=date(year + reference_years(year), 1, 1), income_cents=cents)
        for year, cents in expected_incomes.items()
        if year not in told
    )
    return replace(facts, incomes=(*facts.incomes, *added))


def _contribution_line(found: ForecastQuarter, facts: DossierFacts) -> ForecastLine:
    estimate = facts.estimates.get(found.quarter.year)
    income = estimate.income_cents if estimate is not None else found.answer.row.get("income_cents")
    return ForecastLine(
        kind=LineKind.CONTRIBUTION,
        due_on=found.quarter.last_day,
        about=str(found.quarter),
        amount_cents=None if found.basis is Basis.UNKNOWN else found.total_cents,
        basis=found.basis,
        article="RGS art. 42",
        income_cents=income,
        law_of=None if found.law_of is None else str(found.law_of),
        note=found.answer.problem or "",
    )
