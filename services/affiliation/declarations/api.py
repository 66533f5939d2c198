"""Declarations of one person: received, completed, withdrawn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from services.affiliation.breaches.service import BreachView, refusal, view
from services.affiliation.declarations.rules.declaration import Origin
from services.affiliation.declarations.rules.status import ApplicationStatus
from services.affiliation.declarations.service import applications
from services.affiliation.declarations.service.applications import ApplicationClosed, ApplicationNotFound
from services.affiliation.declarations.service.receiving import Declared, declare
from services.affiliation.declarations.store import Application, find_application
from shared.contracts.vocabulary import Category, Language
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require
from shared.platform.people import audit

_AGENTS = ("affiliationAgent", "service")
_MAY_READ = ("affiliationAgent", "teamLead", "auditor", "service")
Text = Annotated[str, Field(min_length=1, max_length=100)]


class ApplicationRequest(ApiModel):
    """What a person declares to be affiliated (RGS art. 6)."""

    reference: Text = Field(description="The sender's own reference; the same declaration again is recognised by it.")
    national_number: Text
    last_name: Text
    first_name: Text
    birth_date: date
    language: Language
    nationality: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 code.")
    professional_card: Text | None = Field(default=None, description="Number of the card, or the word exempt.")
    street: Text
    house_number: Text
    postal_code: Text
    city: Text
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 code.")
    email: Text | None = None
    category: Category
    starts_on: date = Field(description="First day of the activity.")
    first_activity: bool = Field(description="Whether there was no activity in the quarter before (RGS art. 38).")
    insurer: str = Field(pattern=r"^[0-9]{3}$", description="Number of the mutuality.")
    account_number: Text | None = None
    artist_attestation: bool = Field(
        default=False, description="A valid attestation of the arts: eight quarters as primo-starter instead of four."
    )
    sickness_quarters: int = Field(
        default=0,
        ge=0,
        le=99,
        description="Quarters in a row assimilated for sickness, after which a primo-starter works again.",
    )
    political_mandate: bool = Field(default=False, description="Article 37 with the limit of a political mandate.")
    old_age_opt_out: bool = Field(
        default=False, description="Beyond pension age, asked not to contribute as main (RGS art. 37/1)."
    )
    helped_national_number: Text | None = Field(default=None, description="Whom a helping spouse helps.")

    def values(self) -> dict[str, str]:
        """Return the fields as text, as the rules read them from a file too."""
        values = {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
        for name, value in values.items():
            if isinstance(value, bool):
                values[name] = "yes" if value else "no"
        return {name: str(value) for name, value in values.items()}


class ApplicationView(ApiModel):
    """Where a declaration stands; ``issues`` are what is missing, or why it was refused."""

    application_id: UUID
    dossier: UUID
    file_number: int
    reference: str
    received_on: date
    category: Category
    starts_on: date
    status: ApplicationStatus
    issues: tuple[BreachView, ...]


class Information(ApiModel):
    """What was missing; at least one of the two."""

    professional_card: Text | None = Field(default=None, description="Number of the card, or the word exempt.")
    insurer: str | None = Field(default=None, pattern=r"^[0-9]{3}$", description="Number of the mutuality.")


def applications_router(context: AnyContext) -> ApiRouter:
    """Return the operations on declarations."""
    router = ApiRouter(tags=["Applications"])
    _add_declaring(router, context)
    _add_following(router, context)
    return router


def _add_declaring(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/applications", status_code=202, summary="Declare an activity", response_model=ApplicationView)
    async def create_application(
        application: ApplicationRequest, response: Response, principal: Principal = Depends(require(*_AGENTS))
    ) -> ApplicationView:
        """Receive a declaration; its procedure affiliates, asks for what is missing, or refuses."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            declared: Declared = await declare(
                connection,
                values=application.values(),
                origin=Origin.DECLARED,
                received_on=today,
                received_by=principal.subject,
                parameters=context.parameters,
            )
        if declared.application is None:
            raise refusal(declared.breaches, detail="The declaration was refused; it was kept with the reasons.")
        response.headers["Location"] = f"/v1/applications/{declared.application.application_id}"
        return _view(declared.application)

    @router.get("/v1/applications/{application_id}", summary="Read a declaration", response_model=ApplicationView)
    async def get_application(
        application_id: UUID,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> ApplicationView:
        """Return where a declaration stands; the read is on record."""
        found = await _found(context, application_id)
        async with context.database.transaction() as connection:
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="application",
                dossiers=[found.dossier],
                purpose="affiliation",
            )
        return found


def _add_following(router: ApiRouter, context: AnyContext) -> None:
    @router.post(
        "/v1/applications/{application_id}/information",
        status_code=202,
        summary="Supply what was missing",
        response_model=ApplicationView,
    )
    async def supply_information(
        application_id: UUID, information: Information, principal: Principal = Depends(require(*_AGENTS))
    ) -> ApplicationView:
        """Add what was missing; the procedure looks at the declaration again."""
        if information.professional_card is None and information.insurer is None:
            issue = Issue(name="body", detail="Give professionalCard or insurer.", rule="anyOfExpected")
            raise InvalidInput(detail="Nothing was supplied.", issues=[issue])
        today = await context.clock.today()
        async with _following(context) as connection:
            found = await applications.supply(
                connection,
                application_id=application_id,
                professional_card=information.professional_card,
                insurer=information.insurer,
                today=today,
                actor=principal.subject,
            )
        if found:
            raise refusal(found, detail="What was supplied can't be read.")
        return await _found(context, application_id)

    @router.post(
        "/v1/applications/{application_id}/withdrawal",
        status_code=202,
        summary="Withdraw a declaration",
        response_model=ApplicationView,
    )
    async def withdraw_application(
        application_id: UUID, principal: Principal = Depends(require(*_AGENTS))
    ) -> ApplicationView:
        """End a declaration that has not yet led to an affiliation; withdrawing again changes nothing."""
        today = await context.clock.today()
        async with _following(context) as connection:
            await applications.withdraw(connection, application_id=application_id, today=today, actor=principal.subject)
        return await _found(context, application_id)


@asynccontextmanager
async def _following(context: AnyContext) -> AsyncIterator[Connection]:
    """Give a transaction; a declaration that is unknown or has ended becomes a problem."""
    try:
        async with context.database.transaction() as connection:
            yield connection
    except ApplicationNotFound:
        raise NotFound(detail="There is no such declaration.") from None
    except ApplicationClosed:
        raise Conflict(detail="The declaration has ended; an affiliation ends by cessation.") from None


async def _found(context: AnyContext, application_id: UUID) -> ApplicationView:
    async with context.database.transaction() as connection:
        found = await find_application(connection, application_id=application_id)
    if found is None:
        raise NotFound(detail="There is no such declaration.")
    return _view(found)


def _view(application: Application) -> ApplicationView:
    return ApplicationView(
        application_id=application.application_id,
        dossier=application.dossier,
        file_number=application.file_number,
        reference=application.reference,
        received_on=application.received_on,
        category=application.category,
        starts_on=application.starts_on,
        status=application.status,
        issues=tuple(view(breach) for breach in application.breaches),
    )
