"""Companies: balance sheets, years and exemptions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field, model_validator

from services.billing.companies import service as companies
from services.billing.companies.rules.companies import ActivePartner, ExemptionGround, ExemptionRefused, starter_years
from services.billing.received_files.service.answers import CSV_BODY, RowImport, import_answer
from services.billing.subjects.service import UnknownDossier
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    Role,
    require,
)
from shared.platform.people import audit

_READERS = (Role.FINANCE, Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.TEAM_LEAD, Role.AUDITOR)
_Year = Annotated[int, Field(ge=2017, le=2100)]


class CompanyQuery(ApiModel):
    """Which company."""

    dossier: UUID


class BalanceTotalView(ApiModel):
    """A balance sheet total as it became known; without amount when no accounts were deposited."""

    financial_year_end: date
    known_on: date
    balance_total_cents: EuroCents | None = None


class CompanyExemptionView(ApiModel):
    """A year for which nothing is owed."""

    year: int
    ground: ExemptionGround
    article: str
    decided_on: date
    decided_by: str


class CompanyContributionView(ApiModel):
    """What was charged for a year, and why."""

    year: int
    size: str
    amount_cents: EuroCents
    increases_cents: EuroCents
    due_on: date
    booked_on: date
    financial_year_end: date | None = None
    balance_total_cents: EuroCents | None = None
    limit_cents: EuroCents | None = None
    certainty: str
    source: str
    structured_communication: str | None = None


class CompanyView(ApiModel):
    """A company as billing knows it."""

    dossier: UUID
    founded_on: date
    affiliated_on: date
    first_year: int
    last_year: int | None = None
    balance_totals: tuple[BalanceTotalView, ...]
    exemptions: tuple[CompanyExemptionView, ...]
    contributions: tuple[CompanyContributionView, ...]


class CompanyYears(ApiModel):
    """From which year to which a company owes to this fund (art. 89 and 90), and why a person says so."""

    dossier: UUID
    first_year: _Year
    last_year: _Year | None = None
    reason: str = Field(min_length=10, max_length=500)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_year is not None and self.last_year < self.first_year:
            raise ValueError("lastYear is not before firstYear")
        return self


class PartnerOfStarter(ApiModel):
    """A manager or another active partner of a starting company; nobody is named."""

    manages: bool
    quarters_self_employed: int = Field(ge=0, le=40)


class StarterConditions(ApiModel):
    """What the starters' exemption asks (art. 94, 9°)."""

    partnership_form: bool = Field(description="Not an SA/NV.")
    in_crossroads_bank: bool
    partners: tuple[PartnerOfStarter, ...] = Field(max_length=100)


class CompanyExemption(ApiModel):
    """An exemption; for starters the years follow from the conditions, else they are given with the certificate."""

    dossier: UUID
    ground: ExemptionGround
    years: tuple[int, ...] = Field(default=(), max_length=20)
    certificate: str = Field(default="", max_length=80, description="Reference of the certificate or the judgment.")
    starter: StarterConditions | None = None


class ExemptionGranted(ApiModel):
    """The years that are exempt by now; ``newYears`` were not before."""

    dossier: UUID
    years: tuple[int, ...]
    new_years: int


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Companies"])
    _add_balances(routes, context)
    _add_companies(routes, context)
    return routes


def _add_balances(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post(
        "/balanceTotals/imports",
        status_code=201,
        response_model=RowImport,
        responses={200: {"model": RowImport, "description": "The file was imported before."}},
        openapi_extra=CSV_BODY,
        summary="Import balance sheet totals",
    )
    async def create_balance_import(
        request: Request,
        response: Response,
        principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT, Role.SERVICE)),
    ) -> Any:
        """Keep a file ``file_number;financial_year_end;balance_total;known_on``; wrong lines are listed."""
        content = await request.body()
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            result = await companies.import_balances(
                connection, content=content, received_on=today, received_by=principal.subject
            )
        return import_answer(result, response)


