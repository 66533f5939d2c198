"""The one formula of contributions, over whole columns in exact integers.

Cents are 64-bit integers and rates are whole basis points, so that nothing is ever rounded but where the law rounds:
the income of an incomplete year, the revalued income, the quarterly contribution (the exact annual contribution divided
by four) and the management fee on it; each half up to the cent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import polars as pl

from services.billing.domain.assessment.columns import (
    AMOUNT_COLUMNS,
    INPUT_DEFAULTS,
    INPUT_REQUIRED,
    INPUT_SCHEMA,
    OUTPUT_COLUMNS,
    Adjustment,
    AssessmentInputInvalid,
    AssessmentRefused,
    IncomeBasis,
)
from services.billing.domain.assessment.law import (
    BASIS_POINTS,
    CERTAINTY_ORDER,
    OPTED_OUT,
    QuarterLaw,
    least_sure,
    quarter_law,
)
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

_QUARTERS_OF_YEAR: Final = 4
_MILLION: Final = 1_000_000


def assess(
    frame: pl.DataFrame,
    *,
    quarter: Quarter,
    parameters: Parameters,
    fee_rate: Decimal | None = None,
    law: QuarterLaw | None = None,
) -> pl.DataFrame:
    """Assess every row of a frame for a quarter, in the order of the frame.

    Args:
        frame: columns of ``INPUT_SCHEMA``; the optional ones may be left out.
        quarter: the quarter a contribution is owed for; its first day decides which law applies.
        parameters: the law.
        fee_rate: management fee as a ratio (``Decimal("0.0425")``), unless the frame has ``fee_rate_millionths``.
        law: the law of the quarter when the caller already read it, so that many pages read it once.

    Returns:
        The columns of ``OUTPUT_COLUMNS``. A row that cannot be assessed has a ``problem`` and no amounts; the others
        are not held up by it.

    Raises:
        ParameterMissing: when a rate or ceiling has no value for the quarter.
        AssessmentInputInvalid: when a column is missing or has a wrong type.
    """
    rules = law if law is not None else quarter_law(quarter=quarter, parameters=parameters)
    prepared = _prepared(frame, fee_rate)
    table = _rules_table(rules)
    computed = (
        prepared.lazy()
        .join(table.lazy(), on="rule", how="left", maintain_order="left")
        .with_columns(problem=_problem(rules), start=pl.col("income_basis") == IncomeBasis.START)
        .with_columns(_annualised())
        .with_columns(_revalued(rules))
        .with_columns(lost=_equivalence_lost())
        .with_columns(_effective_bounds())
        .with_columns(_base())
        .with_columns(_bands(rules))
        .with_columns(_amounts())
        .with_columns(_fee())
        .with_columns(_reasons(rules))
    )
    blank = [pl.when(pl.col("problem").is_null()).then(pl.col(name)).alias(name) for name in AMOUNT_COLUMNS]
    return computed.with_columns(blank).select(OUTPUT_COLUMNS).collect()


def assess_one(
    *,
    category: Category | str,
    income_cents: int | None,
    income_basis: IncomeBasis | str,
    quarter: Quarter,
    parameters: Parameters,
    fee_rate: Decimal,
    **options: int | bool | str,
) -> dict[str, Any]:
    """Assess one person with the same computation and give the row; ``options`` are the optional input columns.

    Raises ``AssessmentRefused`` with the reason when the person cannot be assessed, ``ParameterMissing`` when the law
    of the quarter is not known.
    """
    row = {"dossier": "", "category": str(category), "income_cents": income_cents, "income_basis": str(income_basis)}
    schema = {name: INPUT_SCHEMA[name] for name in (*row, *(name for name in options if name not in row))}
    frame = pl.DataFrame([{**row, **options}], schema=schema)
    result = assess(frame, quarter=quarter, parameters=parameters, fee_rate=fee_rate).row(0, named=True)
    if result["problem"] is not None:
        raise AssessmentRefused(result["problem"])
    return result


def fee_rate_millionths(rate: Decimal) -> int:
    """Turn a fee rate such as ``Decimal("0.0425")`` into millionths; raises ``AssessmentInputInvalid``."""
    scaled = rate * _MILLION
    if not 0 <= rate < 1 or scaled != scaled.to_integral_value():
        raise AssessmentInputInvalid("a management fee is a ratio from 0 to below 1 with at most six decimals")
    return int(scaled)


def half_up(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide columns of integers, rounding half up, away from zero for a loss; exact, without floats."""
    magnitude = (2 * numerator.abs() + denominator) // (2 * denominator)
    return pl.when(numerator < 0).then(-magnitude).otherwise(magnitude)


