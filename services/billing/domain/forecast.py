"""What will be due when, over the coming quarters, with the regularisations an expected income would bring.

A forecast is no bill. Quarters whose law is not published yet are computed with the latest law that is, and marked so;
years whose income nobody told are computed on the income the asker expects, or on the best income that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from services.billing.domain.assessment import IncomeBasis
from services.billing.domain.dossier_facts import DossierFacts, KnownIncome
from services.billing.domain.reduction_advice import expected_income_on
from services.billing.domain.regularisation import supplement_due_on
from services.billing.domain.surcharges import unjustified_reduction_base, unjustified_reduction_surcharges
from services.billing.domain.year_assessment import AssessmentLaw, QuarterAnswer, QuarterQuestion
from shared.law.calendar import add_months
from shared.law.income_year import reference_year, reference_years
from shared.law.parameters import ParameterMissing
from shared.law.quarter import Quarter, quarters_between

HORIZON_QUARTERS: Final = 8
_LAW_YEARS_BACK_MAX: Final = 3


class LineKind(StrEnum):
    """What a line of a forecast is."""

    CONTRIBUTION = "contribution"
    REGULARISATION = "regularisation"
    REDUCTION_SURCHARGE = "reductionSurcharge"


class Basis(StrEnum):
    """How sure a line is, from the surest down."""

    BILLED = "billed"
    COMPUTED = "computed"
    ASSUMED_LAW = "assumedLaw"
    EXPECTED_INCOME = "expectedIncome"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastLine:
    """An amount that will be due, or come back when it is negative.

    Attributes:
        about: the quarter or year it is about.
        amount_cents: None when nobody can say yet; ``note`` says why.
        law_of: the quarter whose law was taken, when that of the quarter itself is not published.
        income_cents: the income it was computed on, where there is one.
    """

    kind: LineKind
    due_on: date
    about: str
    amount_cents: int | None
    basis: Basis
    article: str
    income_cents: int | None = None
    law_of: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quarter:
    """What a quarter is billed or expected to be billed."""

    quarter: Quarter
    answer: QuarterAnswer
    basis: Basis
    law_of: Quarter | None
    contribution_cents: int
    total_cents: int


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
        ParameterMissing: no law of the last years is known at all.
    """
    first = Quarter.of(today)
    horizon = quarters_between(first, first.next(HORIZON_QUARTERS - 1))
    expected = _with_expected(facts, expected_incomes)
    quarters: dict[Quarter, _Quarter] = {}
    lines: list[ForecastLine] = []
    for quarter in horizon:
        found = _provisional(expected, quarter, law)
        if found is not None:
            quarters[quarter] = found
            lines.append(_contribution_line(found, expected))
    last_day = horizon[-1].last_day
    first_year = min((quarter.year for quarter in facts.charges), default=today.year)
    for year in range(first_year, horizon[-1].year + 1):
        lines += _regularisation_lines(facts, expected, year, today, last_day, quarters, law)
    return sorted(lines, key=lambda line: (line.due_on, line.about, line.kind))


def _with_expected(facts: DossierFacts, expected_incomes: Mapping[int, int]) -> DossierFacts:
    """Add the expected incomes as if they were told when the tax administration tells them at the latest.

    Those of a mini spouse are expected of the helped person, whose incomes count (RGS art. 11 par. 2).
    """
    told = {income.year for income in facts.incomes}
    added = tuple(
        KnownIncome(year=year, known_on=date(year + reference_years(year), 1, 1), income_cents=cents)
        for year, cents in expected_incomes.items()
        if year not in told
    )
    helped = {dossier: _with_expected(other, expected_incomes) for dossier, other in facts.helped.items()}
    return replace(facts, incomes=(*facts.incomes, *added), helped=helped)


def _provisional(facts: DossierFacts, quarter: Quarter, law: AssessmentLaw) -> _Quarter | None:
    if quarter in facts.relieved:
        return None
    charge = facts.charges.get(quarter)
    if charge is not None:
        return _Quarter(
            quarter=quarter,
            answer=QuarterAnswer(),
            basis=Basis.BILLED,
            law_of=None,
            contribution_cents=charge.provisional_contribution_cents,
            total_cents=charge.total_cents,
        )
    known = facts.known_subject(quarter, estimated=True)
    if known is None:
        return None
    published = published_quarter(quarter, law)
    basis = Basis.COMPUTED if published == quarter else Basis.ASSUMED_LAW
    if known.estimate_cents is None and known.income_year is not None and published != quarter:
        # Under the law of an earlier year the reference year is that year's own: the same income is taken.
        known = replace(known, income_year=reference_year(published.year))
    if known.began_on.year > reference_year(quarter.year) and published != quarter:
        known = replace(known, began_on=date(published.year, 1, 1), first_activity=False)
    elif published != quarter:
        known = replace(known, began_on=min(known.began_on, date(reference_year(published.year) - 1, 1, 1)))
    answer = law.provisional([(published, known)])[0]
    if answer.problem is not None:
        basis = Basis.UNKNOWN
    return _Quarter(
        quarter=quarter,
        answer=answer,
        basis=basis,
        law_of=None if published == quarter else published,
        contribution_cents=answer.contribution_cents,
        total_cents=answer.total_cents,
    )


