"""What recovery asks of other services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.recovery.debts.rules import DebtorIdentity, OpenItem
from shared.contracts.vocabulary import AmountKind, EuroCents, Language, YearQuarter
from shared.law.quarter import Quarter
from shared.platform.calls.models import ApiModel
from shared.platform.calls.service_client import PeerNonsense, ServiceClient


class _OpenItemsQuery(ApiModel):
    dossier: UUID


class _OpenItem(ApiModel):
    quarter: YearQuarter
    kind: AmountKind
    open_cents: EuroCents
    due_on: date
    disputed: bool = False
    structured_communication: str | None = None


class _OpenItems(ApiModel):
    items: tuple[_OpenItem, ...]


class _PaidQuartersQuery(ApiModel):
    dossier: UUID
    from_quarter: YearQuarter
    to_quarter: YearQuarter


class _PaidQuarter(ApiModel):
    quarter: YearQuarter
    status: str


class _PaidQuarters(ApiModel):
    items: tuple[_PaidQuarter, ...]


class Billing:
    """Asks billing, which alone knows what is owed."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def open_items(self, dossier: UUID) -> tuple[OpenItem, ...]:
        """Return everything a dossier owes now; errors as for ``ServiceClient.post``."""
        answer = await self._client.post("/v1/openItems/query", _OpenItemsQuery(dossier=dossier), _OpenItems)
        return tuple(
            OpenItem(
                quarter=Quarter.parse(item.quarter),
                kind=item.kind,
                open_cents=item.open_cents,
                due_on=item.due_on,
                disputed=item.disputed,
                communication=item.structured_communication or "",
            )
            for item in answer.items
        )

    async def waived_quarters(self, dossier: UUID, quarters: Sequence[Quarter]) -> frozenset[Quarter]:
        """Return which of some quarters were waived, not paid; errors as for ``ServiceClient.post``."""
        query = _PaidQuartersQuery(dossier=dossier, from_quarter=str(min(quarters)), to_quarter=str(max(quarters)))
        answer = await self._client.post("/v1/paidQuarters/query", query, _PaidQuarters)
        waived = {Quarter.parse(item.quarter) for item in answer.items if item.status == "waived"}
        return frozenset(waived & set(quarters))


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
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str
    national_number: str | None = None
    enterprise_number: str | None = None


class _Identities(ApiModel):
    items: tuple[_Identity, ...]


class Affiliation:
    """Asks affiliation, the only place where identity lies."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def identity(self, dossier: UUID, *, purpose: str) -> DebtorIdentity:
        """Return who a dossier is, for one purpose that affiliation writes down.

        Raises:
            PeerNonsense: affiliation does not know the dossier, or answers without a name; errors as for
                ``ServiceClient.post`` besides.
        """
        answer = await self._client.post(
            "/v1/identities/query", _IdentitiesQuery(dossiers=(dossier,), purpose=purpose), _Identities
        )
        found = next((item for item in answer.items if item.dossier == dossier), None)
        if found is None:
            raise PeerNonsense("affiliation", "no identity for a dossier it told about")
        name = found.company_name or " ".join(part for part in (found.first_name, found.last_name) if part)
        if not name:
            raise PeerNonsense("affiliation", "an identity without a name")
        return DebtorIdentity(
            file_number=found.file_number,
            name=name,
            language=found.language,
            street=f"{found.street} {found.house_number}",
            postal_code=found.postal_code,
            city=found.city,
            country=found.country,
            national_number=found.national_number or "",
            enterprise_number=found.enterprise_number or "",
        )
