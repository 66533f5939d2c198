"""Calls of benefits to other services and to the outside world; each gives plain models and never retries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict, RootModel
from pydantic.alias_generators import to_camel

from shared.contracts.vocabulary import Category, Language
from shared.law.quarter import Quarter
from shared.platform.calls.service_client import PeerNonsense, ServiceClient
from shared.platform.context import AnyContext

_DOSSIERS_PER_QUERY = 500


class WireModel(BaseModel):
    """A JSON object of another service."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class IdentitiesQuery(WireModel):
    """Whose identity is needed, and why."""

    dossiers: tuple[UUID, ...]
    purpose: str


class Identity(WireModel):
    """Who a dossier is about; never kept, never logged."""

    dossier: UUID
    file_number: int
    first_name: str = ""
    last_name: str = ""
    language: Language
    street: str = ""
    house_number: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    national_number: str = ""
    account_number: str = ""

    @property
    def full_name(self) -> str:
        """First name and name, as on an envelope."""
        return f"{self.first_name} {self.last_name}".strip()

    def __repr__(self) -> str:
        """Show the file number only, whatever prints it."""
        return f"Identity(file_number={self.file_number})"


class Identities(WireModel):
    """The identities that affiliation gave."""

    items: tuple[Identity, ...]


class PaidQuartersQuery(WireModel):
    """Which quarters of which dossier."""

    dossier: UUID
    from_quarter: str
    to_quarter: str


class PaidQuarter(WireModel):
    """What was due and paid of one quarter."""

    quarter: str
    category: Category | None = None
    due_cents: int
    paid_cents: int
    waived_cents: int = 0
    status: str


class PaidQuarters(WireModel):
    """The quarters billing knows."""

    items: tuple[PaidQuarter, ...]


class MutualityMessage(RootModel[dict[str, str | int | bool]]):
    """The body of a message, as the rules of benefits wrote it."""


class MutualityTicket(WireModel):
    """The mutualite took the message in; its answer on the content comes later."""

    ticket: UUID


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Everyone benefits calls."""

    affiliation: ServiceClient
    billing: ServiceClient
    sandbox: ServiceClient

    @classmethod
    def of(cls, context: AnyContext) -> Clients:
        """Return the clients of a process."""
        peers = context.peers
        return cls(affiliation=peers.affiliation, billing=peers.billing, sandbox=peers.sandbox)

    async def identities(self, *, dossiers: Sequence[UUID], purpose: str) -> dict[UUID, Identity]:
        """Ask who dossiers are about; affiliation logs each of them with the purpose. Raises ``CallFailed``."""
        found: dict[UUID, Identity] = {}
        for start in range(0, len(dossiers), _DOSSIERS_PER_QUERY):
            chosen = tuple(dossiers[start : start + _DOSSIERS_PER_QUERY])
            query = IdentitiesQuery(dossiers=chosen, purpose=purpose)
            answer = await self.affiliation.post("/v1/identities/query", query, Identities)
            found |= {identity.dossier: identity for identity in answer.items}
        return found

    async def identity(self, *, dossier: UUID, purpose: str) -> Identity:
        """Ask who one dossier is about. Raises ``CallFailed``, or ``LookupError`` when affiliation does not know it."""
        found = (await self.identities(dossiers=[dossier], purpose=purpose)).get(dossier)
        if found is None:
            raise LookupError("affiliation does not know the dossier")
        return found

    async def paid_quarters(self, *, dossier: UUID, first: Quarter, last: Quarter) -> tuple[PaidQuarter, ...]:
        """Ask which quarters were paid, from ``first`` to ``last`` included. Raises ``CallFailed``."""
        query = PaidQuartersQuery(dossier=dossier, from_quarter=str(first), to_quarter=str(last))
        return (await self.billing.post("/v1/paidQuarters/query", query, PaidQuarters)).items

    async def send_to_mutuality(self, *, insurer: str, ticket: UUID, message: Mapping[str, str | int | bool]) -> None:
        """Hand a message to a mutualite. Raises ``CallFailed``, as nonsense when it confirms another ticket."""
        path = f"/v1/mutualities/{insurer}/messages"
        if (await self.sandbox.post(path, MutualityMessage(dict(message)), MutualityTicket)).ticket != ticket:
            raise PeerNonsense("mutuality", "the answer bears another ticket")
