"""The twins act when the conductor says that the services have done their work, and then until the day ends."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.sandbox import store
from deploy.sandbox.app import Sandbox, SandboxApplication, create_sandbox
from deploy.sandbox.context import TwinContext
from deploy.sandbox.issuer import Issuer
from deploy.sandbox.settings import SandboxSettings
from shared.platform.database.connections import Database
from shared.platform.http import ApiRouter
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import PlayedClock
from tests.shared.platform.api_world import ISSUER_KEY, ISSUER_URL, FakeIssuer, bearer

MONDAY = date(2026, 1, 5)
TUESDAY = date(2026, 1, 6)


class EchoTwin:
    """A twin that does what is due, or fails on demand."""

    NAME = "post"

    def __init__(self) -> None:
        self.done: list[tuple[str, date]] = []
        self.broken = False

    def router(self, _context: TwinContext) -> ApiRouter:
        return ApiRouter(prefix="/v1/echo")

    async def tick(self, context: TwinContext, today: date) -> None:
        if self.broken:
            raise RuntimeError("the service does not answer")
        async with context.database.transaction() as connection:
            for item in await store.due_items(connection, twin=self.NAME, today=today):
                self.done.append((item.reference, today))
                await store.move_item(connection, item_id=item.id, state="done", due_on=None)

    async def due_count(self, context: TwinContext, today: date) -> int:
        async with context.database.transaction() as connection:
            return await store.count_due(connection, twin=self.NAME, today=today)


@pytest.fixture
def twin() -> EchoTwin:
    return EchoTwin()


@pytest.fixture
async def sandbox(open_database: Callable[[str], Awaitable[Database]], twin: EchoTwin, tmp_path: Path) -> Sandbox:
    database = await open_database("sandbox")
    async with database.transaction() as connection:
        await connection.execute("update twin_item set due_on = null")
        await connection.execute("update twin_day set ticked_on = '2000-01-01'")
        await connection.execute("update calendar set business_date = '2000-01-01'")
    context = TwinContext(
        name="sandbox",
        settings=SandboxSettings(
            database_url=SecretStr("postgresql://unused"),
            issuer_key_file=tmp_path,
            clients_folder=tmp_path,
            partner_keys_folder=tmp_path,
        ),
        platform=PlatformSettings(played=True),
        database=database,
        clock=PlayedClock(database),
        verifier=FakeIssuer().verifier(),
    )
    return Sandbox(context, twins=[twin])


async def owe(sandbox: Sandbox, reference: str, due_on: date) -> None:
    """Give the twin something to do on a day."""
    async with sandbox.context.database.transaction() as connection:
        await store.add_item(
            connection,
            twin="post",
            kind="letter",
            reference=reference,
            created_on=MONDAY,
            due_on=due_on,
            payload={"sheets": 1},
        )


async def test_what_is_due_waits_until_the_services_are_done(sandbox: Sandbox, twin: EchoTwin) -> None:
    await owe(sandbox, "waits", MONDAY)
    await sandbox.set_date(MONDAY)
    state = await sandbox.state()
    assert (state.settled, twin.done) == (True, [])
    state = await sandbox.tick()
    assert (state.settled, twin.done) == (True, [("waits", MONDAY)])


async def test_the_next_day_with_work_is_told(sandbox: Sandbox) -> None:
    await owe(sandbox, "tomorrow", TUESDAY)
    state = await sandbox.set_date(MONDAY)
    assert state.next_date == TUESDAY
    assert (await sandbox.tick()).settled


async def test_what_comes_after_the_tick_is_done_the_same_day(sandbox: Sandbox, twin: EchoTwin) -> None:
    await sandbox.set_date(MONDAY)
    await sandbox.tick()
    await owe(sandbox, "late", MONDAY)
    state = await sandbox.state()
    assert (state.settled, state.reasons) == (False, ("post: 1 due",))
    stop = asyncio.Event()
    acting = asyncio.create_task(sandbox.keep_acting(stop))
    async with asyncio.timeout(20):
        while not (await sandbox.state()).settled:  # noqa: ASYNC110  (the database is asked)
            await asyncio.sleep(0.05)
    stop.set()
    await acting
    assert twin.done == [("late", MONDAY)]


async def test_what_fails_is_tried_again_and_never_settled_meanwhile(sandbox: Sandbox, twin: EchoTwin) -> None:
    await sandbox.set_date(MONDAY)
    await sandbox.tick()
    await owe(sandbox, "fails", MONDAY)
    twin.broken = True
    stop = asyncio.Event()
    acting = asyncio.create_task(sandbox.keep_acting(stop))
    async with asyncio.timeout(20):
        while sandbox.context.roles.all_running():  # noqa: ASYNC110  (a task that fails on purpose)
            await asyncio.sleep(0.05)
    assert not (await sandbox.state()).settled
    twin.broken = False
    async with asyncio.timeout(20):
        while not (await sandbox.state()).settled:  # noqa: ASYNC110  (the database is asked)
            await asyncio.sleep(0.05)
    stop.set()
    await acting
    assert twin.done == [("fails", MONDAY)]
    assert sandbox.context.roles.all_running()


async def test_the_date_never_goes_back_and_is_not_set_in_production(sandbox: Sandbox) -> None:
    api = create_sandbox(sandbox, twins=[])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://sandbox.test") as http:
        for day, status in (("2026-01-06", 200), ("2026-01-06", 200), ("2026-01-05", 409)):
            body = {"businessDate": day}
            response = await http.put("/v1/calendar", json=body, headers=bearer("operator"))
            assert response.status_code == status
        assert (await http.put("/v1/calendar", json={"businessDate": "2026-01-07"}, headers=bearer("service"))).is_error
    production = dataclasses.replace(sandbox.context, platform=PlatformSettings(played=False))
    api = create_sandbox(Sandbox(production, twins=[]), twins=[])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://sandbox.test") as http:
        response = await http.put("/v1/calendar", json={"businessDate": "2026-01-09"}, headers=bearer("operator"))
    assert response.status_code == 409


async def test_items_are_kept_once_and_found_again(sandbox: Sandbox) -> None:
    values: dict[str, Any] = {
        "twin": "bank",
        "kind": "file",
        "reference": "F1",
        "created_on": MONDAY,
        "due_on": MONDAY,
        "content": b"<xml/>",
    }
    async with sandbox.context.database.transaction() as connection:
        first, new = await store.add_item(connection, **values, payload={"amount": 1})
        second, again = await store.add_item(connection, **values, payload={"amount": 2})
        found = await store.item_by_id(connection, item_id=first.id)
    assert (new, again) == (True, False)
    assert first == second == found
    assert first.content == b"<xml/>"


async def test_a_twin_behaves_as_told_towards_one_or_all(sandbox: Sandbox) -> None:
    async with sandbox.context.database.transaction() as connection:
        assert await store.behaviour_of(connection, twin="mutuality", subject="319") == {}
        await store.set_behaviour(connection, twin="mutuality", subject="*", behaviour={"mode": "late"})
        await store.set_behaviour(connection, twin="mutuality", subject="319", behaviour={"mode": "down"})
        assert await store.behaviour_of(connection, twin="mutuality", subject="319") == {"mode": "down"}
        assert await store.behaviour_of(connection, twin="mutuality", subject="509") == {"mode": "late"}


async def test_tokens_and_twins_share_one_address(sandbox: Sandbox, tmp_path: Path) -> None:
    issuer = Issuer(issuer_url=ISSUER_URL, key=ISSUER_KEY, clients_folder=tmp_path, token_lifetime_seconds=300)
    application = SandboxApplication(api=create_sandbox(sandbox, twins=[]), issuer=issuer)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://sandbox.test") as http:
        assert "keys" in (await http.get("/.well-known/jwks.json")).json()
        assert (await http.get("/health")).json() == {"status": "UP"}
        assert (await http.get("/v1/calendar")).status_code == 401