def _prepared(frame: pl.DataFrame, fee_rate: Decimal | None) -> pl.DataFrame:
    missing = [name for name in INPUT_REQUIRED if name not in frame.columns]
    if missing:
        raise AssessmentInputInvalid(f"column {missing[0]} is missing")
    for name, expected in INPUT_SCHEMA.items():
        wrong = name in frame.columns and name != "dossier" and frame.schema[name] != expected
        if wrong and frame.schema[name] != pl.Null:
            raise AssessmentInputInvalid(f"column {name} is {frame.schema[name]}, not {expected.__name__}")
    defaults = [
        pl.lit(value, dtype=INPUT_SCHEMA[name]()).alias(name)
        for name, value in INPUT_DEFAULTS.items()
        if name not in frame.columns
    ]
    if "fee_rate_millionths" not in frame.columns:
        if fee_rate is None:
            raise AssessmentInputInvalid("a fee rate is given, or the column fee_rate_millionths")
        defaults.append(pl.lit(fee_rate_millionths(fee_rate), dtype=pl.Int64()).alias("fee_rate_millionths"))
    opted_out = (pl.col("category") == Category.BEYOND_PENSION_AGE) & pl.col("old_age_opt_out")
    return (
        frame.with_columns(pl.col("income_cents").cast(pl.Int64))
        .with_columns(defaults)
        .with_columns(rule=pl.when(opted_out).then(pl.lit(OPTED_OUT)).otherwise(pl.col("category")))
    )


def _rules_table(rules: QuarterLaw) -> pl.DataFrame:
    """One row per category: the law as a small table the people are joined with."""
    return pl.DataFrame(
        [
            {
                "rule": str(law.key),
                "article": law.article,
                "minimum_cents": law.minimum_cents,
                "lower_cents": law.threshold_cents,
                "free_cents": law.free_cents,
                "whole_from_cents": law.whole_from_cents,
                "limit_cents": law.limit_cents,
                "political_limit_cents": law.political_limit_cents,
                "lost_minimum_cents": law.lost_minimum_cents,
                "start_cents": law.start_cents,
                "rate_band1_basis_points": law.rate_band1_basis_points,
                "rate_band2_basis_points": law.rate_band2_basis_points,
                "cut_cents": law.first_quarter_cut_cents,
                "certainty": str(law.certainty),
                "revalued_certainty": str(least_sure((*law.facts, *rules.revaluation))),
                "refusal": law.refusal,
                "start_refusal": law.start_refusal,
            }
            for law in rules.categories
        ],
        schema_overrides={
            "limit_cents": pl.Int64,
            "political_limit_cents": pl.Int64,
            "start_cents": pl.Int64,
            "refusal": pl.String,
            "start_refusal": pl.String,
        },
        infer_schema_length=None,
    )


def _problem(rules: QuarterLaw) -> pl.Expr:
    """Say why a row cannot be assessed; null for a row that can."""
    basis = pl.col("income_basis")
    revalued = basis == IncomeBasis.N_MINUS_3
    known_bases = [str(one) for one in IncomeBasis]
    quarters = pl.col("income_quarters")
    return (
        pl.when(pl.col("article").is_null())
        .then(pl.concat_str(pl.lit("unknown category "), pl.col("category").fill_null("(none)")))
        .when(~basis.is_in(known_bases).fill_null(value=False))
        .then(pl.concat_str(pl.lit("unknown income basis "), basis.fill_null("(none)")))
        .when(~quarters.is_between(1, _QUARTERS_OF_YEAR).fill_null(value=False))
        .then(pl.lit("income_quarters lies between 1 and 4"))
        .when(pl.col("fee_rate_millionths").is_null() | (pl.col("fee_rate_millionths") < 0))
        .then(pl.lit("the management fee rate is missing or negative"))
        .when((basis != IncomeBasis.START) & pl.col("income_cents").is_null())
        .then(pl.concat_str(pl.lit("the income is not known (basis "), basis, pl.lit(")")))
        .when(pl.col("refusal").is_not_null())
        .then(pl.col("refusal"))
        .when(revalued & pl.lit(rules.revaluation_refusal is not None))
        .then(pl.lit(rules.revaluation_refusal, dtype=pl.String))
        .when((basis == IncomeBasis.START) & pl.col("start_refusal").is_not_null())
        .then(pl.col("start_refusal"))
    )


def _annualised() -> pl.Expr:
    """Income of an incomplete year brought to a whole year (royal decree 38, art. 11 §3 al. 4 and §5 al. 3)."""
    income, quarters = pl.col("income_cents"), pl.col("income_quarters")
    whole = half_up(income * _QUARTERS_OF_YEAR, quarters.clip(lower_bound=1))
    return pl.when(quarters == _QUARTERS_OF_YEAR).then(income).otherwise(whole).alias("annualised_income_cents")


