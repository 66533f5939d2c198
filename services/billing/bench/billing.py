"""``bench billing``: a quarter billed for invented people by the activities of production, beside a raw COPY."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import click
import psycopg

from services.billing.bench import databases
from services.billing.bench.invented import BOOKED_ON, QUARTER, write_people
from services.billing.bench.raw_copy import export_pages, seconds_to_copy
from services.billing.bench.report import AS_JSON, PEOPLE, Stages, peak_memory_mib, print_figures, shown_stages
from services.billing.clients import Affiliation
from services.billing.quarterly.activities import BillingRunActivities
from services.billing.quarterly.procedure import PageStep, RunReference
from services.billing.quarterly.service import runs
from services.billing.settings import BillingSettings
from shared.contracts.topics import topic_named
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.service_client import ServiceClient
from shared.platform.database.connections import Database
from shared.platform.messages_in.kafka_admin import admin_client, ensure_topics
from shared.platform.messages_out.outbox import waiting_facts
from shared.platform.messages_out.relay import Relay
from shared.platform.temporal.clock import SystemClock

FUND_FILE: Final = Path(__file__).resolve().parents[3] / "samples" / "fund.yaml"
#: Pages billed side by side, as the procedure does.
PAGES_AT_ONCE: Final = 6
_TOPIC: Final = topic_named("billing.facts.v1")
_POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What a measured run did, and how long its parts took."""

    people: int
    billed: int
    parked: int
    plan_seconds: float
    pages_seconds: float
    total_seconds: float


@click.command(name="billing", short_help="Bill a quarter, beside a raw COPY of the same rows.")
@PEOPLE
@AS_JSON
def billing_bench(people: int, *, as_json: bool) -> None:
    """Bill a quarter for invented people on real servers: planned, assessed, charged, noticed, told, all committed and
    confirmed by Kafka, by the activities of production. Then copy the same rows raw into the same tables, with the same
    indexes and constraints, over as many connections.

    \b
    ./auxilia bench billing --people 1300000
    """
    with shown_stages() as stages:
        figures = asyncio.run(measure(people, stages))
    print_figures(figures, as_json=as_json)


async def measure(people: int, stages: Stages) -> dict[str, float]:
    """Measure a quarter for so many invented people, and the raw COPY of its rows beside it."""
    administrator = databases.administrator_url()
    bootstrap = databases.kafka_bootstrap()
    stages.begin("inventing people")
    with databases.fresh_database(administrator) as ours:
        write_people(databases.of_database(administrator, ours), people)
        with (
            databases.fresh_database(administrator, template=ours) as theirs,
            tempfile.TemporaryDirectory(prefix="auxilia-bench-") as folder,
        ):
            _settle(administrator)
            stages.begin("billing them", total=people)
            billed = await _bill(databases.runtime_url(administrator, ours), bootstrap, people, stages)
            memory = peak_memory_mib()
            stages.begin("taking the rows out")
            shares = export_pages(databases.of_database(administrator, ours), Path(folder), pages_at_once=1)
            _settle(administrator)
            stages.begin("copying the same rows")
            raw = await seconds_to_copy(databases.runtime_url(administrator, theirs), Path(folder), shares)
    return {
        "people": people,
        "billed": billed.billed,
        "parked": billed.parked,
        "seconds": round(billed.total_seconds, 2),
        "planSeconds": round(billed.plan_seconds, 2),
        "rawCopySeconds": round(raw, 2),
        "peoplePerSecond": round(people / billed.total_seconds),
        "ratioToRawCopy": round(billed.total_seconds / raw, 2),
        "peakMemoryMiB": memory,
    }


def _settle(administrator: str) -> None:
    """Let the server write what it still holds, so that neither side pays for what came before."""
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("checkpoint")


async def _bill(url: str, bootstrap: str, people: int, stages: Stages) -> Billed:
    database = await Database.open(url, application_name="bench-billing", statement_timeout_seconds=600)
    # The law is read once when a process starts, whatever it bills then.
    activities = _activities(database)
    try:
        async with _published(url, bootstrap):
            await _connected(database)
            began = time.perf_counter()
            async with database.transaction() as connection:
                run = await runs.request_run(connection, quarter=QUARTER, requested_by="bench", business_date=BOOKED_ON)
            plan = await activities.plan_billing_run(RunReference(run_id=run.run_id, quarter=str(QUARTER)))
            planned = time.perf_counter()
            waiting = iter(range(plan.pages))

            async def bill() -> tuple[int, int]:
                billed = parked = 0
                for ordinal in waiting:
                    outcome = await activities.bill_page(PageStep(run_id=run.run_id, ordinal=ordinal))
                    billed, parked = billed + outcome.billed, parked + outcome.parked
                    stages.advance(outcome.billed + outcome.parked)
                return billed, parked

            outcomes = await asyncio.gather(*(bill() for _ in range(PAGES_AT_ONCE)))
            paged = time.perf_counter()
            while True:
                async with database.transaction() as connection:
                    if await waiting_facts(connection) == 0:
                        break
                await asyncio.sleep(_POLL_SECONDS)
            ended = time.perf_counter()
    finally:
        await database.close()
    return Billed(
        people=people,
        billed=sum(billed for billed, _ in outcomes),
        parked=sum(parked for _, parked in outcomes),
        plan_seconds=planned - began,
        pages_seconds=paged - planned,
        total_seconds=ended - began,
    )


async def _connected(database: Database) -> None:
    """Open as many connections as will be used, as a process that is up has them; the yardstick does the same."""
    everybody = asyncio.Barrier(PAGES_AT_ONCE)

    async def open_one() -> None:
        async with database.transaction():
            await everybody.wait()

    await asyncio.gather(*(open_one() for _ in range(PAGES_AT_ONCE)))


def _activities(database: Database) -> BillingRunActivities:
    settings = BillingSettings.model_construct()
    return BillingRunActivities(
        database=database,
        parameters=Parameters.load(),
        fund=Fund.load(FUND_FILE),
        affiliation=Affiliation(ServiceClient(peer="affiliation", base_url="http://127.0.0.1:9", tokens=None)),
        page_size=settings.page_size,
        letters_at_once=settings.letters_at_once,
    )


@asynccontextmanager
async def _published(url: str, bootstrap: str) -> AsyncIterator[None]:
    """Run the relay of production on a topic of the bench's own, and delete the topic at the end."""
    prefix = f"bench-{uuid4().hex[:8]}."
    await ensure_topics(bootstrap, prefix=prefix, wanted=[_TOPIC])
    relay = Relay(
        service=databases.SERVICE,
        database_url=url,
        kafka_bootstrap=bootstrap,
        kafka_prefix=prefix,
        temporal=None,
        clock=SystemClock(),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task
        async with admin_client(bootstrap) as client:
            await client.delete_topics([prefix + _TOPIC.name])
