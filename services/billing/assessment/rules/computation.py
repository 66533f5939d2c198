"""The one formula of contributions, over whole columns in exact integers.

Cents are 64-bit integers and rates are whole basis points, so that nothing is ever rounded but where the law rounds:
the income of an incomplete year, the revalued income, the quarterly contribution (the exact annual contribution divided
by four) and the management fee on it; each half up to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from services.billing.assessment.rules.columns import (
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
from services.billing.assessment.rules.law import (
    BASIS_POINTS,
    CERTAINTY_ORDER,
    QuarterLaw,
    least_sure,
    mandate_rule,
    opt_out_rule,
    quarter_law,
)
from services.billing.assessment.rules.revaluation import BASES, earlier_in, half_up, not_revalued, revalued
from shared.law.categories import Category, categories_where
from shared.law.parameters import Parameters, ParameterValue
from shared.law.quarter import Quarter

_QUARTERS_OF_YEAR: Final = 4
_MILLION: Final = 1_000_000
#: A threshold nobody falls below.
_NO_THRESHOLD: Final = -(1 << 62)
#: Ten thousand million euros: far above any income, far below what could overflow an exact product.
_INCOME_CENTS_MAX: Final = 10**12
#: Choices within a category that have rules of their own.
_CHOICES: Final = (
    *[(one, "old_age_opt_out", opt_out_rule(one)) for one in categories_where(lambda x: x.old_age_opt_out.value)],
    *[(one, "political_mandate", mandate_rule(one)) for one in categories_where(lambda x: x.political_mandate.value)],
)
_CERTAINTIES: Final = pl.Series(
    [str(one) for one in CERTAINTY_ORDER], dtype=pl.Enum([str(one) for one in CERTAINTY_ORDER])
)
_ADJUSTMENTS: Final = pl.Series([str(one) for one in Adjustment], dtype=pl.Enum([str(one) for one in Adjustment]))


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
    return assess_by_law(frame, law=rules, fee_rate=fee_rate)


def assess_by_law(frame: pl.DataFrame, *, law: QuarterLaw, fee_rate: Decimal | None = None) -> pl.DataFrame:
    """Assess every row of a frame by the numbers of a quarter's law, as ``assess`` does.

    Raises ``AssessmentInputInvalid`` when a column is missing or has a wrong type.
    """
    rules = law
    prepared = _prepared(frame, fee_rate, rules)
    earlier = earlier_in(prepared["basis"])
    prepared = _with_problems(prepared, rules, not_revalued(earlier, rules))
    computed = (
        prepared.lazy()
        .with_columns(_annualised(prepared))
        .with_columns(revalued(earlier, rules))
        .with_columns(_bounds(rules))
        .with_columns(_base())
        .with_columns(_bands(rules))
        .with_columns(_amounts())
        .with_columns(_fee())
        .with_columns(_reasons(rules, earlier))
    )
    if prepared["problem"].null_count() < prepared.height:
        fine = pl.col("problem").is_null()
        computed = computed.with_columns([pl.when(fine).then(pl.col(name)).alias(name) for name in AMOUNT_COLUMNS])
    return computed.select(OUTPUT_COLUMNS).collect()


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


def rule_of(category: str, choices: Mapping[str, bool]) -> str:
    """Give the rule by which a category is assessed when somebody made these choices within it."""
    return next((str(key) for one, flag, key in _CHOICES if one == category and choices.get(flag)), str(category))


def choices_of(rule: str | None) -> dict[str, bool]:
    """Give the choices within a category that lead to a rule (the column ``rule``), by the name of their column."""
    return {flag: rule == key for _, flag, key in _CHOICES}


def _prepared(frame: pl.DataFrame, fee_rate: Decimal | None, rules: QuarterLaw) -> pl.DataFrame:
    """Check the columns, fill in the optional ones and number the categories: ``rule`` is a place in the law."""
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
    keys = [str(law.key) for law in rules.categories]
    place = pl.col("category").cast(pl.Enum(keys), strict=False).to_physical()
    chosen = pl.col("rule")
    for category, flag, key in _CHOICES:
        applies = (pl.col("rule") == keys.index(category)) & pl.col(flag)
        chosen = pl.when(applies).then(pl.lit(keys.index(key), dtype=pl.UInt8)).otherwise(chosen)
    return (
        frame.with_columns(pl.col("income_cents").cast(pl.Int64), *defaults)
        .with_columns(rule=place, basis=pl.col("income_basis").cast(BASES, strict=False))
        .with_columns(rule=chosen, start=pl.col("basis") == IncomeBasis.START)
    )


def _of_rule(values: list[Any], dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    """Give, for each row, the value that the law has at the place of its category."""
    return pl.lit(pl.Series(values, dtype=dtype)).gather(pl.col("rule"))


def _with_problems(prepared: pl.DataFrame, rules: QuarterLaw, no_index: list[str]) -> pl.DataFrame:
    """Say why a row cannot be assessed; the sentences are only made when there is one."""
    refused = [law.refusal is not None for law in rules.categories]
    start_refused = [law.start_refusal is not None for law in rules.categories]
    no_revaluation = rules.revaluation_refusal is not None
    odd = (
        pl.col("rule").is_null()
        | pl.col("basis").is_null()
        | ~pl.col("income_quarters").is_between(1, _QUARTERS_OF_YEAR).fill_null(value=False)
        | (pl.col("fee_rate_millionths").fill_null(-1) < 0)
        | (pl.col("income_cents").is_null() & ~pl.col("start"))
        | (pl.col("income_cents").abs() > _INCOME_CENTS_MAX).fill_null(value=False)
        | _of_rule(refused, pl.Boolean)
        | (pl.col("start") & _of_rule(start_refused, pl.Boolean))
        | ((pl.col("basis") == IncomeBasis.N_MINUS_3) & pl.lit(no_revaluation))
    )
    if no_index:
        odd = odd | pl.col("basis").is_in(no_index)
    if not prepared.select(odd.any()).item():
        return prepared.with_columns(problem=pl.lit(None, dtype=pl.String))
    return prepared.with_columns(problem=_problem(rules, no_index))


def _problem(rules: QuarterLaw, no_index: list[str]) -> pl.Expr:
    refusal = _of_rule([law.refusal for law in rules.categories], pl.String)
    start_refusal = _of_rule([law.start_refusal for law in rules.categories], pl.String)
    basis = pl.col("income_basis")
    return (
        pl.when(pl.col("rule").is_null())
        .then(pl.concat_str(pl.lit("unknown category "), pl.col("category").fill_null("(none)")))
        .when(pl.col("basis").is_null())
        .then(pl.concat_str(pl.lit("unknown income basis "), basis.fill_null("(none)")))
        .when(~pl.col("income_quarters").is_between(1, _QUARTERS_OF_YEAR).fill_null(value=False))
        .then(pl.lit("income_quarters lies between 1 and 4"))
        .when(pl.col("fee_rate_millionths").fill_null(-1) < 0)
        .then(pl.lit("the management fee rate is missing or negative"))
        .when(~pl.col("start") & pl.col("income_cents").is_null())
        .then(pl.concat_str(pl.lit("the income is not known (basis "), basis, pl.lit(")")))
        .when(pl.col("income_cents").abs() > _INCOME_CENTS_MAX)
        .then(pl.lit("the income is not plausible"))
        .when(refusal.is_not_null())
        .then(refusal)
        .when(pl.col("basis") == IncomeBasis.N_MINUS_3)
        .then(pl.lit(rules.revaluation_refusal, dtype=pl.String))
        .when(pl.col("basis").is_in(no_index))
        .then(pl.concat_str(pl.lit("no mean index is known that revalues an income of basis "), basis))
        .when(pl.col("start"))
        .then(start_refusal)
    )


def _annualised(prepared: pl.DataFrame) -> pl.Expr:
    """Income of an incomplete year brought to a whole year (royal decree 38, art. 11 §3 al. 4 and §5 al. 3)."""
    income = pl.col("income_cents")
    counts = set(prepared["income_quarters"].unique()) & {1, 2, 3}
    whole = income
    for count in sorted(counts):
        scaled = half_up(income * _QUARTERS_OF_YEAR, count)
        whole = pl.when(pl.col("income_quarters") == count).then(scaled).otherwise(whole)
    return whole.alias("annualised_income_cents")


def _bounds(rules: QuarterLaw) -> list[pl.Expr]:
    """Least income and threshold of each row; those of the main occupation where article 37's favour is lost."""
    laws = rules.categories
    limit = _of_rule([law.limit_cents for law in laws], pl.Int64)
    lost = (~pl.col("start") & (pl.col("reference_income_cents") >= limit)).fill_null(value=False)
    return [
        lost.alias("lost"),
        pl.when(lost)
        .then(_of_rule([law.lost_minimum_cents for law in laws], pl.Int64))
        .otherwise(_of_rule([law.minimum_cents for law in laws], pl.Int64))
        .alias("minimum_cents"),
        pl.when(lost)
        .then(_NO_THRESHOLD)
        .otherwise(_of_rule([law.threshold_cents or _NO_THRESHOLD for law in laws], pl.Int64))
        .alias("lower_cents"),
        _of_rule([law.whole_from_cents or _NO_THRESHOLD for law in laws], pl.Int64).alias("whole_from_cents"),
        _of_rule([law.free_cents for law in laws], pl.Int64).alias("free_cents"),
        _of_rule([law.start_cents for law in laws], pl.Int64).alias("start_cents"),
        _of_rule([law.rate_band1_basis_points for law in laws], pl.Int64).alias("rate_band1_basis_points"),
        _of_rule([law.rate_band2_basis_points for law in laws], pl.Int64).alias("rate_band2_basis_points"),
        _of_rule([law.first_quarter_cut_cents for law in laws], pl.Int64).alias("cut_cents"),
    ]


