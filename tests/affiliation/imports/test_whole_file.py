"""From a file to facts on Kafka: import, relay, worker and letters together on real servers."""

from __future__ import annotations

import asyncio
import uuid

from temporalio.client import Client

from services.affiliation.app import APP
from shared.contracts.topics import topics
from shared.platform.messages_in.kafka_admin import admin_client, ensure_topics
from shared.platform.messages_out.outbox import waiting_facts
from shared.platform.messages_out.relay import Relay
from shared.platform.temporal.connecting import create_worker
from tests.affiliation.harness import SAMPLES, Service


async def quiet(service: Service, temporal_client: Client, task_queue: str) -> None:
    """Wait until nothing is being handled, every fact was told and every letter made."""
    running = f"TaskQueue = '{task_queue}' and ExecutionStatus = 'Running'"
    while True:
        summary = (await service.get("/v1/summary")).json()
        async with service.database.transaction() as connection:
            waiting = await waiting_facts(connection)
        # Somebody is affiliated before the confirmation is written: the procedure ends after both.
        procedures = (await temporal_client.count_workflows(running)).count
        if summary["waiting"] == 0 and summary["companies"] == 5 and waiting == 0 and procedures == 0:
            return
        await asyncio.sleep(0.1)


async def test_everybody_of_the_samples_is_affiliated_and_told(
    service: Service, temporal_client: Client, kafka_bootstrap: str
) -> None:
    name = f"affiliation-{uuid.uuid4().hex[:8]}"
    await ensure_topics(kafka_bootstrap, prefix=f"{name}.")
    relay = Relay(
        service=name,
        database_url=service.database_url,
        kafka_bootstrap=kafka_bootstrap,
        temporal=temporal_client,
        clock=service.clock,
        kafka_prefix=f"{name}.",
    )
    stop = asyncio.Event()
    try:
        async with create_worker(temporal_client, task_queue=name, definition=APP.worker(service.context)):
            relaying = asyncio.create_task(relay.run(stop))
            await service.import_file("people", (SAMPLES / "people.csv").read_bytes())
            await service.import_file("companies", (SAMPLES / "companies.csv").read_bytes())
            await quiet(service, temporal_client, name)
            stop.set()
            await relaying
    finally:
        async with admin_client(kafka_bootstrap) as admin:
            await admin.delete_topics([f"{name}.{topic.name}" for topic in topics()])
    told = await service.rows("select type, count(*) as n from outbox group by type order by type")
    assert {row["type"]: row["n"] for row in told} == {
        "affiliation.affiliation-category-changed.v1": 16,  # when the primo-starters become main
        "affiliation.affiliation-opened.v1": 210,
        "affiliation.company-affiliated.v1": 5,
        "affiliation.liability-linked.v1": 10,
    }
    [letters] = await service.rows("select count(*) as n, count(distinct dossier) as dossiers from document")
    assert letters == {"n": 20, "dossiers": 20}
