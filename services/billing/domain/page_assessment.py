"""From what the fund knows of the subjects of a page to what each of them owes for a quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import polars as pl

from services.billing.domain.assessment import INPUT_SCHEMA, IncomeBasis, QuarterLaw, assess, explanation_json
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: A provisional contribution is computed on the income of the third year before (royal decree 38, art. 11 par. 3).
REFERENCE_YEARS_BACK: Final = 3
_INPUTS: Final = ("dossier", "category", "income_cents", "income_basis", "income_quarters", "first_quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubject:
    """What the fund knows of somebody who owes a quarter.

    Attributes:
        starts_on: first day of the current activity.
        began_on: first day of the beginning it goes on from: an activity that follows on one of the quarter before is
            no beginning (RGS art. 38), so its reference years are those of the earlier activity.
        category: category of the quarter, or None when nobody told it.
        income_year: latest year of which an income was known on 1 January of the quarter's year, or None.
    """

    dossier: UUID
    file_number: int
    category: str | None
    starts_on: date
    began_on: date
    first_activity: bool
    income_year: int | None
    income_cents: int | None
    notice_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedSubject:
    """What somebody owes for the quarter, with the JSON of its explanation."""

    subject: KnownSubject
    category: str
    contribution_cents: int
    fee_cents: int
    total_cents: int
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnassessedSubject:
    """Somebody whose contribution cannot be computed; ``reason`` is a lasting name, ``detail`` is for a person."""

    subject: KnownSubject
    reason: str
    detail: str


def assess_page(
    *,
    subjects: Sequence[KnownSubject],
    quarter: Quarter,
    parameters: Parameters,
    fee_rate: Decimal,
    law: QuarterLaw | None = None,
) -> tuple[list[AssessedSubject], list[UnassessedSubject]]:
    """Assess the subjects of a page; who cannot be assessed does not hold up the others.

    Somebody without a reference year yet pays the starting amount of the category (royal decree 38, art. 13bis). The
    others pay on the income of the third year before, revalued, and of a whole year when it was incomplete (art. 11
    par. 3).

    Raises:
        ParameterMissing: the law of the quarter itself is not known.
    """
    unassessed = [_unassessed(subject, quarter) for subject in subjects]
    parked = [found for found in unassessed if found is not None]
    ready = [subject for subject, found in zip(subjects, unassessed, strict=True) if found is None]
    schema = {name: pl.Int64() if name == "dossier" else INPUT_SCHEMA[name]() for name in _INPUTS}
    rows = [_input_row(position, subject, quarter) for position, subject in enumerate(ready)]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    result = assess(frame, quarter=quarter, parameters=parameters, fee_rate=fee_rate, law=law)
    explanations = explanation_json(result)
    assessed: list[AssessedSubject] = []
    for row, explanation in zip(result.iter_rows(named=True), explanations, strict=True):
        subject = ready[row["dossier"]]
        if row["problem"] is not None:
            parked.append(UnassessedSubject(subject=subject, reason="notAssessable", detail=row["problem"]))
        else:
            assessed.append(_assessed(subject, row, explanation))
    return assessed, parked


def _assessed(subject: KnownSubject, row: Mapping[str, Any], explanation: str) -> AssessedSubject:
    return AssessedSubject(
        subject=subject,
        category=row["category"],
        contribution_cents=row["contribution_cents"],
        fee_cents=row["fee_cents"],
        total_cents=row["total_cents"],
        explanation=explanation,
    )


def _starts_without_reference(subject: KnownSubject, quarter: Quarter) -> bool:
    return subject.began_on.year > quarter.year - REFERENCE_YEARS_BACK


def _unassessed(subject: KnownSubject, quarter: Quarter) -> UnassessedSubject | None:
    if subject.category is None:
        return UnassessedSubject(
            subject=subject, reason="categoryUnknown", detail=f"no category is known for {quarter}"
        )
    if _starts_without_reference(subject, quarter):
        return None
    year = quarter.year - REFERENCE_YEARS_BACK
    if subject.income_year is None:
        return UnassessedSubject(
            subject=subject,
            reason="incomeUnknown",
            detail=f"no income was known on {quarter.year}-01-01; the contribution is computed on that of {year}",
        )
    if subject.income_year != year:
        # The latest earlier income takes its place (art. 11 par. 3), but the fraction that revalues it is not in the
        # law data: another year's fraction would be a guess.
        return UnassessedSubject(
            subject=subject,
            reason="noLawForIncomeYear",
            detail=f"the latest known income is of {subject.income_year} and no revaluation from that year "
            f"to {quarter.year} is known",
        )
    return None


def _input_row(position: int, subject: KnownSubject, quarter: Quarter) -> tuple[Any, ...]:
    start = _starts_without_reference(subject, quarter)
    income_year = quarter.year - REFERENCE_YEARS_BACK
    began_then = subject.began_on.year == income_year
    first = subject.first_activity and quarter.contains(subject.starts_on)
    return (
        position,
        subject.category,
        None if start else subject.income_cents,
        str(IncomeBasis.START if start else IncomeBasis.N_MINUS_3),
        5 - Quarter.of(subject.began_on).number if began_then else 4,
        first and subject.category == Category.PRIMO_STARTER,
    )