def published_quarter(quarter: Quarter, law: AssessmentLaw) -> Quarter:
    """Give the quarter itself when its law is published, else the same quarter of the latest year whose law is.

    Raises:
        ParameterMissing: the law of the last years is not known either.
    """
    for back in range(_LAW_YEARS_BACK_MAX):
        candidate = quarter.previous(4 * back)
        try:
            law.of(candidate)
        except ParameterMissing:
            continue
        return candidate
    law.of(quarter)
    raise ValueError("the law was missing and is there")


def _contribution_line(found: _Quarter, facts: DossierFacts) -> ForecastLine:
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


def _regularisation_lines(
    facts: DossierFacts,
    expected: DossierFacts,
    year: int,
    today: date,
    last_day: date,
    quarters: Mapping[Quarter, _Quarter],
    law: AssessmentLaw,
) -> list[ForecastLine]:
    """Give the statement of a year that is still to come, with the surcharges of a reduction that would prove wrong."""
    if facts.statements_of(year):
        return []
    owed = [quarter for quarter in facts.subject_quarters(year) if quarter not in facts.relieved]
    before = {quarter: quarters.get(quarter) or _provisional(expected, quarter, law) for quarter in owed}
    billed = {quarter: one for quarter, one in before.items() if one is not None and one.basis is not Basis.UNKNOWN}
    if not billed or (year < today.year and not any(quarter in facts.charges for quarter in owed)):
        return []
    # A statement that is already late can come any day: it is expected in the coming month.
    statement_on = max(expected_income_on(year, parameters=law.parameters), add_months(today, 1))
    due_on = supplement_due_on(statement_on, quarter=owed[-1], parameters=law.parameters)
    if due_on > last_day:
        return []
    owner = expected.income_owner(year)
    incomes = () if owner is None else owner.incomes
    income = next((one for one in reversed(incomes) if one.year == year), None)
    if income is None:
        return [
            ForecastLine(
                kind=LineKind.REGULARISATION,
                due_on=due_on,
                about=str(year),
                amount_cents=None,
                basis=Basis.UNKNOWN,
                article="AR38 art. 11 par. 5",
                note=f"no income of {year} is known or expected: give one to see its regularisation"
                if owner is not None
                else f"whose income of {year} counts is not known, or it is that of several people",
            )
        ]
    return _statement(expected, year, income.income_cents, statement_on, due_on, billed, law)


def _statement(
    facts: DossierFacts,
    year: int,
    income_cents: int,
    statement_on: date,
    due_on: date,
    billed: Mapping[Quarter, _Quarter],
    law: AssessmentLaw,
) -> list[ForecastLine]:
    count = facts.income_quarters(year)
    laws = {quarter: published_quarter(quarter, law) for quarter in billed}
    answers = law.answers(
        [
            QuarterQuestion(
                quarter=laws[quarter],
                category=str(facts.category(quarter)),
                income_cents=income_cents,
                basis=IncomeBasis.DEFINITIVE,
                income_quarters=count,
                first_quarter=facts.is_first_quarter(quarter),
                options=facts.options_in(quarter),
            )
            for quarter in billed
        ]
    )
    problem = next((answer.problem for answer in answers if answer.problem is not None), None)
    assumed = [str(taken) for quarter, taken in laws.items() if taken != quarter]
    line = ForecastLine(
        kind=LineKind.REGULARISATION,
        due_on=due_on,
        about=str(year),
        amount_cents=None
        if problem is not None
        else sum(answer.total_cents for answer in answers) - sum(one.total_cents for one in billed.values()),
        basis=Basis.UNKNOWN if problem is not None else Basis.EXPECTED_INCOME,
        article="AR38 art. 11 par. 5; RGS art. 43",
        income_cents=income_cents,
        law_of=assumed[-1] if assumed else None,
        note=problem or "",
    )
    if problem is not None or year not in facts.estimates or facts.estimates[year].kind != "reduction":
        return [line]
    surcharge = _surcharge_line(facts, year, statement_on, due_on, (billed, answers), law)
    return [line] if surcharge is None else [line, surcharge]


def _surcharge_line(
    facts: DossierFacts,
    year: int,
    statement_on: date,
    due_on: date,
    amounts: tuple[Mapping[Quarter, _Quarter], list[QuarterAnswer]],
    law: AssessmentLaw,
) -> ForecastLine | None:
    """Give what art. 11bis would ask if the reduction proves wrong and nothing more is paid before the statement."""
    billed, answers = amounts
    legal_subjects = [
        (published_quarter(quarter, law), known)
        for quarter in billed
        if (known := facts.known_subject(quarter, estimated=False)) is not None
    ]
    legal = law.provisional(legal_subjects)
    if any(answer.problem is not None for answer in legal):
        return None
    spared = unjustified_reduction_base(
        definitive_cents=sum(answer.contribution_cents for answer in answers),
        legal_cents=sum(answer.contribution_cents for answer in legal),
        reduced_cents=sum(one.contribution_cents for one in billed.values()),
    )
    surcharges = unjustified_reduction_surcharges(
        year=year,
        base_cents=spared,
        payments=[],
        regularised_on=statement_on,
        until=statement_on,
        parameters=law.parameters,
    )
    if not surcharges:
        return None
    return ForecastLine(
        kind=LineKind.REDUCTION_SURCHARGE,
        due_on=due_on,
        about=str(year),
        amount_cents=sum(surcharge.cents for surcharge in surcharges),
        basis=Basis.EXPECTED_INCOME,
        article="AR38 art. 11bis",
        note="if nothing of it is paid before the statement",
    )
