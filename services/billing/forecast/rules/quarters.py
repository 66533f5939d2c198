"""The lines of a forecast, and what a quarter is billed or expected to be billed under the law that is published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from services.billing.dossier_facts.rules.facts import DossierFacts
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer
from shared.law.income_year import reference_year
from shared.law.parameters import ParameterMissing
from shared.law.quarter import Quarter

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
class ForecastQuarter:
    """What a quarter is billed or expected to be billed."""

    quarter: Quarter
    answer: QuarterAnswer
    basis: Basis
    law_of: Quarter | None
    contribution_cents: int
    total_cents: int


def forecast_quarter(facts: DossierFacts, quarter: Quarter, law: AssessmentLaw) -> ForecastQuarter | None:
    """Give what a quarter is billed, or expected to be billed; None when it is not owed.

    Raises:
        ParameterMissing: no law of the last years is known at all.
    """
    if quarter in facts.relieved:
        return None
    charge = facts.charges.get(quarter)
    if charge is not None:
        return ForecastQuarter(
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
    return ForecastQuarter(
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
