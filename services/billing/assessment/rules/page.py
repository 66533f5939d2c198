"""From what the fund knows of the subjects of a page to what each of them owes for a quarter, over whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from services.billing.assessment.rules import YEARS_BACK, IncomeBasis, QuarterLaw, assess, quarter_law
from shared.law.categories import categories_where
from shared.law.income_year import reference_year
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

_QUARTERS_OF_YEAR: Final = 4

#: Why a mini spouse, who contributes on the income of the helped person (RGS art. 11 par. 2), can't be assessed.
HELPED_UNKNOWN: Final = "helpedUnknown"
HELPED_NOT_SUBJECT: Final = "helpedNotSubject"
HELPED_IS_MINI: Final = "helpedIsMiniSpouse"

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
    "estimate_quarters": pl.Int64,  # quarters of the year that estimate was made for, or null
    "reference_quarters": pl.Int64,  # quarters of ``income_year`` somebody was subject in, or null
    "political_mandate": pl.Boolean,  # article 37 with the limit of a political mandate
    "old_age_opt_out": pl.Boolean,  # beyond pension age, asked not to contribute as main
    "helped": pl.String,  # why the income of the person whom a mini spouse helps can't be taken, or null
}
#: Categories of the first quarters in main occupation only (AR38 art. 12 par. 1bis).
_STARTERS: Final = [str(one) for one in categories_where(lambda meaning: meaning.is_starter)]
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
    par. 3): begun, ended or both within it. Whoever was granted a reduction or an increase pays on the estimate of the
    year itself (art. 11 par. 3 al. 5 to 8), brought to a whole year in the same way.

    Args:
        subjects: columns of ``KNOWN_SUBJECT``.
        quarter: the quarter that is owed.
        parameters: the law.
        fee_rate: the fund's management fee as a ratio.
        law: the law of the quarter when the caller already read it.

    Raises:
        ParameterMissing: the law of the quarter itself is not known.
    """
    rules = law if law is not None else quarter_law(quarter=quarter, parameters=parameters)
    judged = subjects.with_columns(_starts_without_reference(quarter).alias("start")).with_columns(
        _reason(quarter, rules)
    )
    ready = judged.filter(pl.col("reason").is_null()).with_columns(_inputs(quarter))
    result = assess(ready, quarter=quarter, parameters=parameters, fee_rate=fee_rate, law=rules)
    # Both frames have the same people in the same order.
    result = pl.concat([result, ready.select(_SUBJECT)], how="horizontal")
    problem = pl.col("problem")
    refused = result.filter(problem.is_not_null()).select(
        "dossier", "file_number", pl.lit("notAssessable").alias("reason"), problem.alias("detail")
    )
    unknown = judged.filter(pl.col("reason").is_not_null()).select("dossier", "file_number", "reason", _detail(quarter))
    return AssessedPage(assessed=result.filter(problem.is_null()), unassessed=pl.concat([unknown, refused]))


def uninterrupted_quarters(began_on: pl.Expr, year: pl.Expr) -> pl.Expr:
    """Give how many quarters of a year somebody was subject in whose one activity began on a day and goes on."""
    return (
        pl.when(began_on.dt.year() < year)
        .then(pl.lit(_QUARTERS_OF_YEAR, dtype=pl.Int64))
        .when(began_on.dt.year() == year)
        .then(_QUARTERS_OF_YEAR + 1 - began_on.dt.quarter().cast(pl.Int64))
        .when(year.is_not_null())
        .then(pl.lit(0, dtype=pl.Int64))
    )


def _starts_without_reference(quarter: Quarter) -> pl.Expr:
    return pl.col("began_on").dt.year() > reference_year(quarter.year)


def _reason(quarter: Quarter, law: QuarterLaw) -> pl.Expr:
    """Say why somebody cannot be assessed.

    Where the income of the reference year was not known on 1 January, the latest earlier one takes its place (art. 11
    par. 3 al. 2), as long as it is of the present activity and the mean index of its year is known.
    """
    years = [quarter.year - back for back in YEARS_BACK.values() if law.revaluation_of(back)]
    # The fraction of the third year before is the assessment's own question: it names the value that lacks.
    years.append(reference_year(quarter.year))
    return (
        pl.when(pl.col("category").is_null())
        .then(pl.lit("categoryUnknown"))
        .when(pl.col("helped").is_not_null())
        .then(pl.col("helped"))
        .when(pl.col("start") | pl.col("estimate_cents").is_not_null())
        .then(None)
        .when(pl.col("income_year").is_null())
        .then(pl.lit("incomeUnknown"))
        .when((pl.col("reference_quarters") == 0) | (pl.col("income_year") < pl.col("began_on").dt.year()))
        .then(pl.lit("incomeYearNotSubject"))
        .when(~pl.col("income_year").is_in(years))
        .then(pl.lit("noLawForIncomeYear"))
        .alias("reason")
    )


def _detail(quarter: Quarter) -> pl.Expr:
    year = reference_year(quarter.year)
    reason, income_year = pl.col("reason"), pl.col("income_year")
    return (
        pl.when(reason == "categoryUnknown")
        .then(pl.lit(f"no category is known for {quarter}"))
        .when(reason == HELPED_UNKNOWN)
        .then(pl.lit("whom this spouse helps is not known: tell affiliation (helpedDossier of a category change)"))
        .when(reason == HELPED_NOT_SUBJECT)
        .then(pl.lit(f"the person whom this spouse helps is not subject in {quarter}: the help ended too, or is wrong"))
        .when(reason == HELPED_IS_MINI)
        .then(
            pl.lit("whom this spouse helps is a mini spouse too, without an income that counts: correct helpedDossier")
        )
        .when(reason == "incomeUnknown")
        .then(pl.lit(f"no income was known on {quarter.year}-01-01; the contribution is computed on that of {year}"))
        .when(reason == "incomeYearNotSubject")
        .then(
            pl.format(
                f"the latest income known on {quarter.year}-01-01 is of {{}}, a year in which the present activity "
                f"is not known; the contribution is computed on that of {year}",
                income_year,
            )
        )
        .otherwise(
            pl.format(
                f"the latest income known on {quarter.year}-01-01 is of {{}}, and the mean price index of that year, "
                f"which revalues it to {quarter.year}, is not known; the income of {year} or the index is needed",
                income_year,
            )
        )
        .alias("detail")
    )


def _inputs(quarter: Quarter) -> list[pl.Expr]:
    """Give the columns an assessment reads."""
    estimate, starts_on = pl.col("estimate_cents"), pl.col("starts_on")
    estimated = estimate.is_not_null()
    start = pl.col("start") & ~estimated
    first = pl.col("first_activity") & starts_on.is_between(quarter.starts_on, quarter.ends_before, closed="left")
    return [
        pl.when(estimated).then(estimate).when(~start).then(pl.col("income_cents")).alias("income_cents"),
        pl.when(estimated)
        .then(pl.lit(str(IncomeBasis.ESTIMATED)))
        .when(start)
        .then(pl.lit(str(IncomeBasis.START)))
        .otherwise(pl.format("n-{}", quarter.year - pl.col("income_year")))
        .alias("income_basis"),
        pl.when(estimated)
        .then(pl.col("estimate_quarters"))
        .when(start)
        .then(pl.lit(_QUARTERS_OF_YEAR, dtype=pl.Int64))
        .otherwise(pl.col("reference_quarters"))
        .alias("income_quarters"),
        (first & pl.col("category").is_in(_STARTERS)).alias("first_quarter"),
    ]
