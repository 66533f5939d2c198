"""What a twin of the outside world is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from fastapi import APIRouter

from deploy.sandbox.settings import SandboxSettings
from shared.platform.calls.auth import IssuedTokens, TokenVerifier, read_private_key
from shared.platform.calls.service_client import ServiceClient
from shared.platform.context import RoleBoard
from shared.platform.database.connections import Database
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import Clock
from shared.platform.temporal.sleeper_watch import SleeperWatch


class Twin(Protocol):
    """A module that plays one partner: ``deploy.sandbox.post`` and so on.

    Requests only remember what came (``store.add_item`` with a ``due_on``) and answer; what follows from it, such as
    a delivery report, happens in ``tick``. A tick may be cut off anywhere and is done again: an item is moved on only
    after the service has accepted the call back.
    """

    NAME: str

    def router(self, context: TwinContext) -> APIRouter:
        """Return the twin's routes, below ``/v1``, made with ``ApiRouter`` and guarded with ``require``."""
        ...

    async def tick(self, context: TwinContext, today: date) -> None:
        """Do what is due; one item that fails must not hold back the others."""
        ...

    async def due_count(self, context: TwinContext, today: date) -> int:
        """Return how many things are due and not done."""
        ...


@dataclass(frozen=True, kw_only=True)
class TwinContext:
    """What was opened for the twins.

    Attributes:
        name: always ``sandbox``.
        settings: the sandbox's settings.
        platform: what all processes of the instance share.
        database: the sandbox's database.
        clock: the instance's calendar.
        verifier: checks tokens of callers.
        roles: which background work runs.
        sleepers: counts nothing, for the twins have no procedures.
        body_limit_bytes: longer bodies are refused.
    """

    name: str
    settings: SandboxSettings
    platform: PlatformSettings
    database: Database
    clock: Clock
    verifier: TokenVerifier
    roles: RoleBoard = field(default_factory=RoleBoard)
    sleepers: SleeperWatch = field(default_factory=SleeperWatch)
    body_limit_bytes: int = 32 * 1024 * 1024
    _clients: dict[tuple[str, str], ServiceClient] = field(default_factory=dict)
    _tokens: dict[str, IssuedTokens] = field(default_factory=dict)

    def service(self, service: str, *, partner: str) -> ServiceClient:
        """Return a client of a service of the fund, calling with the token of a partner.

        Args:
            service: recovery, benefits and so on.
            partner: mutuality, bailiff, post or bank.
        """
        if partner not in self._tokens:
            self._tokens[partner] = IssuedTokens(
                issuer_url=self.platform.issuer_url,
                client_id=partner,
                key=read_private_key(self.settings.partner_keys_folder / f"{partner}.json"),
            )
        if (service, partner) not in self._clients:
            self._clients[service, partner] = ServiceClient(
                peer=service, base_url=getattr(self.platform, f"{service}_url"), tokens=self._tokens[partner]
            )
        return self._clients[service, partner]

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.close()
        for tokens in self._tokens.values():
            await tokens.close()
        await self.verifier.close()
        await self.database.close()
