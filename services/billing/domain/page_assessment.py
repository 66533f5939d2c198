"""From what the fund knows of the subjects of a page to what each of them owes for a quarter, over whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from services.billing.domain.assessment import IncomeBasis, QuarterLaw, assess
from shared.contracts.vocabulary import Category
from shared.law.income_year import reference_year
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: What the fund knows of somebody who owes a quarter.
KNOWN_SUBJECT: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "dossier": pl.String,
    "file_number": pl.Int64,
    "starts_on": pl.Date,  # first day of the current activity
    # First day of the beginning it goes on from: an activity that follows on one of the quarter before is no
    # beginning (RGS art. 38), so its reference years are those of the earlier activity.
    "began_on": pl.Date,
    "first_activity": pl.Boolean,
    "category": pl.String,  # category of the quarter; null when nobody told it
    "income_year": pl.Int64,  # latest year whose income was known on 1 January of the quarter's year, or null
    "income_cents": pl.Int64,
    "notice_number": pl.Int64,  # number of the notice that would be made
    "estimate_cents": pl.Int64,  # income of the year itself after a granted reduction or increase, or null
}
#: What is kept of a subject beside its assessment.
_SUBJECT: Final = ("file_number", "notice_number", "first_quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedPage:
    """What the subjects of a page owe.

    Attributes:
        assessed: ``file_number``, ``notice_number``, ``first_quarter`` and the columns of an assessment.
        unassessed: ``dossier``, ``file_number``, ``reason`` (a lasting name) and ``detail`` (for a person) of those
            whose contribution cannot be computed.
    """

    assessed: pl.DataFrame
    unassessed: pl.DataFrame


def assess_page(
    *,
    subjects: pl.DataFrame,
    quarter: Quarter,
    parameters: Parameters,
    fee_rate: Decimal,
    law: QuarterLaw | None = None,
) -> AssessedPage:
    """Assess the subjects of a page; who cannot be assessed does not hold up the others.

    Somebody without a reference year yet pays the starting amount of the category (royal decree 38, art. 13bis). The
    others pay on the income of the third year before, revalued, and of a whole year when it was incomplete (art. 11
    par. 3). Whoever was granted a reduction or an increase pays on the estimate of the year itself (art. 11 par. 3
    al. 5 to 8).

    Args:
        subjects: columns of ``KNOWN_SUBJECT``.
        quarter: the quarter that is owed.
        parameters: the law.
        fee_rate: the fund's management fee as a ratio.
        law: the law of the quarter when the caller already read it.

    Raises:
        ParameterMissing: the law of the quarter itself is not known.
    """
    judged = subjects.with_columns(_starts_without_reference(quarter).alias("start")).with_columns(_reason(quarter))
    ready = judged.filter(pl.col("reason").is_null()).with_columns(_inputs(quarter))
    result = assess(ready, quarter=quarter, parameters=parameters, fee_rate=fee_rate, law=law)
    # Both frames have the same people in the same order.
    result = pl.concat([result, ready.select(_SUBJECT)], how="horizontal")
    problem = pl.col("problem")
    refused = result.filter(problem.is_not_null()).select(
        "dossier", "file_number", pl.lit("notAssessable").alias("reason"), problem.alias("detail")
    )
    unknown = judged.filter(pl.col("reason").is_not_null()).select("dossier", "file_number", "reason", _detail(quarter))
    return AssessedPage(assessed=result.filter(problem.is_null()), unassessed=pl.concat([unknown, refused]))


def _starts_without_reference(quarter: Quarter) -> pl.Expr:
    return pl.col("began_on").dt.year() > reference_year(quarter.year)


def _reason(quarter: Quarter) -> pl.Expr:
    """Say why somebody cannot be assessed.

    Where the income of the reference year is not known, the latest earlier one takes its place (art. 11 par. 3), but
    the fraction that revalues it is not in the law data: another year's fraction would be a guess.
    """
    year = reference_year(quarter.year)
    return (
        pl.when(pl.col("category").is_null())
        .then(pl.lit("categoryUnknown"))
        .when(pl.col("start") | pl.col("estimate_cents").is_not_null())
        .then(None)
        .when(pl.col("income_year").is_null())
        .then(pl.lit("incomeUnknown"))
        .when(pl.col("income_year") != year)
        .then(pl.lit("noLawForIncomeYear"))
        .alias("reason")
    )


def _detail(quarter: Quarter) -> pl.Expr:
    year = reference_year(quarter.year)
    reason = pl.col("reason")
    return (
        pl.when(reason == "categoryUnknown")
        .then(pl.lit(f"no category is known for {quarter}"))
        .when(reason == "incomeUnknown")
        .then(pl.lit(f"no income was known on {quarter.year}-01-01; the contribution is computed on that of {year}"))
        .otherwise(
            pl.format(
                f"the latest known income is of {{}} and no revaluation from that year to {quarter.year} is known",
                pl.col("income_year"),
            )
        )
        .alias("detail")
    )


def _inputs(quarter: Quarter) -> list[pl.Expr]:
    """Give the columns an assessment reads."""
    estimate, began, starts_on = pl.col("estimate_cents"), pl.col("began_on"), pl.col("starts_on")
    estimated = estimate.is_not_null()
    start = pl.col("start") & ~estimated
    income_year = pl.when(estimated).then(quarter.year).otherwise(reference_year(quarter.year))
    began_then = began.dt.year() == income_year
    first = pl.col("first_activity") & starts_on.is_between(quarter.starts_on, quarter.ends_before, closed="left")
    return [
        pl.when(estimated).then(estimate).when(~start).then(pl.col("income_cents")).alias("income_cents"),
        pl.when(estimated)
        .then(pl.lit(str(IncomeBasis.ESTIMATED)))
        .when(start)
        .then(pl.lit(str(IncomeBasis.START)))
        .otherwise(pl.lit(str(IncomeBasis.N_MINUS_3)))
        .alias("income_basis"),
        pl.when(began_then)
        .then(5 - began.dt.quarter().cast(pl.Int64))
        .otherwise(pl.lit(4, dtype=pl.Int64))
        .alias("income_quarters"),
        (first & (pl.col("category") == Category.PRIMO_STARTER)).alias("first_quarter"),
    ]
