"""A recovery service in this process, with twins of the post and the bailiff and a calendar the test moves.

The database, the Temporal server and everything of recovery and of the twins are real; billing and affiliation are
played by a few lines that hold what a test says is owed, and by whom.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from psycopg.rows import dict_row
from pydantic import SecretStr
from temporalio.client import Client

from deploy.sandbox import bailiff, deliveries, post
from deploy.sandbox.context import TwinContext
from deploy.sandbox.settings import SandboxSettings
from services.recovery.app import APP
from services.recovery.settings import RecoverySettings
from shared.contracts.envelope import Envelope, Fact
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.auth import IssuedTokens, TokenVerifier, issue_token
from shared.platform.calls.service_client import ServiceClient
from shared.platform.context import AnyContext, Peers, ServiceContext
from shared.platform.database.connections import Database
from shared.platform.http import create_api, finish_api
from shared.platform.messages_out.relay import DispatchPart
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.quiet import look_at_procedures
from shared.platform.temporal.time_skipping import fast_forward

ROOT = Path(__file__).resolve().parents[2]
ISSUER = "http://issuer.test"
OPENED_ON = date(2026, 4, 1)
_SETTLED_SECONDS = 60.0


@dataclass
class MovedClock:
    """A calendar the test moves; procedures get the shift that makes them agree with it."""

    day: date = OPENED_ON

    async def now(self) -> datetime:
        """Return 08:00 of the day."""
        return business_moment(self.day)

    async def today(self) -> date:
        """Return the day."""
        return self.day

    async def shift(self) -> timedelta:
        """Return how far the day is from the system's time."""
        return timedelta(seconds=round((business_moment(self.day) - datetime.now(UTC)).total_seconds()))


@dataclass
class Owed:
    """What billing answers about one dossier, and who affiliation says it is."""

    items: list[dict[str, Any]]
    waived: list[str] = field(default_factory=list)
    identity: dict[str, Any] = field(default_factory=dict)


