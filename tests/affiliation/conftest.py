"""Fixtures of the affiliation tests."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from services.affiliation.app import APP
from shared.platform.database.connections import Database
from shared.platform.temporal.connecting import create_worker
from tests.affiliation.harness import Service, open_service
from tests.support.servers import Databases


@pytest.fixture
async def service(databases: Databases, temporal_client: Client) -> AsyncIterator[Service]:
    """Give a service on a fresh database, for one test alone."""
    made = databases.of("affiliation", purpose=f"affiliation_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-affiliation", max_size=5)
    opened = open_service(database, database_url=made.url, temporal=temporal_client)
    yield opened
    await opened.http.aclose()
    await database.close()
    databases.drop(made.name)


@pytest.fixture
async def queue(service: Service, temporal_client: Client) -> AsyncIterator[str]:
    """Run the service's worker on a task queue of its own."""
    name = f"affiliation-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=name, definition=APP.worker(service.context)):
        yield name
