"""The assessment of contributions: from an income to what is owed for a quarter, once, for one person or a million.

``assess`` computes whole columns in exact integers; ``assess_one`` is the same computation on one row; ``explain`` and
``explanation_document`` read the reasons from the row that computation gave. There is no second formula.
"""

from __future__ import annotations

from services.billing.domain.assessment.columns import (
    AMOUNT_COLUMNS,
    INPUT_SCHEMA,
    OUTPUT_COLUMNS,
    Adjustment,
    AssessmentInputInvalid,
    AssessmentRefused,
    IncomeBasis,
)
from services.billing.domain.assessment.computation import assess, assess_one, fee_rate_millionths
from services.billing.domain.assessment.explanation import (
    ExplanationLine,
    explain,
    explanation_document,
    explanation_json,
)
from services.billing.domain.assessment.law import CategoryLaw, QuarterLaw, quarter_law

__all__ = [
    "AMOUNT_COLUMNS",
    "INPUT_SCHEMA",
    "OUTPUT_COLUMNS",
    "Adjustment",
    "AssessmentInputInvalid",
    "AssessmentRefused",
    "CategoryLaw",
    "ExplanationLine",
    "IncomeBasis",
    "QuarterLaw",
    "assess",
    "assess_one",
    "explain",
    "explanation_document",
    "explanation_json",
    "fee_rate_millionths",
    "quarter_law",
]
