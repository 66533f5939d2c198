"""A billing service in this process: its own database and issuer, an affiliation that answers from memory."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from joserfc.jwk import OKPKey
from pydantic import BaseModel, SecretStr
from temporalio.client import Client, WorkflowHandle

from services.billing.app import APP
from services.billing.settings import BillingSettings
from shared.platform.calls.auth import IssuedTokens, TokenVerifier, issue_token
from shared.platform.calls.service_client import ServiceClient
from shared.platform.context import AnyContext, Peers, ServiceContext
from shared.platform.http import finish_api
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import start_workflow
from shared.platform.temporal.quiet import ProcedureWatch
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.world import World

ISSUER = "http://issuer.test"
CLOSED = "http://127.0.0.1:9"


@dataclass
class SetClock:
    """A calendar the test sets."""

    day: date = date(2026, 1, 5)

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
class KnownPeople:
    """What affiliation answers: everybody it is asked about, except those it does not know; it can be away."""

    unknown: set[str] = field(default_factory=set)
    languages: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    away_for: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer an identities query."""
        if self.away_for > 0:
            self.away_for -= 1
            return httpx.Response(503)
        query = json.loads(request.content)
        self.asked += query["dossiers"]
        items = [
            {
                "dossier": dossier,
                "fileNumber": 1,
                "firstName": "Camille",
                "lastName": "Exemplemont",
                "language": self.languages.get(dossier, "fr"),
                "street": "rue de l'Exemple",
                "houseNumber": "1",
                "postalCode": "5000",
                "city": "Namur",
                "country": "BE",
                "nationalNumber": "85073003328",
                "accountNumber": self.accounts.get(dossier),
                **self.channels.get(dossier, {}),
            }
            for dossier in query["dossiers"]
            if dossier not in self.unknown
        ]
        return httpx.Response(200, json={"items": items})


@dataclass
class KnownCarriers:
    """What the carriers of letters answer: a receipt, except for files or addresses they are told to refuse."""

    away: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    carried: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a hand-over: paths are /v1/letters, /v1/emails and /v1/eboxMessages."""
        carrier = request.url.path.removeprefix("/v1/")
        if carrier in self.away:
            return httpx.Response(503)
        document = json.loads(request.content)
        if carrier in self.refusing:
            return httpx.Response(404, json={"type": "urn:problem-type:belgif:resourceNotFound", "status": 404})
        self.carried.append((carrier, document))
        receipt = {"reference": document["reference"], "receipt": f"{carrier}-1", "acceptedOn": "2026-01-05"}
        return httpx.Response(202, json=receipt)


@dataclass
class Service:
    """The service with what a test needs of it."""

    context: AnyContext
    http: httpx.AsyncClient
    clock: SetClock
    key: OKPKey
    world: World
    people: KnownPeople
    carriers: KnownCarriers

    def acting_as(self, *roles: str, subject: str = "tester") -> dict[str, str]:
        """Return the headers of a caller with roles."""
        token = issue_token(issuer_url=ISSUER, key=self.key, subject=subject, roles=roles, lifetime_seconds=3600)
        return {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any, *, role: str = "finance") -> httpx.Response:
        """Send JSON as a caller with a role."""
        return await self.http.post(path, json=body, headers=self.acting_as(role))

    async def get(self, path: str, *, role: str = "finance") -> httpx.Response:
        """Ask as a caller with a role."""
        return await self.http.get(path, headers=self.acting_as(role))

    async def upload(self, path: str, content: bytes, *, media_type: str, role: str = "finance") -> httpx.Response:
        """Send a file as a caller with a role."""
        return await self.http.post(path, content=content, headers={**self.acting_as(role), "Content-Type": media_type})

    async def open_of(self, dossier: UUID) -> dict[str, Any]:
        """Return the answer about what a dossier owes."""
        answer = await self.post("/v1/openItems/query", {"dossier": str(dossier)}, role="collectionsAgent")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def open_service(world: World, *, temporal: Client | None) -> Service:
    """Return the service on the database of a world."""
    key = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
    published = {"keys": [key.as_dict(private=False)]}
    issuer = httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=published)))
    people = KnownPeople()
    closed = ServiceClient(peer="closed", base_url=CLOSED, tokens=None)
    affiliation = ServiceClient(
        peer="affiliation",
        base_url="http://affiliation.test",
        tokens=None,
        transport=httpx.MockTransport(people.answer),
    )
    carriers = KnownCarriers()
    sandbox = ServiceClient(
        peer="sandbox", base_url="http://sandbox.test", tokens=None, transport=httpx.MockTransport(carriers.answer)
    )
    clock = SetClock()
    context: AnyContext = ServiceContext(
        name="billing",
        settings=BillingSettings(
            database_url=SecretStr("postgresql://"), page_size=2, closing_page_size=2, letters_at_once=2
        ),
        platform=PlatformSettings(),
        database=world.database,
        temporal=temporal,  # type: ignore[arg-type]  # tests of the API alone reach no workflow server
        clock=clock,
        tokens=IssuedTokens(issuer_url=ISSUER, client_id="billing", key=key, http=issuer),
        verifier=TokenVerifier(issuer_url=ISSUER, http=issuer),
        parameters=world.parameters,
        fund=world.fund,
        peers=Peers(affiliation=affiliation, billing=closed, recovery=closed, benefits=closed, sandbox=sandbox),
    )
    transport = httpx.ASGITransport(app=finish_api(APP.api(context)))
    http = httpx.AsyncClient(transport=transport, base_url="http://billing.test")
    return Service(context=context, http=http, clock=clock, key=key, world=world, people=people, carriers=carriers)


async def start_procedure(
    client: Client, queue: str, workflow: str, argument: BaseModel, day: date
) -> WorkflowHandle[Any, Any]:
    """Start a procedure as the relay would, on a played day."""
    return await start_workflow(
        client,
        workflow=workflow,
        workflow_id=f"{queue}:{workflow}:{uuid.uuid4().hex[:8]}",
        task_queue=queue,
        argument=argument,
        shift=timedelta(seconds=round((business_moment(day) - datetime.now(UTC)).total_seconds())),
    )


async def falls_asleep(client: Client, queue: str, handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until a procedure waits for a day."""
    watch = ProcedureWatch(client, task_queue=queue)
    async with asyncio.timeout(60):
        while True:
            if not (await watch.look(business_date=date(2026, 1, 5), touched=[handle.id])).busy:
                return
            await asyncio.sleep(0.05)


#: Main occupation at the minimum of 2026: 890.42 and a fee of 4.25 %, 37.84.
PRINCIPAL, FEE = 890_42, 37_84


async def bill_two_of_whom_one_pays(service: Service) -> UUID:
    """Bill the first quarter of 2026 to two dossiers; one pays on 31 March, as was told on 1 April. Return that one."""
    world = service.world
    payer = await world.affiliate(income_2023="15000.00")
    await world.affiliate(income_2023="15000.00")
    await world.bill("2026Q1")
    line = Line(cents=PRINCIPAL + FEE, structured=await world.reference(payer, "2026Q1"), value_date="310326")
    await world.read_bank_file(coda(StatementText(lines=[line], day="310326")), on=date(2026, 4, 1))
    return payer