def _base() -> list[pl.Expr]:
    """Income the rates apply to: lump sum, nothing, the part above, the least income, or the income itself."""
    income, start, lost = pl.col("reference_income_cents"), pl.col("start"), pl.col("lost")
    below, part = income < pl.col("lower_cents"), income < pl.col("whole_from_cents")
    base = (
        pl.when(start)
        .then(pl.col("start_cents"))
        .when(below)
        .then(0)
        .when(part)
        .then(income - pl.col("free_cents"))
        .otherwise(pl.max_horizontal(income, pl.col("minimum_cents")))
    )
    adjustment = (
        pl.when(start)
        .then(_adjusted(Adjustment.LUMP_SUM))
        .when(lost)
        .then(_adjusted(Adjustment.EQUIVALENCE_LOST))
        .when(below)
        .then(_adjusted(Adjustment.BELOW_THRESHOLD))
        .when(part)
        .then(_adjusted(Adjustment.PART_ABOVE))
        .when(income < pl.col("minimum_cents"))
        .then(_adjusted(Adjustment.MINIMUM))
        .otherwise(_adjusted(Adjustment.NONE))
    )
    applied = pl.max_horizontal(pl.col("lower_cents"), pl.col("minimum_cents"))
    return [
        base.alias("base_income_cents"),
        pl.lit(_ADJUSTMENTS).gather(adjustment).alias("adjustment"),
        pl.when(start).then(pl.col("start_cents")).otherwise(applied).alias("threshold_cents"),
    ]


