"""Fixtures of the benefits tests."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from services.benefits.app import APP
from shared.platform.database.connections import Database
from shared.platform.temporal.connecting import create_worker
from tests.benefits.harness import Stage, open_stage
from tests.support.servers import Databases


@pytest.fixture
async def stage(databases: Databases, temporal_client: Client) -> AsyncIterator[Stage]:
    """Give a service with its twins on fresh databases, its worker running, for one test alone."""
    purpose = f"benefits_{uuid.uuid4().hex[:6]}"
    made, twins = databases.of("benefits", purpose=purpose), databases.of("sandbox", purpose=purpose)
    database = await Database.open(made.url, application_name="test-benefits", max_size=8)
    sandbox = await Database.open(twins.url, application_name="test-sandbox", max_size=4)
    queue = f"benefits-{uuid.uuid4().hex[:8]}"
    opened = open_stage(
        database=database, database_url=made.url, sandbox=sandbox, temporal=temporal_client, queue=queue
    )
    async with create_worker(temporal_client, task_queue=queue, definition=APP.worker(opened.context)):
        yield opened
    await opened.http.aclose()
    await opened.sandbox.aclose()
    await database.close()
    await sandbox.close()
    databases.drop(made.name)
    databases.drop(twins.name)
