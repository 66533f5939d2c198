"""An income of an earlier year brought to the prices of the contribution year (royal decree 38, art. 11 §3)."""

from __future__ import annotations

from typing import Final

import polars as pl

from services.billing.assessment.rules.columns import EARLIER_BASES, YEARS_BACK, IncomeBasis
from services.billing.assessment.rules.law import QuarterLaw

#: The words of a column of bases, numbered.
BASES: Final = pl.Enum([str(basis) for basis in IncomeBasis])


def half_up(numerator: pl.Expr, denominator: int) -> pl.Expr:
    """Divide a column of integers by a positive integer, rounding half up, away from zero for a loss; no floats.

    ``//`` goes down; half a denominator is added before, and one part less for a loss so that its half goes down too.
    """
    return (2 * numerator + denominator - (numerator < 0).cast(pl.Int64)) // (2 * denominator)


def earlier_in(bases: pl.Series) -> list[str]:
    """Give the bases of a column that stand in for the income of the third year before: hardly ever any."""
    present = set(bases.unique())
    return [str(basis) for basis in EARLIER_BASES if basis in present]


def not_revalued(earlier: list[str], rules: QuarterLaw) -> list[str]:
    """Give those of them of whose year nobody published the mean index."""
    return [basis for basis in earlier if not rules.revaluation_of(YEARS_BACK[IncomeBasis(basis)])]


def revalued(earlier: list[str], rules: QuarterLaw) -> list[pl.Expr]:
    """Income of the third year before, or of an earlier one, times its index fraction (art. 11 §3 al. 3)."""
    income = pl.col("annualised_income_cents")
    if rules.revaluation_numerator is None or rules.revaluation_denominator is None:
        nothing = pl.lit(None, dtype=pl.Int64)
        return [
            income.alias("reference_income_cents"),
            nothing.alias("revaluation_numerator"),
            nothing.alias("revaluation_denominator"),
        ]
    denominators: dict[str, int] = {IncomeBasis.N_MINUS_3: rules.revaluation_denominator}
    of_years = {one.years_back: one.denominator for one in rules.earlier_revaluations}
    for other in earlier:
        back = YEARS_BACK[IncomeBasis(other)]
        if back in of_years:
            denominators[other] = of_years[back]
    result, numerator, denominator = income, pl.lit(None, dtype=pl.Int64), pl.lit(None, dtype=pl.Int64)
    for basis, parts in denominators.items():
        applies = pl.col("basis") == basis
        result = pl.when(applies).then(half_up(income * rules.revaluation_numerator, parts)).otherwise(result)
        numerator = pl.when(applies).then(rules.revaluation_numerator).otherwise(numerator)
        denominator = pl.when(applies).then(parts).otherwise(denominator)
    return [
        result.alias("reference_income_cents"),
        numerator.cast(pl.Int64).alias("revaluation_numerator"),
        denominator.cast(pl.Int64).alias("revaluation_denominator"),
    ]
