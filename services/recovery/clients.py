"""What recovery asks of other services and of partners."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.recovery.debts.rules import OpenItem
from shared.contracts.vocabulary import AmountKind, EuroCents, Language, YearQuarter
from shared.law.quarter import Quarter
from shared.platform.http.models import ApiModel
from shared.platform.partners import Receipt, checked_receipt
from shared.platform.service_client import PeerNonsense, ServiceClient


@dataclass(frozen=True)
class DebtorIdentity:
    """Who owes, to be printed and forgotten: it is never written to recovery's own tables."""

    file_number: int
    name: str
    language: Language
    street: str
    postal_code: str
    city: str
    country: str
    national_number: str = ""
    enterprise_number: str = ""

    @property
    def address(self) -> str:
        """Return the address on one line."""
        return f"{self.street}, {self.postal_code} {self.city}"


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


class _Mandate(ApiModel):
    mandate_id: UUID
    file_number: int
    total_cents: EuroCents
    document_sha256: str
    content: str


class _Withdrawal(ApiModel):
    mandate_id: UUID
    reason: str


class Bailiff:
    """Gives warrants to a bailiff.

    Attributes:
        partner: the subject of the tokens with which this bailiff reports.
    """

    partner: Final = "bailiff"

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def mandate(
        self, *, mandate_id: UUID, file_number: int, total_cents: int, document_sha256: str, content: bytes
    ) -> Receipt:
        """Give one mandate; the same id is the same mandate. Errors as for ``ServiceClient.post``."""
        mandate = _Mandate(
            mandate_id=mandate_id,
            file_number=file_number,
            total_cents=total_cents,
            document_sha256=document_sha256,
            content=base64.b64encode(content).decode(),
        )
        receipt = await self._client.post("/v1/bailiff/mandates", mandate, Receipt)
        return checked_receipt("bailiff", receipt, mandate_id)

    async def withdraw(self, *, mandate_id: UUID) -> None:
        """Tell the bailiff to stop; errors as for ``ServiceClient.post``, ``PeerRefused`` when it was served."""
        withdrawal = _Withdrawal(mandate_id=mandate_id, reason="paid")
        receipt = await self._client.post("/v1/bailiff/withdrawals", withdrawal, Receipt)
        checked_receipt("bailiff", receipt, mandate_id)
