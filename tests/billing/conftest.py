"""Fixtures of billing's tests."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from temporalio.client import Client

from services.billing.app import APP
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from shared.platform.temporal.connecting import create_worker
from tests.billing.delivery import Kafka
from tests.billing.harness import Service, open_service
from tests.billing.world import ROOT, World
from tests.support.servers import Databases


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The law, with nothing assumed."""
    return Parameters.load()


@pytest.fixture(scope="session")
def fund() -> Fund:
    """The invented fund of the samples."""
    return Fund.load(ROOT / "samples" / "fund.yaml")


@pytest.fixture(scope="module")
async def world(open_database: Callable[[str], Awaitable[Database]], parameters: Parameters, fund: Fund) -> World:
    """A fund with the books of this module."""
    return World(database=await open_database("billing"), parameters=parameters, fund=fund)


@pytest.fixture
def kafka(world: World) -> Kafka:
    """A Kafka that remembers the numbers it gave."""
    return Kafka(world)


@pytest.fixture
async def service(
    databases: Databases, parameters: Parameters, fund: Fund, temporal_client: Client
) -> AsyncIterator[Service]:
    """The service on a fresh database, for one test alone."""
    made = databases.of("billing", purpose=f"billing_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=8)
    opened = open_service(World(database=database, parameters=parameters, fund=fund), temporal=temporal_client)
    yield opened
    await opened.http.aclose()
    await database.close()
    databases.drop(made.name)


@pytest.fixture
async def queue(service: Service, temporal_client: Client) -> AsyncIterator[str]:
    """Run the service's worker on a task queue of its own."""
    name = f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=name, definition=APP.worker(service.context)):
        yield name
