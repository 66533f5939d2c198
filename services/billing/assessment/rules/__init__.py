"""The assessment of contributions: from an income to what is owed for a quarter, once, for one person or a million.

``assess`` computes whole columns in exact integers; ``assess_one`` is the same computation on one row; ``explain`` and
``explanation_document`` read the reasons from the row that computation gave. There is no second formula.
"""

from __future__ import annotations

from services.billing.assessment.rules.columns import (
    AMOUNT_COLUMNS,
    INPUT_SCHEMA,
    OUTPUT_COLUMNS,
    YEARS_BACK,
    Adjustment,
    AssessmentInputInvalid,
    AssessmentRefused,
    IncomeBasis,
)
from services.billing.assessment.rules.computation import (
    assess,
    assess_by_law,
    assess_one,
    fee_rate_millionths,
    rule_of,
)
from services.billing.assessment.rules.explanation import (
    BILLED_AMOUNTS,
    STORED_INPUTS,
    ExplanationDiffers,
    ExplanationLine,
    explain,
    explanation_document,
    explanation_figures,
    stored_row,
)
from services.billing.assessment.rules.law import CategoryLaw, QuarterLaw, quarter_law
from services.billing.assessment.rules.stored_law import identified_law, law_from_document, law_json
from services.billing.assessment.rules.year import due_for_year

__all__ = [
    "AMOUNT_COLUMNS",
    "BILLED_AMOUNTS",
    "INPUT_SCHEMA",
    "OUTPUT_COLUMNS",
    "STORED_INPUTS",
    "YEARS_BACK",
    "Adjustment",
    "AssessmentInputInvalid",
    "AssessmentRefused",
    "CategoryLaw",
    "ExplanationDiffers",
    "ExplanationLine",
    "IncomeBasis",
    "QuarterLaw",
    "assess",
    "assess_by_law",
    "assess_one",
    "due_for_year",
    "explain",
    "explanation_document",
    "explanation_figures",
    "fee_rate_millionths",
    "identified_law",
    "law_from_document",
    "law_json",
    "quarter_law",
    "rule_of",
    "stored_row",
]