def _add_companies(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/companies/query", response_model=CompanyView, summary="One company")
    async def query_company(query: CompanyQuery, principal: Principal = Depends(require(*_READERS))) -> Any:
        """Give the balance sheets, exemptions and contributions of a company."""
        async with context.database.transaction() as connection:
            found = await companies.company_file(connection, dossier=query.dossier)
            if found is None:
                raise NotFound(detail="Billing knows no company under this dossier.")
            await _record(connection, principal, query.dossier, "company.read", {})
        parts = {name: getattr(found, name) for name in ("balance_totals", "exemptions", "contributions")}
        return CompanyView.model_validate({**asdict(found.company), **parts}, from_attributes=True)

    @routes.post("/companyYears", response_model=CompanyYears, summary="Set the years of a company")
    async def set_company_years(
        years: CompanyYears, principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT))
    ) -> Any:
        """Say from which year to which a company owes here: another fund, or a late affiliation."""
        async with context.database.transaction() as connection:
            try:
                await companies.set_years(
                    connection,
                    dossier=years.dossier,
                    first_year=years.first_year,
                    last_year=years.last_year,
                    set_by=principal.subject,
                    reason=years.reason,
                )
            except UnknownDossier as error:
                raise _unknown(error) from error
            details = {"firstYear": years.first_year, "lastYear": years.last_year}
            await _record(connection, principal, years.dossier, "companyYears.set", details)
        return years

    @routes.post("/companyExemptions", response_model=ExemptionGranted, summary="Exempt a company")
    async def grant_company_exemption(
        wanted: CompanyExemption, principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT))
    ) -> Any:
        """Exempt a company from years; what was charged for them is waived and what was paid becomes its credit."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                founded_on = await companies.founded_on(connection, dossier=wanted.dossier)
                years = _years(context, wanted, founded_on)
                new = await companies.grant_exemption(
                    connection,
                    dossier=wanted.dossier,
                    ground=wanted.ground,
                    years=years,
                    evidence=wanted.model_dump(mode="json", by_alias=True, exclude={"dossier"}),
                    decided_on=today,
                    decided_by=principal.subject,
                    interest_rate=context.parameters.decimal("surcharges.socialInterestRate", on=today),
                )
            except UnknownDossier as error:
                raise _unknown(error) from error
            except ExemptionRefused as error:
                raise InvalidInput(
                    detail="The exemption is not granted.",
                    issues=[Issue(name=error.field, detail=str(error), rule=error.rule)],
                ) from error
            details = {"ground": str(wanted.ground), "years": list(years)}
            await _record(connection, principal, wanted.dossier, "companyExemption.granted", details)
        return ExemptionGranted(dossier=wanted.dossier, years=years, new_years=new)


def _years(context: AnyContext, wanted: CompanyExemption, founded_on: date) -> tuple[int, ...]:
    if wanted.ground is ExemptionGround.STARTER:
        if wanted.starter is None:
            raise ExemptionRefused("starter", "requiredInput", "the conditions of a starter are given")
        return starter_years(
            founded_on=founded_on,
            partnership_form=wanted.starter.partnership_form,
            in_crossroads_bank=wanted.starter.in_crossroads_bank,
            partners=[
                ActivePartner(manages=partner.manages, quarters_self_employed=partner.quarters_self_employed)
                for partner in wanted.starter.partners
            ],
            parameters=context.parameters,
        )
    if not wanted.years or min(wanted.years) < founded_on.year:
        raise ExemptionRefused("years", "requiredInput", "the years are given, none before the creation")
    if not wanted.certificate:
        raise ExemptionRefused("certificate", "requiredInput", "the certificate or the judgment is named")
    return tuple(sorted(set(wanted.years)))


def _unknown(error: UnknownDossier) -> InvalidInput:
    return InvalidInput(issues=[Issue(name="dossier", detail=str(error), rule="referencedResourceNotFound")])


async def _record(
    connection: Connection, principal: Principal, dossier: UUID, action: str, details: JsonObject
) -> None:
    await audit.record(
        connection,
        actor=principal.subject,
        action=action,
        dossier=dossier,
        purpose="company contribution",
        details=details,
    )
