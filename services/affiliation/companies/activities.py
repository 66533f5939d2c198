"""What the procedure of a company does outside itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from temporalio import activity

from services.affiliation.companies import service
from services.affiliation.companies.procedure import CompanyAssessmentInput, CompanyOutcome
from shared.platform.database.connections import Database

AFFILIATE_COMPANY: Final = "affiliateCompany"


class CompanyActivities:
    """The activities, with what they need."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def all(self) -> Sequence[Callable[..., Any]]:
        """Return what a worker registers."""
        return (self.affiliate_company,)

    @activity.defn(name=AFFILIATE_COMPANY)
    async def affiliate_company(self, request: CompanyAssessmentInput) -> CompanyOutcome:
        """Affiliate a company and link it with its manager; running again changes nothing."""
        async with self._database.transaction() as connection:
            links = await service.affiliate_company(connection, dossier=request.dossier, today=request.today)
        return CompanyOutcome(links=links)
