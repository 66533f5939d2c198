"""The statements of regularisation of a forecast: those that told incomes bring, and those of expected ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from services.billing.assessment.rules import IncomeBasis
from services.billing.dossier_facts.rules.facts import DossierFacts, KnownIncome
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer, QuarterQuestion
from services.billing.forecast.rules.quarters import (
    Basis,
    ForecastLine,
    ForecastQuarter,
    LineKind,
    forecast_quarter,
    published_quarter,
)
from services.billing.lateness.rules.surcharges import (
    REDUCTION_ARTICLE,
    unjustified_reduction_base,
    unjustified_reduction_surcharges,
)
from services.billing.reductions.rules.advice import expected_income_on
from services.billing.regularisation.rules import (
    NOTHING_TO_REGULARISE,
    REGULARISATION_ARTICLE,
    UNCLEAR_OWNERS,
    NotRegularised,
    regularise,
    statement_deadline,
    supplement_due_on,
)
from shared.law.calendar import add_months
from shared.law.quarter import Quarter


def regularisation_lines(
    facts: DossierFacts,
    expected: DossierFacts,
    year: int,
    today: date,
    last_day: date,
    quarters: Mapping[Quarter, ForecastQuarter],
    law: AssessmentLaw,
) -> list[ForecastLine]:
    """Give the statement of a year that is still to come, with the surcharges of a reduction that would prove wrong."""
    known = facts.definitive_income(year)
    if known is not None:
        return _told(facts, year, known, today, last_day, law)
    if facts.statements_of(year):
        return []
    owed = [quarter for quarter in facts.subject_quarters(year) if quarter not in facts.relieved]
    # A quarter of the past that was never billed has no share: a statement is about what was billed.
    before = {
        quarter: quarters.get(quarter) or forecast_quarter(expected, quarter, law)
        for quarter in owed
        if quarter in facts.charges or quarter in quarters
    }
    billed = {quarter: one for quarter, one in before.items() if one is not None and one.basis is not Basis.UNKNOWN}
    if not billed:
        return []
    # An income that is late already can come any day: its statement is expected in the coming month.
    statement_on = max(expected_income_on(year, parameters=law.parameters), add_months(today, 1))
    due_on = supplement_due_on(statement_on, quarter=owed[-1], parameters=law.parameters)
    if due_on > last_day:
        return []
    income = expected.definitive_income(year)
    if income is None:
        return [_unknown_statement(year, due_on, _why_unknown(expected, year))]
    lines = _statement(expected, year, income.income_cents, statement_on, due_on, billed, law)
    # see limits: forecast-without-unbilled-past
    unbilled = [str(quarter) for quarter in owed if quarter not in before]
    if not unbilled:
        return lines
    note = f"without {', '.join(unbilled)}, never billed here"
    return [replace(lines[0], note=lines[0].note or note), *lines[1:]]


def _told(
    facts: DossierFacts, year: int, income: KnownIncome, today: date, last_day: date, law: AssessmentLaw
) -> list[ForecastLine]:
    """Give the statement that an income which was told brings: by the end of the month after it (RGS art. 43).

    It is computed as it will be. A correction of an income that has its statement brings the next one.
    """
    earlier = facts.statements_of(year)
    if earlier and income.known_on <= earlier[-1].income_known_on:
        return []
    statement_on = max(statement_deadline(income.known_on) - timedelta(days=1), today)
    (outcome,) = regularise([(facts, year)], law=law, issued_on=statement_on)
    if isinstance(outcome, NotRegularised):
        due_on = supplement_due_on(statement_on, quarter=Quarter(year, 4), parameters=law.parameters)
        nothing = outcome.reason in NOTHING_TO_REGULARISE or due_on > last_day
        return [] if nothing else [_unknown_statement(year, due_on, outcome.detail)]
    if outcome.due_on > last_day or not outcome.changes_something:
        return []
    line = ForecastLine(
        kind=LineKind.REGULARISATION,
        due_on=outcome.due_on,
        about=str(year),
        amount_cents=outcome.definitive_cents - outcome.previous_cents,
        basis=Basis.COMPUTED,
        article=REGULARISATION_ARTICLE,
        income_cents=outcome.income_cents,
    )
    surcharge_cents = outcome.surcharge_cents - outcome.previous_surcharge_cents
    if not surcharge_cents:
        return [line]
    surcharge = replace(
        line,
        kind=LineKind.REDUCTION_SURCHARGE,
        amount_cents=surcharge_cents,
        article=REDUCTION_ARTICLE,
        income_cents=None,
        note="if nothing of it is paid before the statement",
    )
    return [line, surcharge]


def _unknown_statement(year: int, due_on: date, note: str) -> ForecastLine:
    return ForecastLine(
        kind=LineKind.REGULARISATION,
        due_on=due_on,
        about=str(year),
        amount_cents=None,
        basis=Basis.UNKNOWN,
        article="AR38 art. 11 par. 5",
        note=note,
    )


def _why_unknown(facts: DossierFacts, year: int) -> str:
    unclear = facts.owner_unknown_because(year)
    if unclear is not None:
        return UNCLEAR_OWNERS[unclear].format(year=year)
    return f"no income of {year} is known or expected: give one to see its regularisation"


def _statement(
    facts: DossierFacts,
    year: int,
    income_cents: int,
    statement_on: date,
    due_on: date,
    billed: Mapping[Quarter, ForecastQuarter],
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
                # see limits: cut-of-first-quarter-stays
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
        article=REGULARISATION_ARTICLE,
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
    amounts: tuple[Mapping[Quarter, ForecastQuarter], list[QuarterAnswer]],
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
        article=REDUCTION_ARTICLE,
        note="if nothing of it is paid before the statement",
    )
