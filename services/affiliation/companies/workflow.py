"""The procedure of one company: affiliated for the yearly contribution, linked with its manager."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.affiliation.companies.activities import AFFILIATE_COMPANY
    from services.affiliation.companies.procedure import (
        COMPANY_AFFILIATION,
        CompanyAssessmentInput,
        CompanyInput,
        CompanyOutcome,
    )
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today


@workflow.defn(name=COMPANY_AFFILIATION)
class CompanyAffiliation:
    """Affiliates a company that joined this fund (law of 30-12-1992, art. 89)."""

    @workflow.run
    async def run(self, company: CompanyInput) -> CompanyOutcome:
        """Return how many links of liability there are."""
        return await insist(
            AFFILIATE_COMPANY, CompanyAssessmentInput(dossier=company.dossier, today=business_today()), CompanyOutcome
        )
