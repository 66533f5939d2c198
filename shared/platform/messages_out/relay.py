"""The relay: carries facts from the outbox to Kafka, and starts and signals from ``dispatch`` to Temporal.

One relay per service works at a time: it holds an advisory lock on the same connection it reads and marks with, so a
relay that lost its lock can't mark anything. A row is marked after Kafka or Temporal confirmed it; a relay killed in
between sends it again, which readers recognise by event id, and Temporal by workflow id and request id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import psycopg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge
from psycopg.rows import dict_row
from temporalio.client import Client

from shared.contracts.envelope import Envelope
from shared.platform.database.connections import (
    PURGED_AT_ONCE,
    Connection,
    backoff_seconds,
    connection_string,
    retryable,
)
from shared.platform.database.wake import wake_event
from shared.platform.messages_in.inbox import purge_received
from shared.platform.messages_out.delivery import Delivery, deliver_all
from shared.platform.messages_out.outbox import forget_purged, purge_published, waiting_facts
from shared.platform.messages_out.refusals import open_refusal_tasks
from shared.platform.temporal.clock import Clock
from shared.platform.temporal.dispatch import purge_delivered, waiting_dispatches

FACTS_PER_PAGE: Final = 500
DISPATCHES_PER_PAGE: Final = 256
SHORTEST_POLL_SECONDS: Final = 0.02
LONGEST_POLL_SECONDS: Final = 1.0
#: Kept long enough to look something up, short enough that tables stay small.
KEEP_DAYS: Final = 90
#: Ids of what was told are kept as long as a procedure of that time can be open: contributions prescribe after five
#: years (royal decree no. 38 of 27 July 1967, art. 16 §2), and once interrupted after five more.
KEEP_IDS_DAYS: Final = 3653
PURGE_EVERY_SECONDS: Final = 3600.0
_LEADER_RETRY_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)
_published = Counter("auxilia_facts_published_total", "Facts confirmed by Kafka.", ["service"])
_delivered = Counter("auxilia_dispatches_total", "Starts and signals given to Temporal.", ["service", "outcome"])
_leading = Gauge("auxilia_relay_leading", "1 while this process is the relay of its service.", ["service", "part"])

#: Called between the confirmation of a page and its mark; tests kill the process there.
FaultPoint = Callable[[], Awaitable[None]]


class Part(Protocol):
    """What a relay does page after page on its own connection."""

    name: str

    async def page(self, connection: Connection) -> int:
        """Carry one page; return how many rows it carried."""
        ...

    async def reset(self) -> None:
        """Forget broken connections to the outside after an error."""
        ...


class Relay:
    """Both parts of the relay of one service, run by ``run`` until told to stop."""

    def __init__(
        self,
        *,
        service: str,
        database_url: str,
        kafka_bootstrap: str,
        temporal: Client | None,
        clock: Clock,
        kafka_prefix: str = "",
        keep_days: int = KEEP_DAYS,
        after_send: FaultPoint | None = None,
    ) -> None:
        """Prepare a relay; nothing is carried before ``run``.

        Args:
            service: name of the service, also its task queue.
            database_url: address of its database, with the rights of its processes.
            kafka_bootstrap: address of Kafka.
            temporal: the service's client; None for a service without procedures.
            clock: tells the shift new procedures get.
            kafka_prefix: before each topic.
            keep_days: rows that were carried longer ago than this are deleted.
            after_send: called between confirmation and mark; tests kill the process there.
        """
        self._service = service
        self._url = connection_string(database_url, application_name=f"{service}-relay")
        self._parts: list[Part] = [
            OutboxPart(
                service=service,
                bootstrap=kafka_bootstrap,
                prefix=kafka_prefix,
                keep_days=keep_days,
                after_send=after_send,
            )
        ]
        if temporal is not None:
            self._parts.append(DispatchPart(service=service, temporal=temporal, clock=clock, after_send=after_send))

    async def run(self, stop: asyncio.Event) -> None:
        """Carry rows until ``stop`` is set; survives the absence of PostgreSQL, Kafka and Temporal."""
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(self._keep_leading(part, stop), name=f"{self._service}-relay-{part.name}")

    async def _keep_leading(self, part: Part, stop: asyncio.Event) -> None:
        attempt = 0
        gauge = _leading.labels(self._service, part.name)
        while not stop.is_set():
            try:
                async with await psycopg.AsyncConnection[dict[str, Any]].connect(
                    self._url, autocommit=True, row_factory=dict_row
                ) as connection:
                    if await _become_leader(connection, part.name):
                        gauge.set(1)
                        attempt = 0
                        await self._carry(part, connection, stop)
            except Exception as error:  # noqa: BLE001 - the relay must outlive whatever happens; it says so
                if not (retryable(error) or isinstance(error, KafkaError)):
                    _log.exception("relay failed", service=self._service, part=part.name)
                else:
                    _log.warning("relay interrupted", service=self._service, part=part.name, error=type(error).__name__)
                attempt += 1
            finally:
                gauge.set(0)
                await part.reset()
            await _pause(stop, max(_LEADER_RETRY_SECONDS if attempt == 0 else 0, backoff_seconds(attempt)))

    async def _carry(self, part: Part, connection: Connection, stop: asyncio.Event) -> None:
        wake = wake_event()
        pause = SHORTEST_POLL_SECONDS
        while not stop.is_set():
            if await part.page(connection):
                pause = SHORTEST_POLL_SECONDS
                continue
            if await _wait_for_wake(wake, stop, pause):
                pause = SHORTEST_POLL_SECONDS
            else:
                pause = min(LONGEST_POLL_SECONDS, pause * 2)


class OutboxPart:
    """Facts to Kafka: a page is sent whole, confirmed whole, then marked."""

    name = "outbox"

    def __init__(
        self, *, service: str, bootstrap: str, prefix: str, keep_days: int, after_send: FaultPoint | None
    ) -> None:
        self._service = service
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._after_send = after_send
        self._producer: Any = None
        self._keep_days = keep_days
        self._purge_at = 0.0

    async def page(self, connection: Connection) -> int:
        """Send the oldest unpublished facts and mark them.

        Raises:
            aiokafka.errors.KafkaError: a message was not confirmed; the whole page will be sent again.
        """
        cursor = await connection.execute(
            "select id, event_id, type, source, topic, partition, key, sequence, correlation_id, causation_id, "
            "traceparent, body, recorded_at from outbox where published_at is null order by id limit %s",
            (FACTS_PER_PAGE,),
        )
        rows = await cursor.fetchall()
        await self._purge(connection)
        if not rows:
            return 0
        producer = await self._connected()
        confirmations = [
            await producer.send(
                self._prefix + row["topic"],
                value=bytes(row["body"]),
                key=row["key"].encode(),
                partition=row["partition"],
                headers=_envelope(row).headers(),
            )
            for row in rows
        ]
        outcomes = await asyncio.gather(*confirmations, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            raise failures[0]
        if self._after_send is not None:
            await self._after_send()
        await connection.execute(
            "update outbox set published_at = now() where id = any(%s)", ([row["id"] for row in rows],)
        )
        _published.labels(self._service).inc(len(rows))
        return len(rows)

    async def reset(self) -> None:
        """Close the producer; the next page gets a new one with a new producer id."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), timeout=5)
            except (KafkaError, TimeoutError):
                _log.warning("producer did not stop cleanly", service=self._service)

    async def _purge(self, connection: Connection) -> None:
        """Delete what was carried long ago, a batch between two pages, and start again an hour after the last one.

        Nothing of it is ever told again. A busy relay purges too, and no batch holds up the facts that wait.
        """
        if time.monotonic() < self._purge_at:
            return
        facts = await purge_published(connection, older_than_days=self._keep_days)
        signals = await purge_delivered(connection, older_than_days=self._keep_days)
        heard = await purge_received(connection, older_than_days=self._keep_days)
        ids = await forget_purged(connection, older_than_days=max(KEEP_IDS_DAYS, self._keep_days))
        if max(facts, signals, heard, ids) < PURGED_AT_ONCE:
            self._purge_at = time.monotonic() + PURGE_EVERY_SECONDS
        if facts or signals or heard or ids:
            _log.info("carried rows purged", service=self._service, facts=facts, signals=signals, heard=heard, ids=ids)

    async def _connected(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=f"{self._service}-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,
                request_timeout_ms=10_000,
                retry_backoff_ms=500,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer


class DispatchPart:
    """Starts and signals to Temporal: in order per workflow id, many ids at a time."""

    name = "dispatch"

    def __init__(self, *, service: str, temporal: Client, clock: Clock, after_send: FaultPoint | None) -> None:
        self._service = service
        self._temporal = temporal
        self._clock = clock
        self._after_send = after_send

    async def page(self, connection: Connection) -> int:
        """Deliver the oldest rows that are due and record what became of each."""
        cursor = await connection.execute(
            "select d.id, d.workflow_id, d.workflow, d.argument, d.signal, d.signal_argument, d.dossier, "
            "d.traceparent, d.request_id, d.attempts from dispatch d where d.delivered_at is null "
            "and d.next_attempt_at <= now() and not exists (select from dispatch e "
            "where e.delivered_at is null and e.workflow_id = d.workflow_id and e.id < d.id "
            "and e.next_attempt_at > now()) order by d.id limit %s",
            (DISPATCHES_PER_PAGE,),
        )
        rows = await cursor.fetchall()
        if not rows:
            return 0
        shift = await self._clock.shift()
        deliveries = await deliver_all(self._temporal, rows, task_queue=self._service, shift=shift)
        if self._after_send is not None:
            await self._after_send()
        await self._keep(connection, deliveries)
        for delivery in deliveries:
            _delivered.labels(self._service, delivery.outcome or "postponed").inc()
        return len([delivery for delivery in deliveries if delivery.outcome is not None])

    async def _keep(self, connection: Connection, deliveries: Sequence[Delivery]) -> None:
        """Keep what became of rows; a person hears of what was refused for good in the same transaction."""
        refused = [delivery.row_id for delivery in deliveries if delivery.outcome == "refused"]
        if not refused:
            await _mark(connection, deliveries)
            return
        today = await self._clock.today()
        async with connection.transaction():
            await _mark(connection, deliveries)
            await open_refusal_tasks(connection, row_ids=refused, today=today)

    async def reset(self) -> None:
        """Nothing to forget: the client reconnects by itself."""


async def pending_count(connection: Connection) -> int:
    """Return how many facts, starts and signals still have to be carried; 0 when the service is quiet."""
    return await waiting_facts(connection) + await waiting_dispatches(connection)


async def _mark(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    await connection.execute(
        "update dispatch d set attempts = d.attempts + 1, outcome = given.outcome, problem = given.problem, "
        "delivered_at = case when given.outcome is null then null else now() end, "
        "next_attempt_at = now() + make_interval(secs => given.pause) "
        "from unnest(%s::bigint[], %s::text[], %s::text[], %s::double precision[]) "
        "as given (id, outcome, problem, pause) where d.id = given.id",
        (
            [delivery.row_id for delivery in deliveries],
            [delivery.outcome for delivery in deliveries],
            [delivery.problem for delivery in deliveries],
            [delivery.pause_seconds for delivery in deliveries],
        ),
    )


async def _become_leader(connection: Connection, part: str) -> bool:
    cursor = await connection.execute(
        "select pg_try_advisory_lock(hashtextextended('auxilia-relay-' || %s, 0)) as leading", (part,)
    )
    row = await cursor.fetchone()
    return bool(row and row["leading"])


def _envelope(row: dict[str, Any]) -> Envelope:
    return Envelope(
        event_id=row["event_id"],
        type=row["type"],
        source=row["source"],
        occurred_at=row["recorded_at"],
        key=row["key"],
        sequence=row["sequence"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )


async def _wait_for_wake(wake: asyncio.Event, stop: asyncio.Event, seconds: float) -> bool:
    """Wait until something is published here, the pause is over, or the relay must stop; tell whether it woke."""
    waits = [asyncio.ensure_future(wake.wait()), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    woken = wake.is_set()
    wake.clear()
    if woken:
        # The wake-up comes a moment before the commit it announces.
        await asyncio.sleep(SHORTEST_POLL_SECONDS)
    return woken


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
