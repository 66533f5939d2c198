"""Questions to the assessment and their answers: one, or whole files of them as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from services.billing.assessment.rules import (
    INPUT_SCHEMA,
    QuarterLaw,
    assess,
    due_for_year,
    explanation_document,
    quarter_law,
)
from services.billing.assessment.rules.explanation import FIGURES, fee_rate_text
from shared.law.categories import categories_where
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter, quarters_of_year

#: Longer than a quarter's number alone, ``3`` or ``Q3``.
_SHORT: Final = 2
#: Rows that are answered together: enough for whole columns, few enough that their explanations fit in memory.
_ROWS_AT_ONCE: Final = 100_000
#: Rows that are alike in these are explained by the same articles, rates and parameters.
_ALIKE: Final = ("quarter", "rule", "income_basis", "adjustment", "income_quarters", "cut")
#: What differs from row to row in an explanation, besides the columns of the row.
_OF_THE_ROW: Final = frozenset({"quarter", "feeRate", *FIGURES.values()})
#: What a line of a file says of a parameter; its article and source are the same in every line: ``law show NAME``.
_OF_A_PARAMETER: Final = ("name", "value", "certainty")
_AMOUNTS: Final = {
    "annualContributionCents": "annual_contribution_cents",
    "quarterContributionCents": "contribution_cents",
    "managementFeeCents": "fee_cents",
    "totalCents": "total_cents",
    "dueForYearCents": "due_for_year_cents",
}
_QUESTION: Final = ("year", "quarter", "category", "first_quarter", "old_age_opt_out")


class NotAssessed(ValueError):
    """A question cannot be answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Laws:
    """The law of each quarter, read once."""

    parameters: Parameters
    known: dict[Quarter, QuarterLaw] = field(default_factory=dict)

    def of(self, quarter: Quarter) -> QuarterLaw:
        """Give the law of a quarter; raises ``ParameterMissing`` naming what it lacks."""
        if quarter not in self.known:
            self.known[quarter] = quarter_law(quarter=quarter, parameters=self.parameters)
        return self.known[quarter]


def quarter_asked(*, year: int, quarter: str, category: str, first_quarter: bool, opt_out: bool, laws: Laws) -> Quarter:
    """Give the quarter a question is about.

    A question without a quarter is about the first one of its year whose law knows what is asked: the reduced least
    income of primo-starters began in the second quarter of 2018, their cut in the second of 2022, opting out past the
    pension age in the fourth of 2025.

    Raises:
        ValueError: the text is not a quarter of the year, or one in which nobody could opt out.
        ParameterMissing: the law of the year is not known.
    """
    text = quarter.strip().upper()
    candidates = quarters_of_year(year)
    if text:
        asked = Quarter.parse(text if len(text) > _SHORT else f"{year:04d}Q{text.removeprefix('Q')}")
        if asked.year != year:
            raise ValueError(f"quarter {asked} does not lie in {year}")
        candidates = [asked]
    choosable = [one for one in candidates if not opt_out or _can_opt_out(laws.of(one))]
    if not choosable:
        raise ValueError(
            f"in {candidates[-1]} nobody past the pension age contributes as in main occupation yet, so that there is"
            " nothing to opt out of (RGS art. 37/1)"
        )
    known = (one for one in choosable if _knows(category, first_quarter=first_quarter, law=laws.of(one)))
    return next(known, choosable[0])


def _can_opt_out(law: QuarterLaw) -> bool:
    asking = categories_where(lambda meaning: meaning.old_age_opt_out.value)
    return any(law.category(category).minimum_cents > 0 for category in asking)


def _knows(category: str, *, first_quarter: bool, law: QuarterLaw) -> bool:
    starters = categories_where(lambda meaning: meaning.is_starter)
    for known in law.categories:
        if known.key == category:
            cut = known.first_quarter_cut_cents > 0 or category not in starters
            return known.refusal is None and (cut or not first_quarter)
    return True


def answer_one(question: Mapping[str, Any], *, quarter: Quarter, law: QuarterLaw, laws: Laws) -> Mapping[str, Any]:
    """Give the assessed row of one question, an input row of the assessment; raises ``NotAssessed``."""
    frame = pl.DataFrame([{"dossier": "", **question}], schema=INPUT_SCHEMA)
    assessed = assess(frame, quarter=quarter, parameters=laws.parameters, law=law)
    row = assessed.with_columns(due_for_year()).row(0, named=True)
    if row["problem"] is not None:
        raise NotAssessed(row["problem"])
    return row


def document(row: Mapping[str, Any], *, law: QuarterLaw) -> dict[str, object]:
    """Give the answer for programs: integer cents and the explanation."""
    amounts = {name: row[column] for name, column in _AMOUNTS.items()}
    return {"quarter": row["quarter"], **amounts, "explanation": explanation_document(row, law=law)}


def answers(cases: pl.DataFrame, *, laws: Laws) -> Iterator[pl.DataFrame]:
    """Answer the rows of ``read_cases`` in their order, some at a time.

    Gives frames of ``id``, ``json`` (the line for programs), ``quarter``, ``total_cents`` and ``problem``.
    """
    for rows in cases.iter_slices(_ROWS_AT_ONCE):
        yield _answered(rows.with_row_index("position"), laws)


