"""A benefits service in this process, with twins of the mutualites and the bank and a calendar the test moves.

The database, the Temporal server and everything of benefits and of the twins are real; billing and affiliation are
played by a few lines that hold who somebody is and which quarters are paid.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from joserfc.jwk import OKPKey
from psycopg.rows import dict_row
from pydantic import SecretStr
from temporalio.client import Client
from uuid6 import uuid7

from deploy.sandbox import bank, mutuality, post
from deploy.sandbox.context import TwinContext
from deploy.sandbox.settings import SandboxSettings
from services.benefits.app import APP
from services.benefits.settings import BenefitsSettings
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.contracts.envelope import Envelope, Fact
from shared.contracts.vocabulary import Category, Language
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
from shared.platform.temporal.connecting import start_workflow
from shared.platform.temporal.quiet import ProcedureWatch
from shared.platform.temporal.schedules import ScheduledRun
from shared.platform.temporal.time_skipping import fast_forward
from tests.benefits.others import Person, answer, identity_of
from tests.histories.decoding import record_if_asked

ROOT = Path(__file__).resolve().parents[2]
ISSUER = "http://issuer.test"
#: A Wednesday.
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
    people: dict[uuid.UUID, Person]

    def acting_as(self, *roles: str, subject: str = "tester") -> dict[str, str]:
        """Return the headers of a caller with roles."""
        token = issue_token(issuer_url=ISSUER, key=self.key, subject=subject, roles=roles, lifetime_seconds=3600)
        return {"Authorization": f"Bearer {token}"}

    async def post(
        self, path: str, body: Mapping[str, Any], *, role: str = "benefitsAgent", subject: str = "tester"
    ) -> httpx.Response:
        """Send JSON to benefits as a caller with a role."""
        return await self.http.post(path, json=dict(body), headers=self.acting_as(role, subject=subject))

    async def get(self, path: str, *, role: str = "benefitsAgent") -> Any:
        """Return the JSON benefits answers."""
        answer = await self.http.get(path, headers=self.acting_as(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def behave(self, path: str, **behaviour: Any) -> None:
        """Make a twin behave in some way."""
        answer = await self.sandbox.put(f"/v1/{path}/behaviour", json=behaviour, headers=self.acting_as("operator"))
        assert answer.status_code == 200, answer.text

    async def tell(self, *facts: Fact) -> None:
        """Let benefits hear facts, each in a transaction of its own, as its consumer does."""
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

    async def insure(
        self,
        number: int,
        *,
        insurer: str = "319",
        language: Language = Language.FRENCH,
        dossier: uuid.UUID | None = None,
        starts_on: date = date(2025, 1, 1),
        taken_over: bool = False,
        **identity: Any,
    ) -> uuid.UUID:
        """Let somebody be affiliated today; returns the dossier."""
        dossier = dossier or uuid.UUID(int=uuid7().int)
        self.people[dossier] = Person(identity=identity_of(number, language.value) | identity)
        await self.tell(
            AffiliationOpened(
                dossier=dossier,
                occurred_on=self.clock.day,
                file_number=number,
                category=Category.MAIN,
                starts_on=starts_on,
                first_activity=not taken_over,
                insurer=insurer,
                language=language,
                taken_over=taken_over,
            )
        )
        return dossier

    def pays(self, dossier: uuid.UUID, *quarters: str, status: str = "paid") -> None:
        """Let billing know of quarters."""
        self.people[dossier].quarters += [
            {
                "quarter": quarter,
                "category": "main",
                "dueCents": 90000,
                "paidCents": 90000 if status == "paid" else 0,
                "waivedCents": 0,
                "status": status,
            }
            for quarter in quarters
        ]

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a statement selects."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()

    async def facts(self, suffix: str) -> list[dict[str, Any]]:
        """Return the bodies of the facts benefits told whose type ends like this."""
        rows = await self.rows("select body from outbox where type like %s order by id", f"%{suffix}.v1")
        return [json.loads(bytes(row["body"])) for row in rows]

    async def tasks(self, *, is_open: bool = True) -> list[tuple[str, str]]:
        """Return kind and last day of tasks."""
        items = (await self.get(f"/v1/tasks?isOpen={str(is_open).lower()}"))["items"]
        return sorted((item["kind"], item["dueOn"]) for item in items)

    async def settle(self) -> date | None:
        """Deliver starts and signals and wait until no procedure works; returns the next date."""
        part = DispatchPart(service=self.queue, temporal=self.context.temporal, clock=self.clock, after_send=None)
        watch = ProcedureWatch(self.context.temporal, task_queue=self.queue)
        quiet = 0
        async with (
            asyncio.timeout(_SETTLED_SECONDS),
            await psycopg.AsyncConnection[dict[str, Any]].connect(
                self.database_url, autocommit=True, row_factory=dict_row
            ) as connection,
        ):
            while True:
                delivered = await part.page(connection)
                watch.forget_all()
                touched = await self.rows("select distinct workflow_id from dispatch where delivered_at is not null")
                procedures = await watch.look(
                    business_date=self.clock.day, touched=[row["workflow_id"] for row in touched]
                )
                quiet = 0 if delivered or procedures.busy else quiet + 1
                if quiet >= 3:
                    return procedures.next_date
                await asyncio.sleep(0.1)

    async def play(self, until: date) -> None:
        """Play the calendar up to a date: on each date on which something is due, procedures first, then the twins."""
        next_date = await self.settle()
        while self.clock.day < until:
            coming = [day for day in (next_date, await self._next_twin_date(), until) if day is not None]
            self.clock.day = min([day for day in coming if day > self.clock.day] or [until])
            self.clock.day = min(self.clock.day, until)
            await fast_forward(self.context.temporal, task_queue=self.queue, target=business_moment(self.clock.day))
            await self.settle()
            await mutuality.tick(self.twins, self.clock.day)
            await bank.tick(self.twins, self.clock.day)
            await post.tick(self.twins, self.clock.day)
            next_date = await self.settle()

    async def run_payouts(self) -> None:
        """Start the payout run of today, as the conductor does, under an id no other test has."""
        day = self.clock.day
        await start_workflow(
            self.context.temporal,
            workflow="PayoutRun",
            workflow_id=f"{self.queue}:payout-run-{day}",
            task_queue=self.queue,
            argument=ScheduledRun(business_date=day),
            shift=await self.clock.shift(),
        )
        await self.settle()

    async def record(self, workflow: str, name: str) -> None:
        """Write the history of the newest procedure of a kind down as a golden file, when the environment asks."""
        query = f"TaskQueue = '{self.queue}' and AuxiliaProcedure = '{workflow}'"
        [newest, *_] = [one async for one in self.context.temporal.list_workflows(query)]
        handle = self.context.temporal.get_workflow_handle(newest.id)
        await record_if_asked(self.context.temporal, handle, name=f"benefits/{workflow}-{name}")

    async def approve(self) -> None:
        """Let somebody of finance release the payment file, then a team lead approve it."""
        await self.decide("finance", "cashier")
        await self.decide("teamLead", "lead")

    async def decide(self, role: str, subject: str, decision: str = "approved", *, status: int = 200) -> None:
        """Decide the only open approval in a role, expecting an answer."""
        [approval] = (await self.get("/v1/approvals", role=role))["items"]
        answer = await self.post(
            f"/v1/approvals/{approval['approvalId']}/decide",
            {"decision": decision, "reason": "looked at every line"},
            role=role,
            subject=subject,
        )
        assert answer.status_code == status, answer.text
        await self.settle()

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
    people: dict[uuid.UUID, Person] = {}

    def token(subject: str, *roles: str) -> FixedTokens:
        return FixedTokens(
            issue_token(issuer_url=ISSUER, key=key, subject=subject, roles=roles, lifetime_seconds=36_000)
        )

    twins = TwinContext(
        name="sandbox",
        settings=SandboxSettings(
            database_url=SecretStr("postgresql://"),
            issuer_key_file=Path("none"),
            clients_folder=Path("none"),
            partner_keys_folder=Path("none"),
        ),
        platform=PlatformSettings(),
        database=sandbox,
        clock=clock,
        verifier=verifier,
    )
    twin_api = create_api(twins, title="Sandbox", version="1.0.0", standard_routes=False)
    twin_api.include_router(mutuality.router(twins))
    twin_api.include_router(bank.router(twins))
    twin_api.include_router(post.router(twins))
    sandbox_transport = httpx.ASGITransport(app=finish_api(twin_api))
    others = httpx.MockTransport(lambda request: answer(request, people))
    service_token = token("benefits", "service")

    def peer(name: str, transport: httpx.AsyncBaseTransport) -> ServiceClient:
        return ServiceClient(peer=name, base_url=f"http://{name}.test", tokens=service_token, transport=transport)

    context: AnyContext = ServiceContext(
        name="benefits",
        settings=BenefitsSettings(database_url=SecretStr("postgresql://")),
        platform=PlatformSettings(),
        database=database,
        temporal=temporal,
        clock=clock,
        tokens=IssuedTokens(issuer_url=ISSUER, client_id="benefits", key=key, http=issuer),
        verifier=verifier,
        parameters=Parameters.load(assumed=Path(__file__).parent / "assumed.yaml"),
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
    for partner in ("mutuality", "bank", "post"):
        twins._tokens[partner] = token(partner, "partner")  # type: ignore[assignment]
        twins._clients["benefits", partner] = ServiceClient(
            peer="benefits", base_url="http://benefits.test", tokens=token(partner, "partner"), transport=transport
        )
    return Stage(
        context=context,
        twins=twins,
        http=httpx.AsyncClient(transport=transport, base_url="http://benefits.test"),
        sandbox=httpx.AsyncClient(transport=sandbox_transport, base_url="http://sandbox.test"),
        clock=clock,
        key=key,
        database=database,
        database_url=database_url,
        queue=queue,
        people=people,
    )
