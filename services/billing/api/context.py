"""What several routes and procedures take from the service's context."""

from __future__ import annotations

from services.billing.domain.year_assessment import AssessmentLaw
from shared.platform.context import AnyContext


def assessment_law(context: AnyContext) -> AssessmentLaw:
    """Give the law with the fund's own fees; what is read of it once is kept."""
    return AssessmentLaw(
        parameters=context.parameters,
        fee_rate_of=lambda quarter: context.fund.on(quarter.starts_on).management_fee_rate,
    )