def _revalued(rules: QuarterLaw) -> list[pl.Expr]:
    """Income of the third year before, times the index fraction of the year (art. 11 §3 al. 3)."""
    income = pl.col("annualised_income_cents")
    if rules.revaluation_numerator is None or rules.revaluation_denominator is None:
        nothing = pl.lit(None, dtype=pl.Int64)
        return [
            income.alias("reference_income_cents"),
            nothing.alias("revaluation_numerator"),
            nothing.alias("revaluation_denominator"),
        ]
    numerator = pl.lit(rules.revaluation_numerator, dtype=pl.Int64)
    denominator = pl.lit(rules.revaluation_denominator, dtype=pl.Int64)
    applies = pl.col("income_basis") == IncomeBasis.N_MINUS_3
    return [
        pl.when(applies)
        .then(half_up(income * numerator, denominator))
        .otherwise(income)
        .alias("reference_income_cents"),
        pl.when(applies).then(numerator).alias("revaluation_numerator"),
        pl.when(applies).then(denominator).alias("revaluation_denominator"),
    ]


def _equivalence_lost() -> pl.Expr:
    """Tell whether an income reaches the limit of article 37, so that its favour is lost (RGS art. 37)."""
    limit = pl.when(pl.col("political_mandate")).then(pl.col("political_limit_cents")).otherwise(pl.col("limit_cents"))
    return (~pl.col("start") & (pl.col("reference_income_cents") >= limit)).fill_null(value=False)


def _effective_bounds() -> list[pl.Expr]:
    lost = pl.col("lost")
    return [
        pl.when(lost).then(pl.col("lost_minimum_cents")).otherwise(pl.col("minimum_cents")).alias("minimum_cents"),
        pl.when(lost).then(0).otherwise(pl.col("lower_cents")).alias("lower_cents"),
    ]


def _base() -> list[pl.Expr]:
    """Income the rates apply to: lump sum, nothing, the part above, the least income, or the income itself."""
    income = pl.col("reference_income_cents")
    start = pl.col("start")
    below = (pl.col("lower_cents") > 0) & (income < pl.col("lower_cents"))
    part = income < pl.col("whole_from_cents")
    base = (
        pl.when(start)
        .then(pl.col("start_cents"))
        .when(below)
        .then(0)
        .when(part)
        .then(income - pl.col("free_cents"))
        .otherwise(pl.max_horizontal(income, "minimum_cents"))
    )
    adjustment = (
        pl.when(start)
        .then(pl.lit(Adjustment.LUMP_SUM))
        .when(pl.col("lost"))
        .then(pl.lit(Adjustment.EQUIVALENCE_LOST))
        .when(below)
        .then(pl.lit(Adjustment.BELOW_THRESHOLD))
        .when(part)
        .then(pl.lit(Adjustment.PART_ABOVE))
        .when(income < pl.col("minimum_cents"))
        .then(pl.lit(Adjustment.MINIMUM))
        .otherwise(pl.lit(Adjustment.NONE))
    )
    threshold = pl.when(start).then(pl.col("start_cents")).otherwise(pl.max_horizontal("lower_cents", "minimum_cents"))
    return [
        base.alias("base_income_cents"),
        adjustment.alias("adjustment"),
        threshold.alias("threshold_cents"),
    ]


def _bands(rules: QuarterLaw) -> list[pl.Expr]:
    base, ceiling1, ceiling2 = pl.col("base_income_cents"), rules.ceiling1_cents, rules.ceiling2_cents
    return [
        base.clip(upper_bound=ceiling1).alias("band1_income_cents"),
        (base.clip(upper_bound=ceiling2) - ceiling1).clip(lower_bound=0).alias("band2_income_cents"),
    ]


def _amounts() -> list[pl.Expr]:
    parts = pl.col("band1_income_cents") * pl.col("rate_band1_basis_points") + pl.col("band2_income_cents") * pl.col(
        "rate_band2_basis_points"
    )
    quarter = half_up(parts, BASIS_POINTS * _QUARTERS_OF_YEAR)
    cut = (
        pl.when(pl.col("first_quarter"))
        .then(pl.min_horizontal(pl.col("cut_cents"), quarter))
        .otherwise(pl.lit(0, dtype=pl.Int64))
    )
    return [
        half_up(parts, BASIS_POINTS).alias("annual_contribution_cents"),
        quarter.alias("full_quarter_cents"),
        cut.alias("first_quarter_cut_cents"),
        (quarter - cut).alias("contribution_cents"),
    ]


def _fee() -> list[pl.Expr]:
    contribution = pl.col("contribution_cents")
    fee = half_up(contribution * pl.col("fee_rate_millionths"), _MILLION)
    return [fee.alias("fee_cents"), (contribution + fee).alias("total_cents")]


def _reasons(rules: QuarterLaw) -> list[pl.Expr]:
    revalued = pl.col("income_basis") == IncomeBasis.N_MINUS_3
    order = pl.Enum([str(one) for one in CERTAINTY_ORDER])
    certainty = pl.when(revalued).then(pl.col("revalued_certainty")).otherwise(pl.col("certainty"))
    return [certainty.cast(order).cast(pl.String).alias("certainty"), pl.lit(str(rules.quarter)).alias("quarter")]
