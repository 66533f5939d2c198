"""What the quarters of a year come to, for somebody who is subject during some of them only."""

from __future__ import annotations

from typing import Final

import polars as pl

from services.billing.assessment.rules.columns import YEARS_BACK

_QUARTERS_OF_YEAR: Final = 4


def due_for_year() -> pl.Expr:
    """Give the contributions of all quarters subject in the contribution year, in cents and without management fee.

    To use on what ``assess`` gives. Contributions are owed by whole quarters (royal decree 38, art. 15 §2): this is the
    quarter's contribution as often as there are quarters subject, less the cut of a first quarter once. Each quarter is
    rounded, so that it can be two cents from the contribution for the year. With the income of the third year before
    or an earlier one, ``income_quarters`` counts quarters of that older year, and the contribution year is a whole one.
    """
    count = (
        pl.when(pl.col("income_basis").is_in([str(basis) for basis in YEARS_BACK]))
        .then(_QUARTERS_OF_YEAR)
        .otherwise(pl.col("income_quarters"))
    )
    return (count * pl.col("full_quarter_cents") - pl.col("first_quarter_cut_cents")).alias("due_for_year_cents")
