"""Who somebody is, and how letters reach them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from services.affiliation.people import service
from services.affiliation.people.rules import LetterChannel
from shared.contracts.vocabulary import Language
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, NotFound, Principal, require

_MAY_IDENTIFY = ("affiliationAgent", "collectionsAgent", "benefitsAgent", "finance", "teamLead", "service")
_MAY_CHOOSE = ("affiliationAgent", "service")
_DOSSIERS_MAX = 1000


class IdentityQuery(ApiModel):
    """Whose identity is needed, and what for; every read is on record."""

    dossiers: list[UUID] = Field(min_length=1, max_length=_DOSSIERS_MAX)
    purpose: str = Field(min_length=3, max_length=80, description="What for, in words; no personal data.")


class ChannelChoice(ApiModel):
    """What somebody chose, and on which day: e-mail and eBox need a consent that can be shown."""

    dossier: UUID
    channel: LetterChannel
    chosen_on: date


class ChosenChannel(ApiModel):
    """The choice that holds now."""

    dossier: UUID
    channel: LetterChannel


class IdentityView(ApiModel):
    """A person or a company, and where to reach them."""

    dossier: UUID
    file_number: int
    kind: str
    language: Language
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str
    national_number: str | None = None
    enterprise_number: str | None = None
    account_number: str | None = None
    email: str | None = None
    channel: LetterChannel | None = None
    channel_chosen_on: date | None = Field(default=None, description="Day of the consent that holds now.")


class IdentityPage(ApiModel):
    """Identities in order of file number; unknown dossiers are left out."""

    items: tuple[IdentityView, ...]


def identities_router(context: AnyContext) -> ApiRouter:
    """Return the operations on identities."""
    router = ApiRouter(tags=["Identities"])

    @router.post("/v1/identities/query", summary="Read identities", response_model=IdentityPage)
    async def query_identities(
        query: IdentityQuery, principal: Principal = Depends(require(*_MAY_IDENTIFY))
    ) -> IdentityPage:
        """Return who dossiers are about; who asked, about whom and what for is on record."""
        async with context.database.transaction() as connection:
            found = await service.read_identities(
                connection, dossiers=query.dossiers, actor=principal.subject, purpose=query.purpose
            )
        return IdentityPage(items=tuple(IdentityView.model_validate(one, from_attributes=True) for one in found))

    return router


def channels_router(context: AnyContext) -> ApiRouter:
    """Return the operation on how letters come."""
    router = ApiRouter(tags=["Dossiers"])

    @router.post("/v1/channelChoices", summary="Choose how letters come", response_model=ChosenChannel)
    async def choose_channel(
        choice: ChannelChoice, principal: Principal = Depends(require(*_MAY_CHOOSE))
    ) -> ChosenChannel:
        """Keep by which channel somebody wants ordinary letters; doing it again changes nothing."""
        if choice.chosen_on > await context.clock.today():
            issue = Issue(name="chosenOn", detail="The day of the choice lies in the future.", rule="outOfRange")
            raise InvalidInput(issues=[issue])
        async with context.database.transaction() as connection:
            known = await service.choose_channel(
                connection,
                dossier=choice.dossier,
                channel=choice.channel,
                chosen_on=choice.chosen_on,
                actor=principal.subject,
            )
        if not known:
            raise NotFound(detail="There is no such dossier.")
        return ChosenChannel(dossier=choice.dossier, channel=choice.channel)

    return router
