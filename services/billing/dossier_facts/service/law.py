"""What several routes and procedures take from the service's context."""

from __future__ import annotations

from services.billing.assessment.rules import quarter_law
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from shared.law.parameters import ParameterMissing
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import InvalidInput, Issue


def assessment_law(context: AnyContext) -> AssessmentLaw:
    """Give the law with the fund's own fees; what is read of it once is kept."""
    return AssessmentLaw(
        parameters=context.parameters,
        fee_rate_of=lambda quarter: context.fund.on(quarter.starts_on).management_fee_rate,
    )


def known_quarter(text: str, context: AnyContext) -> Quarter:
    """Read a quarter whose law is known; raises ``InvalidInput`` that names the missing value and its day."""
    quarter = Quarter.parse(text)
    try:
        quarter_law(quarter=quarter, parameters=context.parameters)
    except ParameterMissing as missing:
        raise InvalidInput(issues=[Issue(name="quarter", detail=str(missing), rule="law")]) from missing
    return quarter