def _adjusted(adjustment: Adjustment) -> pl.Expr:
    return pl.lit(list(Adjustment).index(adjustment), dtype=pl.UInt8)


def _bands(rules: QuarterLaw) -> list[pl.Expr]:
    base, ceiling1, ceiling2 = pl.col("base_income_cents"), rules.ceiling1_cents, rules.ceiling2_cents
    return [
        base.clip(upper_bound=ceiling1).alias("band1_income_cents"),
        (base.clip(ceiling1, ceiling2) - ceiling1).alias("band2_income_cents"),
    ]


def _amounts() -> list[pl.Expr]:
    first = pl.col("band1_income_cents") * pl.col("rate_band1_basis_points")
    second = pl.col("band2_income_cents") * pl.col("rate_band2_basis_points")
    quarter = half_up(first + second, BASIS_POINTS * _QUARTERS_OF_YEAR)
    cut = pl.when(pl.col("first_quarter")).then(pl.min_horizontal(pl.col("cut_cents"), quarter)).otherwise(0)
    return [
        half_up(first + second, BASIS_POINTS).alias("annual_contribution_cents"),
        quarter.alias("full_quarter_cents"),
        cut.alias("first_quarter_cut_cents"),
        (quarter - cut).alias("contribution_cents"),
    ]


def _fee() -> list[pl.Expr]:
    contribution = pl.col("contribution_cents")
    fee = half_up(contribution * pl.col("fee_rate_millionths"), _MILLION)
    return [fee.alias("fee_cents"), (contribution + fee).alias("total_cents")]


def _reasons(rules: QuarterLaw, earlier: list[str]) -> list[pl.Expr]:
    laws = rules.categories
    keys = pl.Enum([str(law.key) for law in laws])
    articles = pl.Enum(sorted({one for law in laws for one in (law.article, law.lost_article) if one is not None}))
    return [
        _of_rule([str(law.key) for law in laws], keys).alias("rule"),
        pl.when(pl.col("lost"))
        .then(_of_rule([law.lost_article for law in laws], articles))
        .otherwise(_of_rule([law.article for law in laws], articles))
        .alias("article"),
        _certainty(rules, earlier).alias("certainty"),
        pl.lit(str(rules.quarter)).alias("quarter"),
    ]


def _certainty(rules: QuarterLaw, earlier: list[str]) -> pl.Expr:
    """Say how sure the least sure parameter is among those that made the amount; others do not count."""
    laws = rules.categories
    measured = (
        pl.when(pl.col("start"))
        .then(_doubt([law.start_facts for law in laws]))
        .when(pl.col("lost"))
        .then(_doubt([law.lost_facts for law in laws]))
        .otherwise(_doubt([(*law.floor_facts, *law.income_facts) for law in laws]))
    )
    index: pl.Expr = pl.when(pl.col("basis") == IncomeBasis.N_MINUS_3).then(_doubt([rules.revaluation] * len(laws)))
    if earlier:
        # see limits: earlier-income-stands-in
        # Whatever an earlier year's income is revalued by is at best inferred: one answer does for all of them.
        facts = tuple(fact for one in rules.earlier_revaluations for fact in one.facts)
        index = pl.coalesce(index, pl.when(pl.col("basis").is_in(earlier)).then(_doubt([facts] * len(laws))))
    cut = pl.when(pl.col("first_quarter_cut_cents") > 0).then(_doubt([law.cut_facts for law in laws]))
    rated = _doubt([(*rules.ceilings, *law.rates) for law in laws])
    return pl.lit(_CERTAINTIES).gather(pl.max_horizontal(rated, measured, index, cut))


def _doubt(facts: list[tuple[ParameterValue, ...]]) -> pl.Expr:
    """Give for each row, from the parameters of each rule, the place of the least sure in ``CERTAINTY_ORDER``."""
    return _of_rule([CERTAINTY_ORDER.index(least_sure(some)) for some in facts], pl.UInt8)
