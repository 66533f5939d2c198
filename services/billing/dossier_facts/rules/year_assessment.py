"""Quarters of many dossiers, assessed by the one computation: a frame per quarter, however many ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final

import polars as pl

from services.billing.assessment.rules import INPUT_SCHEMA, IncomeBasis, QuarterLaw, assess, quarter_law
from services.billing.assessment.rules.page import KNOWN_SUBJECT, assess_page
from services.billing.dossier_facts.rules.facts import KnownSubject
from services.billing.subjects.rules import NO_OPTIONS, CategoryOptions
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter

_COLUMNS: Final = (
    "dossier",
    "category",
    "income_cents",
    "income_basis",
    "income_quarters",
    "first_quarter",
    "political_mandate",
    "old_age_opt_out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterQuestion:
    """What one quarter of somebody is owed on an income.

    Attributes:
        income_quarters: quarters of that year somebody was subject in; the income of an incomplete year is brought to
            a whole one (royal decree 38, art. 11 par. 3 al. 4 and par. 5 al. 3).
    """

    quarter: Quarter
    category: str
    income_cents: int
    basis: IncomeBasis
    income_quarters: int
    first_quarter: bool
    options: CategoryOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterAnswer:
    """What the quarter is owed, with the row of its computation, or why that cannot be said."""

    row: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def contribution_cents(self) -> int:
        """The contribution without fee; 0 when there is a problem."""
        return int(self.row.get("contribution_cents") or 0)

    @property
    def fee_cents(self) -> int:
        """The management fee."""
        return int(self.row.get("fee_cents") or 0)

    @property
    def total_cents(self) -> int:
        """Both together."""
        return self.contribution_cents + self.fee_cents


@dataclass
class AssessmentLaw:
    """The law, the fund's fees and what was read of them before, shared by all that assess many quarters.

    Attributes:
        fee_rate_of: the management fee that applied in a quarter; a regularisation bears that of its own quarter.
    """

    parameters: Parameters
    fee_rate_of: Callable[[Quarter], Decimal]
    _read: dict[Quarter, QuarterLaw] = field(default_factory=dict)

    def of(self, quarter: Quarter) -> QuarterLaw:
        """Give the law of a quarter; raises ``ParameterMissing`` when a rate or ceiling has no value then."""
        if quarter not in self._read:
            self._read[quarter] = quarter_law(quarter=quarter, parameters=self.parameters)
        return self._read[quarter]

    def answers(self, questions: Sequence[QuarterQuestion]) -> list[QuarterAnswer]:
        """Answer questions in their order; each quarter's law is its own, however old."""
        return self._by_quarter([question.quarter for question in questions], self._assessed, questions)

    def provisional(self, subjects: Sequence[tuple[Quarter, KnownSubject]]) -> list[QuarterAnswer]:
        """Answer what a billing run would bill for quarters, by the same rules as the run."""
        return self._by_quarter([quarter for quarter, _ in subjects], self._billed, [known for _, known in subjects])

    def _by_quarter(
        self,
        quarters: Sequence[Quarter],
        answer: Callable[[Quarter, Decimal, QuarterLaw, Mapping[str, Any]], dict[int, QuarterAnswer]],
        asked: Sequence[Any],
    ) -> list[QuarterAnswer]:
        places: dict[Quarter, list[int]] = defaultdict(list)
        for place, quarter in enumerate(quarters):
            places[quarter].append(place)
        answers: dict[int, QuarterAnswer] = {}
        for quarter, found in places.items():
            try:
                law, fee_rate = self.of(quarter), self.fee_rate_of(quarter)
            except (ParameterMissing, LookupError) as missing:
                answers |= {place: QuarterAnswer(problem=str(missing)) for place in found}
                continue
            answers |= answer(quarter, fee_rate, law, {str(place): asked[place] for place in found})
        return [answers[place] for place in range(len(quarters))]

    def _assessed(
        self, quarter: Quarter, fee_rate: Decimal, law: QuarterLaw, asked: Mapping[str, QuarterQuestion]
    ) -> dict[int, QuarterAnswer]:
        rows = [(place, *_inputs(question)) for place, question in asked.items()]
        frame = pl.DataFrame(rows, schema={name: INPUT_SCHEMA[name]() for name in _COLUMNS}, orient="row")
        result = assess(frame, quarter=quarter, parameters=self.parameters, fee_rate=fee_rate, law=law)
        firsts = {place: question.first_quarter for place, question in asked.items()}
        return {
            int(row["dossier"]): QuarterAnswer(row={**row, "first_quarter": firsts[row["dossier"]]})
            if row["problem"] is None
            else QuarterAnswer(problem=row["problem"])
            for row in result.iter_rows(named=True)
        }

    def _billed(
        self, quarter: Quarter, fee_rate: Decimal, law: QuarterLaw, asked: Mapping[str, KnownSubject]
    ) -> dict[int, QuarterAnswer]:
        rows = [{**asdict(known), "dossier": place} for place, known in asked.items()]
        outcome = assess_page(
            subjects=pl.DataFrame(rows, schema=KNOWN_SUBJECT),
            quarter=quarter,
            parameters=self.parameters,
            fee_rate=fee_rate,
            law=law,
        )
        found = {int(row["dossier"]): QuarterAnswer(row=row) for row in outcome.assessed.iter_rows(named=True)}
        failed = outcome.unassessed.iter_rows(named=True)
        return found | {int(row["dossier"]): QuarterAnswer(problem=row["detail"]) for row in failed}


def _inputs(question: QuarterQuestion) -> tuple[object, ...]:
    return (
        question.category,
        question.income_cents,
        str(question.basis),
        question.income_quarters,
        question.first_quarter,
        question.options.political_mandate,
        question.options.old_age_opt_out,
    )
