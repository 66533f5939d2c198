"""Questions to the assessment and their answers, many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import polars as pl

from services.billing.domain.assessment import (
    INPUT_SCHEMA,
    QuarterLaw,
    assess,
    explanation_document,
    fee_rate_millionths,
    quarter_law,
)
from shared.contracts.vocabulary import Category
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter, quarters_of_year

#: Longer than a quarter's number alone, ``3`` or ``Q3``.
_SHORT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one person; ``problem`` says why it cannot be asked."""

    identity: str
    year: int = 0
    quarter: str = ""
    category: str = ""
    income_cents: int | None = None
    basis: str = "definitive"
    fee_rate: Decimal = Decimal(0)
    income_quarters: int = 4
    first_quarter: bool = False
    political_mandate: bool = False
    old_age_opt_out: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The assessed row with its law, or why there is none."""

    identity: str
    row: dict[str, Any] | None = None
    law: QuarterLaw | None = None
    problem: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The answer for programs: integer cents and the explanation, or the problem."""
        identity = {"id": self.identity} if self.identity else {}
        if self.problem is not None or self.row is None or self.law is None:
            return {**identity, "problem": self.problem}
        return {
            **identity,
            "quarter": self.row["quarter"],
            "annualContributionCents": self.row["annual_contribution_cents"],
            "quarterContributionCents": self.row["contribution_cents"],
            "managementFeeCents": self.row["fee_cents"],
            "totalCents": self.row["total_cents"],
            "explanation": explanation_document(self.row, law=self.law),
        }


def answer_all(questions: Sequence[Question], *, parameters: Parameters) -> list[Answer]:
    """Answer questions in their order; each quarter is assessed once over all who ask for it."""
    answers: dict[int, Answer] = {}
    asked: dict[Quarter, list[tuple[int, Question]]] = defaultdict(list)
    laws = _Laws(parameters)
    for position, question in enumerate(questions):
        try:
            asked[_quarter(question, laws)].append((position, question))
        except (ValueError, ParameterMissing) as error:
            answers[position] = Answer(identity=question.identity, problem=str(error))
    for quarter, people in asked.items():
        frame = pl.DataFrame([_row(question) for _, question in people], schema=INPUT_SCHEMA, orient="row")
        try:
            law = laws.of(quarter)
        except ParameterMissing as missing:
            answers |= {place: Answer(identity=one.identity, problem=str(missing)) for place, one in people}
            continue
        result = assess(frame, quarter=quarter, parameters=parameters, law=law)
        for (position, question), row in zip(people, result.iter_rows(named=True), strict=True):
            answers[position] = Answer(identity=question.identity, row=row, law=law, problem=row["problem"])
    return [answers[position] for position in range(len(questions))]


@dataclass(frozen=True, slots=True)
class _Laws:
    """The law of each quarter, read once."""

    parameters: Parameters
    known: dict[Quarter, QuarterLaw] = field(default_factory=dict)

    def of(self, quarter: Quarter) -> QuarterLaw:
        if quarter not in self.known:
            self.known[quarter] = quarter_law(quarter=quarter, parameters=self.parameters)
        return self.known[quarter]


def _quarter(question: Question, laws: _Laws) -> Quarter:
    """Give the quarter that is asked for; raises ``ValueError`` for one that cannot be.

    A question without a quarter is about the first one of its year whose law knows what is asked: the reduced least
    income of primo-starters began in the second quarter of 2018, their cut in the second of 2022.
    """
    if question.problem is not None:
        raise ValueError(question.problem)
    text = question.quarter.strip().upper()
    if text:
        quarter = Quarter.parse(text if len(text) > _SHORT else f"{question.year:04d}Q{text.removeprefix('Q')}")
        if quarter.year != question.year:
            raise ValueError(f"quarter {quarter} does not lie in {question.year}")
        return quarter
    candidates = quarters_of_year(question.year)
    return next((quarter for quarter in candidates if _knows(question, laws.of(quarter))), candidates[0])


def _knows(question: Question, law: QuarterLaw) -> bool:
    for category in law.categories:
        if category.key == question.category:
            cut = category.first_quarter_cut_cents > 0 or question.category != Category.PRIMO_STARTER
            return category.refusal is None and (cut or not question.first_quarter)
    return True


def _row(question: Question) -> tuple[Any, ...]:
    return (
        question.identity,
        question.category,
        question.income_cents,
        question.basis,
        question.income_quarters,
        question.first_quarter,
        question.political_mandate,
        question.old_age_opt_out,
        fee_rate_millionths(question.fee_rate),
    )