def _answered(rows: pl.DataFrame, laws: Laws) -> pl.DataFrame:
    asked = _with_quarters(rows, laws)
    fine = asked.filter(pl.col("problem").is_null()).partition_by("asked", as_dict=True)
    found = [_refused(asked.filter(pl.col("problem").is_not_null()))]
    if fine:
        assessed = pl.concat([_assessed(people, Quarter.parse(str(name)), laws) for (name,), people in fine.items()])
        found.append(_not_assessed(assessed.filter(pl.col("problem").is_not_null())))
        found.extend(
            _explained(one_basis, laws)
            for one_basis in assessed.filter(pl.col("problem").is_null()).partition_by("income_basis")
        )
    return pl.concat([part for part in found if part.height]).sort("position").drop("position")


def _with_quarters(rows: pl.DataFrame, laws: Laws) -> pl.DataFrame:
    """Add the quarter each row asks for; where the law of it is not known, that is the row's problem."""
    fine = rows.filter(pl.col("problem").is_null())
    found: list[tuple[Any, ...]] = []
    for question in fine.select(_QUESTION).unique().iter_rows():
        year, quarter, category, first_quarter, opt_out = question
        try:
            asked = quarter_asked(
                year=year,
                quarter=quarter,
                category=category,
                first_quarter=first_quarter,
                opt_out=opt_out,
                laws=laws,
            )
            laws.of(asked)
            found.append((*question, str(asked), None))
        except (ParameterMissing, ValueError) as error:
            found.append((*question, None, str(error)))
    schema = {name: rows.schema[name] for name in _QUESTION} | {"asked": pl.String(), "unknown": pl.String()}
    joined = rows.join(pl.DataFrame(found, schema=schema, orient="row"), on=_QUESTION, how="left")
    unknown = pl.col("unknown").is_not_null()
    return joined.with_columns(
        problem=pl.when(unknown).then(_of_line(pl.col("unknown"))).otherwise(pl.col("problem")),
        field=pl.when(unknown).then(pl.lit("year")).otherwise(pl.col("field")),
        rule=pl.when(unknown).then(pl.lit("law")).otherwise(pl.col("rule")),
    )


def _of_line(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("line "), pl.col("line").cast(pl.String), pl.lit(": "), text)


def _refused(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the answers of refused rows: the line, the field and the rule."""
    fields = pl.struct("id", "line", "field", "rule", "problem")
    return rows.select(
        "position",
        "id",
        fields.struct.json_encode().alias("json"),
        pl.lit(None, dtype=pl.String).alias("quarter"),
        pl.lit(None, dtype=pl.Int64).alias("total_cents"),
        "problem",
    )


def _assessed(people: pl.DataFrame, quarter: Quarter, laws: Laws) -> pl.DataFrame:
    frame = people.with_columns(pl.col("position").cast(pl.Int64).alias("dossier")).select(list(INPUT_SCHEMA))
    result = assess(frame, quarter=quarter, parameters=laws.parameters, law=laws.of(quarter))
    words = pl.col(pl.Enum, pl.Categorical).cast(pl.String)  # so that the law of one quarter can follow another's
    return result.with_columns(words).with_columns(due_for_year(), people["id"], people["line"], people["position"])


def _not_assessed(rows: pl.DataFrame) -> pl.DataFrame:
    problem = pl.col("problem")
    return _refused(
        rows.with_columns(
            problem=_of_line(problem),
            field=pl.when(problem.str.contains("income")).then(pl.lit("income")).otherwise(pl.lit("year")),
            rule=pl.when(problem.str.contains("parameter")).then(pl.lit("law")).otherwise(pl.lit("plausible")),
        )
    )


def _explained(rows: pl.DataFrame, laws: Laws) -> pl.DataFrame:
    """Write the lines of rows with the same income basis.

    Rows that are alike share rates, articles and parameters: that part is read once from the document that explains one
    amount, and the steps are written for whole columns.
    """
    rows = rows.with_columns(cut=pl.col("first_quarter_cut_cents") > 0)
    parts = [
        (*(row[name] for name in _ALIKE), _common_part(row, laws.of(Quarter.parse(row["quarter"]))))
        for row in rows.unique(subset=_ALIKE).iter_rows(named=True)
    ]
    schema = {name: rows.schema[name] for name in _ALIKE} | {"common": pl.String()}
    rows = rows.join(pl.DataFrame(parts, schema=schema, orient="row"), on=_ALIKE, how="left")
    # What a basis does not have, such as the revaluation of a definitive income, is left out as in a single answer.
    own = [name for name in FIGURES if rows[name].null_count() == 0]
    head = pl.struct("id", "quarter", *[pl.col(column).alias(name) for name, column in _AMOUNTS.items()])
    steps = pl.struct("quarter", *[pl.col(name).alias(FIGURES[name]) for name in own])
    fee_rates = {rate: fee_rate_text(rate) for rate in rows["fee_rate_millionths"].unique()}
    return rows.select(
        "position",
        "id",
        pl.concat_str(
            head.struct.json_encode().str.strip_suffix("}"),
            pl.lit(',"explanation":'),
            steps.struct.json_encode().str.strip_suffix("}"),
            pl.lit(',"feeRate":"'),
            pl.col("fee_rate_millionths").replace_strict(fee_rates, return_dtype=pl.String),
            pl.lit('",'),
            pl.col("common"),
        ).alias("json"),
        "quarter",
        "total_cents",
        "problem",
    )


def _common_part(row: Mapping[str, Any], law: QuarterLaw) -> str:
    """Give the end of the line of every row like this one: rates, ceilings, articles, rounding and parameters."""
    found = explanation_document(row, law=law)
    found["parameters"] = [{name: fact[name] for name in _OF_A_PARAMETER} for fact in found["parameters"]]
    common = {name: value for name, value in found.items() if name not in _OF_THE_ROW}
    return json.dumps(common, ensure_ascii=False, separators=(",", ":"))[1:] + "}"
