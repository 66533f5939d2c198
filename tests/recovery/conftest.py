"""Fixtures of the recovery tests."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from services.recovery.app import APP
from shared.platform.database.connections import Database
from shared.platform.temporal.connecting import create_worker
from tests.recovery.harness import Stage, open_stage
from tests.support.servers import Databases


@pytest.fixture(scope="module")
async def desk(databases: Databases, temporal_client: Client) -> AsyncIterator[Stage]:
    """Give recovery without a worker, the same one to all tests of a module: each test has debtors of its own."""
    mark = uuid.uuid4().hex[:6]
    made = databases.of("recovery", purpose=f"desk_{mark}")
    outside = databases.of("sandbox", purpose=f"desk_{mark}")
    database = await Database.open(made.url, application_name="test-recovery-desk", max_size=4)
    sandbox = await Database.open(outside.url, application_name="test-recovery-desk-sandbox", max_size=2)
    opened = open_stage(
        database=database,
        database_url=made.url,
        sandbox=sandbox,
        temporal=temporal_client,
        queue=f"recovery-desk-{mark}",
    )
    yield opened
    await opened.http.aclose()
    await opened.sandbox.aclose()
    await database.close()
    await sandbox.close()


@pytest.fixture
async def stage(databases: Databases, temporal_client: Client) -> AsyncIterator[Stage]:
    """Give recovery and its twins on fresh databases, with a worker on a task queue of its own."""
    mark = uuid.uuid4().hex[:6]
    made = databases.of("recovery", purpose=f"recovery_{mark}")
    outside = databases.of("sandbox", purpose=f"recovery_{mark}")
    database = await Database.open(made.url, application_name="test-recovery", max_size=5)
    sandbox = await Database.open(outside.url, application_name="test-recovery-sandbox", max_size=3)
    queue = f"recovery-{mark}"
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
    databases.drop(outside.name)
