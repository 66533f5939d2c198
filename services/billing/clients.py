"""What billing asks of other services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee
from shared.platform.calls.models import ApiModel
from shared.platform.calls.service_client import ServiceClient

#: Affiliation answers about at most a thousand at once; a file for the bank can hold more.
_DOSSIERS_PER_QUERY: Final = 500


class _IdentitiesQuery(ApiModel):
    dossiers: tuple[UUID, ...]
    purpose: str


class _Identity(ApiModel):
    dossier: UUID
    file_number: int
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    language: Language
    street: str = ""
    house_number: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "BE"
    account_number: str | None = None
    channel: str | None = None
    email: str | None = None
    national_number: str | None = None
    enterprise_number: str | None = None


class _Identities(ApiModel):
    items: tuple[_Identity, ...]


@dataclass(frozen=True)
class Affiliation:
    """Asks affiliation, the only place where identity lies; what it answers is printed and forgotten."""

    client: ServiceClient

    async def addressees(self, dossiers: Sequence[UUID], *, purpose: str) -> dict[UUID, Addressee]:
        """Return to whom letters about dossiers go, leaving out those affiliation does not know.

        Args:
            dossiers: whose addresses are needed.
            purpose: why; affiliation writes it down for each of them.

        Raises:
            CallFailed: affiliation does not answer, refuses, or answers nonsense.
        """
        items = await self._identities(dossiers, purpose)
        return {item.dossier: _addressee(item) for item in items}

    async def account_holders(self, dossiers: Sequence[UUID], *, purpose: str) -> dict[UUID, AccountHolder]:
        """Return who holds the accounts of dossiers, leaving out those affiliation does not know; errors as above."""
        items = await self._identities(dossiers, purpose)
        return {
            item.dossier: AccountHolder(addressee=_addressee(item), account_number=item.account_number)
            for item in items
        }

    async def _identities(self, dossiers: Sequence[UUID], purpose: str) -> list[_Identity]:
        found: list[_Identity] = []
        for start in range(0, len(dossiers), _DOSSIERS_PER_QUERY):
            query = _IdentitiesQuery(dossiers=tuple(dossiers[start : start + _DOSSIERS_PER_QUERY]), purpose=purpose)
            found += (await self.client.post("/v1/identities/query", query, _Identities)).items
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHolder:
    """Whom money goes to or comes from; printed in a file for the bank and forgotten."""

    addressee: Addressee
    account_number: str | None = field(repr=False)


def _addressee(item: _Identity) -> Addressee:
    name = item.company_name or " ".join(part for part in (item.first_name, item.last_name) if part)
    return Addressee(
        name=name,
        language=item.language,
        street=f"{item.street} {item.house_number}".strip(),
        city=f"{item.postal_code} {item.city}".strip(),
        country=item.country,
        postal_code=item.postal_code,
        channel=item.channel,
        email=item.email,
        mailbox=item.enterprise_number or item.national_number,
    )
