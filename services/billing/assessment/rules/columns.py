"""The columns an assessment reads and writes, and the words in them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import polars as pl


class IncomeBasis(StrEnum):
    """Which income a contribution is computed on."""

    N_MINUS_3 = "n-3"
    """Income of the third year before, revalued (royal decree 38, art. 11 §3); a provisional contribution."""
    N_MINUS_4 = "n-4"
    """The latest income known on 1 January when that of the third year before was not: here of the fourth (al. 2)."""
    N_MINUS_5 = "n-5"
    """The same, of the fifth year before."""
    N_MINUS_6 = "n-6"
    """The same, of the sixth year before."""
    N_MINUS_7 = "n-7"
    """The same, of the seventh year before."""
    N_MINUS_8 = "n-8"
    """The same, of the eighth year before."""
    DEFINITIVE = "definitive"
    """Income of the contribution year itself, never revalued (art. 11 §5)."""
    ESTIMATED = "estimated"
    """Income of the contribution year as its earner estimates it, after a granted reduction or an increase."""
    START = "start"
    """No reference income yet: the lump sum of the category (art. 13bis §2)."""


#: How many years before the contribution year each income is of that is revalued (royal decree 38, art. 11 §3).
YEARS_BACK: Final[dict[IncomeBasis, int]] = {
    IncomeBasis.N_MINUS_3: 3,
    IncomeBasis.N_MINUS_4: 4,
    IncomeBasis.N_MINUS_5: 5,
    IncomeBasis.N_MINUS_6: 6,
    IncomeBasis.N_MINUS_7: 7,
    IncomeBasis.N_MINUS_8: 8,
}
#: Those of which the income of the third year before was not known in time.
EARLIER_BASES: Final = tuple(basis for basis in YEARS_BACK if basis is not IncomeBasis.N_MINUS_3)


class Adjustment(StrEnum):
    """What the rules of the category did to the income before rates were applied."""

    NONE = "none"
    MINIMUM = "minimum"
    """The income is lower than the least income of the category, which is taken instead."""
    BELOW_THRESHOLD = "belowThreshold"
    """The income does not reach the threshold of the category: nothing is due."""
    PART_ABOVE = "partAbove"
    """A student contributes on the part above half of the least income in main occupation only."""
    LUMP_SUM = "lumpSum"
    """The starting lump sum of the category replaces an income nobody knows yet."""
    EQUIVALENCE_LOST = "equivalenceLost"
    """The income reaches the limit of article 37: the contribution is that of the main occupation."""


class AssessmentInputInvalid(ValueError):
    """The frame to assess lacks a column or holds one of a wrong type; the message names it."""


class AssessmentRefused(ValueError):
    """One person cannot be assessed; the message names what is missing or wrong."""


#: What ``assess`` reads. Only the first four are needed; the others have the default given in ``INPUT_DEFAULTS``.
INPUT_SCHEMA: Final[dict[str, type[pl.DataType]]] = {
    "dossier": pl.String,  # or any other type: it is passed through untouched
    "category": pl.String,  # a value of shared.contracts.vocabulary.Category
    "income_cents": pl.Int64,  # net professional income of the year; a loss is negative; null for basis ``start``
    "income_basis": pl.String,  # a value of IncomeBasis
    "income_quarters": pl.Int64,  # quarters subject in the year of the income (1 to 4): 15,000 over 3 counts as 20,000
    "first_quarter": pl.Boolean,  # first quarter of a primo-starter, which is cut
    "political_mandate": pl.Boolean,  # article 37 with the lower limit of a political mandate
    "old_age_opt_out": pl.Boolean,  # past pension age without pension, opted out of contributing as main (RGS 37/1)
    "fee_rate_millionths": pl.Int64,  # management fee: 0.0425 is 42,500; else the rate given to ``assess``
}

INPUT_REQUIRED: Final = ("dossier", "category", "income_cents", "income_basis")

INPUT_DEFAULTS: Final[dict[str, int | bool]] = {
    "income_quarters": 4,
    "first_quarter": False,
    "political_mandate": False,
    "old_age_opt_out": False,
}

#: Integer cents, null in a row that could not be assessed.
AMOUNT_COLUMNS: Final = (
    "annualised_income_cents",  # income x 4 / income_quarters, half up
    "reference_income_cents",  # after revaluation, half up
    "base_income_cents",  # after minimum, threshold, free part or lump sum
    "band1_income_cents",
    "band2_income_cents",
    "annual_contribution_cents",  # half up; shown, never divided again
    "full_quarter_cents",  # the exact annual contribution divided by four, half up
    "first_quarter_cut_cents",
    "contribution_cents",  # what is owed for the quarter, without fee
    "fee_cents",  # fee on the rounded quarter, half up
    "total_cents",
)

OUTPUT_COLUMNS: Final = (
    "dossier",
    "quarter",
    "category",
    "income_cents",
    "income_basis",
    "income_quarters",
    *AMOUNT_COLUMNS,
    "threshold_cents",  # threshold or least income that was applied, 0 when none
    "rate_band1_basis_points",
    "rate_band2_basis_points",
    "fee_rate_millionths",
    "revaluation_numerator",  # hundredths of index points; null when nothing was revalued
    "revaluation_denominator",
    "adjustment",  # a value of Adjustment
    "rule",  # key of the CategoryLaw that was applied: the category's own, or that of a choice within it
    "article",
    "certainty",  # how sure the least sure parameter that was applied is
    "problem",  # null when the row was assessed, else why not
)
