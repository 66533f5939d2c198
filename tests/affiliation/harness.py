"""An affiliation service in this process: its own database, its own issuer, and a calendar the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import OKPKey
from pydantic import SecretStr
from temporalio.client import Client

from services.affiliation.app import APP
from services.affiliation.settings import AffiliationSettings
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.auth import IssuedTokens, TokenVerifier, issue_token
from shared.platform.clock import business_moment
from shared.platform.context import AnyContext, Peers, ServiceContext
from shared.platform.database import Database
from shared.platform.http import finish_api
from shared.platform.service_client import ServiceClient
from shared.platform.settings import PlatformSettings

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
ISSUER = "http://issuer.test"
IMPORTED_ON = date(2026, 1, 2)
CLOSED = "http://127.0.0.1:9"


@dataclass
class SetClock:
    """A calendar the test sets."""

    day: date = IMPORTED_ON

    async def now(self) -> datetime:
        """Return 08:00 of the set day."""
        return business_moment(self.day)

    async def today(self) -> date:
        """Return the set day."""
        return self.day

    async def shift(self) -> timedelta:
        """Return nothing; workflows of tests get their shift from the test."""
        return timedelta()


@dataclass
class Service:
    """The service with what a test needs of it."""

    context: AnyContext
    http: httpx.AsyncClient
    clock: SetClock
    key: OKPKey
    database: Database
    database_url: str
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def acting_as(self, *roles: str, subject: str = "tester") -> dict[str, str]:
        """Return the headers of a caller with roles."""
        name = f"{subject} {' '.join(roles)}"
        if name not in self.headers:
            token = issue_token(issuer_url=ISSUER, key=self.key, subject=subject, roles=roles, lifetime_seconds=3600)
            self.headers[name] = {"Authorization": f"Bearer {token}"}
        return self.headers[name]

    async def post(self, path: str, body: Any, *, role: str = "affiliationAgent") -> httpx.Response:
        """Send JSON as a caller with a role."""
        return await self.http.post(path, json=body, headers=self.acting_as(role))

    async def get(self, path: str, *, role: str = "affiliationAgent") -> httpx.Response:
        """Ask as a caller with a role."""
        return await self.http.get(path, headers=self.acting_as(role))

    async def import_file(self, kind: str, content: bytes) -> httpx.Response:
        """Send a file as an agent."""
        headers = {**self.acting_as("affiliationAgent"), "Content-Type": "text/csv"}
        return await self.http.post(f"/v1/imports?kind={kind}", content=content, headers=headers)

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a statement selects."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()


def open_service(database: Database, *, database_url: str, temporal: Client) -> Service:
    """Return the service on a database."""
    key = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
    published = {"keys": [key.as_dict(private=False)]}
    issuer = httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=published)))
    tokens = IssuedTokens(issuer_url=ISSUER, client_id="affiliation", key=key, http=issuer)
    closed = ServiceClient(peer="closed", base_url=CLOSED, tokens=None)
    clock = SetClock()
    context: AnyContext = ServiceContext(
        name="affiliation",
        settings=AffiliationSettings(database_url=SecretStr("postgresql://")),
        platform=PlatformSettings(),
        database=database,
        temporal=temporal,
        clock=clock,
        tokens=tokens,
        verifier=TokenVerifier(issuer_url=ISSUER, http=issuer),
        parameters=Parameters.load(),
        fund=Fund.load(SAMPLES / "fund.yaml"),
        peers=Peers(affiliation=closed, billing=closed, recovery=closed, benefits=closed, sandbox=closed),
    )
    transport = httpx.ASGITransport(app=finish_api(APP.api(context)))
    http = httpx.AsyncClient(transport=transport, base_url="http://affiliation.test")
    return Service(context=context, http=http, clock=clock, key=key, database=database, database_url=database_url)


def declaration(**changes: Any) -> dict[str, Any]:
    """Return the body of a good declaration of one person, changed as asked; None leaves a field out."""
    body: dict[str, Any] = {
        "reference": "A-1",
        "nationalNumber": "85073003328",
        "lastName": "Exemplemont",
        "firstName": "Camille",
        "birthDate": "1985-07-30",
        "language": "fr",
        "nationality": "BE",
        "street": "rue de l'Exemple",
        "houseNumber": "1",
        "postalCode": "5000",
        "city": "Namur",
        "country": "BE",
        "category": "main",
        "startsOn": "2026-02-01",
        "firstActivity": True,
        "insurer": "300",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}
