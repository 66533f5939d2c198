"""What a service's composition root is given: everything that was opened for it, and nothing global."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from temporalio.client import Client

from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.auth import TokenSource, TokenVerifier
from shared.platform.calls.service_client import ServiceClient
from shared.platform.database.connections import Database
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import Clock
from shared.platform.temporal.sleeper_watch import SleeperWatch


@dataclass(frozen=True, kw_only=True)
class Peers:
    """Clients of the other services and of the outside world."""

    affiliation: ServiceClient
    billing: ServiceClient
    recovery: ServiceClient
    benefits: ServiceClient
    sandbox: ServiceClient

    async def close(self) -> None:
        """Close all connections."""
        for client in (self.affiliation, self.billing, self.recovery, self.benefits, self.sandbox):
            await client.close()


@dataclass(kw_only=True)
class RoleBoard:
    """Which roles of this process run; health and metrics read it."""

    running: dict[str, bool] = field(default_factory=dict)

    def set(self, role: str, *, running: bool) -> None:
        """Note that a role runs, or does not for the moment."""
        self.running[role] = running

    def all_running(self) -> bool:
        """Return whether every role that was started runs."""
        return all(self.running.values())


class ApiContext(Protocol):
    """What an API needs of its process."""

    @property
    def name(self) -> str:
        """Name of the service."""
        ...

    @property
    def database(self) -> Database:
        """Its database."""
        ...

    @property
    def clock(self) -> Clock:
        """Its clock."""
        ...

    @property
    def verifier(self) -> TokenVerifier:
        """What checks tokens."""
        ...

    @property
    def roles(self) -> RoleBoard:
        """Which roles of the process run."""
        ...

    @property
    def sleepers(self) -> SleeperWatch:
        """What counts the open work that sleeps."""
        ...

    @property
    def body_limit_bytes(self) -> int:
        """Longer bodies are refused."""
        ...


Settings = TypeVar("Settings")


@dataclass(frozen=True, kw_only=True)
class ServiceContext(Generic[Settings]):
    """What ``api``, ``consumers``, ``worker`` and ``schedules`` of a service build upon."""

    name: str
    settings: Settings
    platform: PlatformSettings
    database: Database
    temporal: Client
    clock: Clock
    tokens: TokenSource
    verifier: TokenVerifier
    parameters: Parameters
    fund: Fund
    peers: Peers
    roles: RoleBoard = field(default_factory=RoleBoard)
    sleepers: SleeperWatch = field(default_factory=SleeperWatch)
    body_limit_bytes: int = 32 * 1024 * 1024


AnyContext = ServiceContext[Any]