class FixedTokens:
    """A token that was signed beforehand."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """Return it."""
        return self._token


@dataclass
class Stage:
    """The service, its twins and its calendar."""

    context: AnyContext
    twins: TwinContext
    http: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    clock: MovedClock
    key: OKPKey
    database: Database
    database_url: str
    queue: str
    owed: dict[uuid.UUID, Owed]
    last_file_number: int = 11

    def next_file_number(self) -> int:
        """Return a file number nobody has yet, from 12 on."""
        self.last_file_number += 1
        return self.last_file_number

    def acting_as(self, *roles: str, subject: str = "tester") -> dict[str, str]:
        """Return the headers of a caller with roles."""
        token = issue_token(issuer_url=ISSUER, key=self.key, subject=subject, roles=roles, lifetime_seconds=3600)
        return {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Mapping[str, Any], *, role: str, subject: str = "tester") -> httpx.Response:
        """Send JSON to recovery as a caller with a role."""
        return await self.http.post(path, json=dict(body), headers=self.acting_as(role, subject=subject))

    async def get(self, path: str, *, role: str = "collectionsAgent") -> Any:
        """Return the JSON recovery answers."""
        answer = await self.http.get(path, headers=self.acting_as(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def behave(self, twin: str, mode: str, **more: Any) -> None:
        """Make a twin behave in some way."""
        answer = await self.sandbox.put(
            f"/v1/{twin}/behaviour", json={"mode": mode, **more}, headers=self.acting_as("operator")
        )
        assert answer.status_code == 200, answer.text

    @contextmanager
    def partner_meets(self, partner: str, transport: httpx.AsyncBaseTransport) -> Iterator[None]:
        """Let a partner meet something else than recovery for a while."""
        usual = self.twins._clients["recovery", partner]
        self.twins._clients["recovery", partner] = ServiceClient(
            peer="recovery", base_url="http://recovery.test", tokens=None, transport=transport
        )
        yield
        self.twins._clients["recovery", partner] = usual

    async def tell(self, *facts: Fact) -> None:
        """Let recovery hear facts, each in a transaction of its own, as its consumer does."""
        consumer = APP.consumers(self.context)
        assert consumer is not None
        handlers = consumer._inbox._handlers
        for fact in facts:
            envelope = Envelope(
                event_id=fact.event_id(),
                type=fact.type,
                source="urn:auxilia:test",
                occurred_at=business_moment(self.clock.day),
                key=str(fact.dossier),
                sequence=1,
                correlation_id=uuid.uuid4(),
            )
            async with self.database.transaction() as connection:
                await handlers[fact.type](connection, fact, envelope)

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a statement selects."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()

    async def facts(self, suffix: str, dossier: uuid.UUID | None = None) -> list[dict[str, Any]]:
        """Return the bodies of the facts recovery told (about a dossier) whose type ends like this."""
        rows = await self.rows(
            "select body from outbox where type like %s and (%s::uuid is null or dossier = %s) order by id",
            f"%{suffix}.v1",
            dossier,
            dossier,
        )
        return [json.loads(bytes(row["body"])) for row in rows]

    async def case(self) -> dict[str, Any]:
        """Return the only case, as its screen shows it."""
        [item] = (await self.get("/v1/cases"))["items"]
        found: dict[str, Any] = await self.get(f"/v1/cases/{item['caseId']}")
        return found

    async def settle(self) -> date | None:
        """Deliver starts and signals and wait until no procedure works; returns the next date."""
        part = DispatchPart(service=self.queue, temporal=self.context.temporal, clock=self.clock, after_send=None)
        quiet = 0
        async with (
            asyncio.timeout(_SETTLED_SECONDS),
            await psycopg.AsyncConnection[dict[str, Any]].connect(
                self.database_url, autocommit=True, row_factory=dict_row
            ) as connection,
        ):
            while True:
                delivered = await part.page(connection)
                procedures = await look_at_procedures(
                    self.context.temporal, task_queue=self.queue, business_date=self.clock.day
                )
                quiet = 0 if delivered or procedures.busy else quiet + 1
                if quiet >= 3:
                    return procedures.next_date
                await asyncio.sleep(0.1)

    async def play(self, until: date) -> None:
        """Play the calendar up to a date: on each date on which something is due, procedures first, then the twins."""
        next_date = await self.settle()
        while True:
            coming = [day for day in (next_date, await self._next_twin_date(), until) if day is not None]
            day = min(day for day in coming if day > self.clock.day) if self.clock.day < until else until
            self.clock.day = min(day, until)
            await fast_forward(self.context.temporal, task_queue=self.queue, target=business_moment(self.clock.day))
            await self.settle()
            await post.tick(self.twins, self.clock.day)
            await bailiff.tick(self.twins, self.clock.day)
            next_date = await self.settle()
            if self.clock.day >= until:
                return

    async def _next_twin_date(self) -> date | None:
        async with self.twins.database.transaction() as connection:
            cursor = await connection.execute(
                "select min(due_on) as day from twin_item where due_on > %s", (self.clock.day,)
            )
            row = await cursor.fetchone()
        return None if row is None else row["day"]


def open_stage(*, database: Database, database_url: str, sandbox: Database, temporal: Client, queue: str) -> Stage:
    """Return a stage on two databases."""
    key = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
    published = {"keys": [key.as_dict(private=False)]}
    issuer = httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: httpx.Response(200, json=published)))
    verifier = TokenVerifier(issuer_url=ISSUER, http=issuer)
    clock = MovedClock()
    owed: dict[uuid.UUID, Owed] = {}

    def token(subject: str, *roles: str) -> FixedTokens:
        return FixedTokens(
            issue_token(issuer_url=ISSUER, key=key, subject=subject, roles=roles, lifetime_seconds=36_000)
        )

    twins, sandbox_api = _open_twins(sandbox, clock=clock, verifier=verifier)
    sandbox_transport = httpx.ASGITransport(app=sandbox_api)
    others = httpx.MockTransport(lambda request: _answer(request, owed))
    service_token = token("recovery", "service")

    def peer(name: str, transport: httpx.AsyncBaseTransport) -> ServiceClient:
        return ServiceClient(peer=name, base_url=f"http://{name}.test", tokens=service_token, transport=transport)

    context: AnyContext = ServiceContext(
        name="recovery",
        settings=RecoverySettings(database_url=SecretStr("postgresql://")),
        platform=PlatformSettings(),
        database=database,
        temporal=temporal,
        clock=clock,
        tokens=IssuedTokens(issuer_url=ISSUER, client_id="recovery", key=key, http=issuer),
        verifier=verifier,
        parameters=Parameters.load(),
        fund=Fund.load(ROOT / "samples/fund.yaml"),
        peers=Peers(
            affiliation=peer("affiliation", others),
            billing=peer("billing", others),
            recovery=peer("recovery", others),
            benefits=peer("benefits", others),
            sandbox=peer("sandbox", sandbox_transport),
        ),
    )
    transport = httpx.ASGITransport(app=finish_api(APP.api(context)))
    for partner in ("post", "bailiff"):
        twins._clients["recovery", partner] = ServiceClient(
            peer="recovery",
            base_url="http://recovery.test",
            tokens=token(partner, "partner"),
            transport=transport,
        )
        twins._tokens[partner] = IssuedTokens(issuer_url=ISSUER, client_id=partner, key=key, http=issuer)
    return Stage(
        context=context,
        twins=twins,
        http=httpx.AsyncClient(transport=transport, base_url="http://recovery.test"),
        sandbox=httpx.AsyncClient(transport=sandbox_transport, base_url="http://sandbox.test"),
        clock=clock,
        key=key,
        database=database,
        database_url=database_url,
        queue=queue,
        owed=owed,
    )


def _open_twins(database: Database, *, clock: MovedClock, verifier: TokenVerifier) -> tuple[TwinContext, FastAPI]:
    twins = TwinContext(
        name="sandbox",
        settings=SandboxSettings(
            database_url=SecretStr("postgresql://"),
            issuer_key_file=Path("none"),
            clients_folder=Path("none"),
            partner_keys_folder=Path("none"),
        ),
        platform=PlatformSettings(),
        database=database,
        clock=clock,
        verifier=verifier,
    )
    twin_api = create_api(twins, title="Sandbox", version="1.0.0", standard_routes=False)
    twin_api.include_router(post.router(twins))
    twin_api.include_router(bailiff.router(twins))
    twin_api.include_router(deliveries.router(twins))
    return twins, finish_api(twin_api)


def _answer(request: httpx.Request, owed: Mapping[uuid.UUID, Owed]) -> httpx.Response:
    """Play billing and affiliation."""
    body = json.loads(request.content)
    if request.url.path == "/v1/identities/query":
        dossiers = [uuid.UUID(dossier) for dossier in body["dossiers"]]
        items = [{"dossier": str(dossier), **owed[dossier].identity} for dossier in dossiers if dossier in owed]
        return httpx.Response(200, json={"items": items})
    found = owed[uuid.UUID(body["dossier"])]
    if request.url.path == "/v1/openItems/query":
        return httpx.Response(200, json={"items": found.items})
    if request.url.path == "/v1/paidQuarters/query":
        items = [
            {"quarter": quarter, "status": "waived" if quarter in found.waived else "paid"}
            for quarter in _quarters(body["fromQuarter"], body["toQuarter"])
        ]
        return httpx.Response(200, json={"items": items})
    return httpx.Response(404)


def _quarters(first: str, last: str) -> Sequence[str]:
    names = [f"{year}Q{number}" for year in range(2020, 2031) for number in range(1, 5)]
    return names[names.index(first) : names.index(last) + 1]
