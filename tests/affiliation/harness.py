"""An affiliation service in this process: its own database, its own issuer, and a calendar the test sets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from joserfc.jwk import OKPKey
from pydantic import SecretStr
from temporalio.client import Client, WorkflowHandle

from services.affiliation.app import APP
from services.affiliation.companies.service import affiliate_company
from services.affiliation.declarations.service import applications
from services.affiliation.settings import AffiliationSettings
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.auth import IssuedTokens, TokenVerifier, issue_token
from shared.platform.calls.service_client import ServiceClient
from shared.platform.context import AnyContext, Peers, ServiceContext
from shared.platform.database.connections import Database
from shared.platform.http import finish_api
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import start_workflow

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
ISSUER = "http://issuer.test"
IMPORTED_ON = date(2026, 1, 2)
PLAYED_ON = date(2026, 1, 2)
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


async def declare(service: Service, **changes: Any) -> dict[str, Any]:
    """Send a good declaration and return what the service answers."""
    answer = await service.post("/v1/applications", declaration(**changes))
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def assess(service: Service, application_id: str, *, today: date = date(2026, 1, 2)) -> str:
    """Assess a declaration as its procedure would, and return its status."""
    async with service.database.transaction() as connection:
        assessment = await applications.assess_application(
            connection, application_id=UUID(application_id), today=today, parameters=service.context.parameters
        )
    return assessment.status.value


async def facts(service: Service) -> list[str]:
    """Return the types of the facts that were told, in order."""
    return [row["type"] for row in await service.rows("select type from outbox order by id")]


async def everybody(service: Service) -> list[UUID]:
    """Import the samples, decide everything, and return the dossiers in order of file number."""
    await service.import_file("people", (SAMPLES / "people.csv").read_bytes())
    await service.import_file("companies", (SAMPLES / "companies.csv").read_bytes())
    today = date(2026, 1, 2)
    async with service.database.transaction() as connection:
        cursor = await connection.execute("select application_id from application order by line")
        for row in await cursor.fetchall():
            await applications.assess_application(
                connection,
                application_id=row["application_id"],
                today=today,
                parameters=service.context.parameters,
            )
        cursor = await connection.execute(
            "select dossier from company join dossier using (dossier) order by file_number"
        )
        for row in await cursor.fetchall():
            await affiliate_company(connection, dossier=row["dossier"], today=today)
    rows = await service.rows("select dossier from dossier order by file_number")
    return [row["dossier"] for row in rows]


async def start(client: Client, queue: str, *, workflow: str, argument: Any) -> WorkflowHandle[Any, Any]:
    """Start a procedure as the relay would, on the played day."""
    return await start_workflow(
        client,
        workflow=workflow,
        workflow_id=f"{queue}:{workflow}:{uuid.uuid4().hex[:8]}",
        task_queue=queue,
        argument=argument,
        shift=timedelta(seconds=round((business_moment(PLAYED_ON) - datetime.now(UTC)).total_seconds())),
    )
