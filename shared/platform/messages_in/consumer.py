"""Reading facts from Kafka: FastStream delivers batches, the inbox does the rest, offsets follow the database.

A batch is one transaction: inbox rows, effects and dead letters commit together, then the offsets. Kafka's own
promises are not enough (see docs/decisions): a message is acknowledged only when the database holds its outcome, and
whatever is delivered again is recognised. When a batch fails, its messages are taken one by one, so that one bad fact
does not hold back its neighbours.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from prometheus_client import REGISTRY

from shared.contracts.envelope import FactPage
from shared.contracts.topics import FactClass, topics_read_by
from shared.platform.database.connections import Connection, Database, backoff_seconds, retryable
from shared.platform.messages_in.dead_letters import replay_dead_letter
from shared.platform.messages_in.inbox import Handler, Inbox, receive
from shared.platform.messages_in.kafka_admin import group_lag, missing_topics
from shared.platform.messages_in.messages import Incoming, Record, Unreadable, explain_failure, read
from shared.platform.messages_in.replaying import Replayer
from shared.platform.settings import PlatformSettings

RECORDS_PER_BATCH: Final = 500
#: How often a fact is tried while the database answers but its transaction fails for a passing reason.
TRANSIENT_ATTEMPTS: Final = 8
SWEEP_SECONDS: Final = 1.0
_POLL_MILLISECONDS: Final = 50
#: The partitions of a consumer that was killed go to another after this time; the shortest a broker allows by default.
_SESSION_MILLISECONDS: Final = 6000

_log = structlog.get_logger(__name__)
Message = Incoming | Unreadable


class Stopped(Exception):
    """The consumer stops; what it was doing was not acknowledged and will be delivered again."""


class FactConsumer:
    """Everything one service reads, with one handler per class of facts.

    A handler gets the connection of the transaction that also holds the inbox, the fact (or page, maybe a part of it)
    and the envelope. It must not commit, and must do IO with the database only: a workflow is started or signalled
    through ``dispatch``.
    """

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        handlers: Mapping[FactClass, Handler],
        kafka_bootstrap: str | None = None,
        kafka_prefix: str | None = None,
        after_commit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Prepare a consumer; nothing is read before ``run``.

        Args:
            service: who reads; with the prefix the name of the consumer group.
            database: the service's database.
            handlers: what to do with each class of facts; other facts of the topics are ignored.
            kafka_bootstrap: address of Kafka, by default of the platform's settings.
            kafka_prefix: before topics and group, by default of the platform's settings.
            after_commit: called between commit and acknowledgement; tests kill the process there.
        """
        platform = PlatformSettings()
        self.service = service
        self._bootstrap = platform.kafka_bootstrap if kafka_bootstrap is None else kafka_bootstrap
        self._prefix = platform.kafka_prefix if kafka_prefix is None else kafka_prefix
        self.group = self._prefix + service
        self.topics = tuple(self._prefix + topic.name for topic in topics_read_by(service))
        self._database = database
        self._inbox = Inbox(service=service, handlers=handlers)
        self._replayer = Replayer(database=database, inbox=self._inbox)
        self._after_commit = after_commit
        self._stopping = asyncio.Event()

    @property
    def handled(self) -> Mapping[str, FactClass]:
        """The classes of facts this service handles, by type; it ignores the others on its topics."""
        return self._inbox.classes

    async def run(self, stop: asyncio.Event) -> None:
        """Read and handle facts until ``stop`` is set; survives the absence of Kafka and PostgreSQL.

        Args:
            stop: set to end; what is not acknowledged by then is delivered again later.
        """
        self._stopping.clear()
        async with asyncio.TaskGroup() as group:
            sweeping = group.create_task(self._keep_sweeping(), name=f"{self.service}-replays")
            broker = await self._connected(stop)
            try:
                await stop.wait()
            finally:
                self._stopping.set()
                if broker is not None:
                    await broker.stop()
                await sweeping

    async def process(self, records: Sequence[Record]) -> None:
        """Give every record an outcome in the database; returns only then.

        Raises:
            Stopped: the consumer was asked to stop before that.
        """
        messages = [read(record, self._inbox.classes) for record in records]
        if not await self._try_batch(messages):
            for message in messages:
                await self._one(message)
        if self._after_commit is not None:
            await self._after_commit()

    async def lag(self) -> int:
        """Return how many messages of its topics this service has not yet acknowledged.

        Raises:
            aiokafka.errors.KafkaError: Kafka can't be reached.
        """
        return sum((await group_lag(self._bootstrap, group=self.group, names=self.topics)).values())

    async def sweep(self) -> int:
        """Handle the dead letters whose turn it is; return how many were resolved."""
        return await self._replayer.sweep()

    async def replay(self, dead_letter_id: UUID, *, actor: str) -> int:
        """Ask for a replay and do it at once, with everything that waited behind it; return how many were resolved."""
        async with self._database.transaction() as connection:
            await replay_dead_letter(connection, dead_letter_id=dead_letter_id, actor=actor)
        return await self.sweep()

    async def _try_batch(self, messages: Sequence[Message]) -> bool:
        """Do a batch in one transaction; False when its messages must be taken one by one."""
        for attempt in range(TRANSIENT_ATTEMPTS):
            try:
                async with self._database.transaction() as connection:
                    may_release = await self._inbox.apply(connection, messages)
            except Exception as error:  # noqa: BLE001 - a handler may raise anything; it ends on a dead letter
                _log.warning("batch failed", service=self.service, size=len(messages), error=explain_failure(error))
                if not retryable(error):
                    return False
                await self._recover(attempt)
                continue
            if may_release:
                await self._sweep_quietly()
            return True
        return False

    async def _one(self, message: Message) -> None:
        """Do one message in its own transaction, or keep it as a dead letter."""
        failure = await self._attempt(lambda connection: self._inbox.apply(connection, [message]))
        if failure is None:
            return
        if isinstance(message, Incoming) and isinstance(message.content, FactPage) and len(message.items) > 1:
            await self._page_item_by_item(message)
        else:
            await self._until_done(partial(self._keep, message, failure))

    async def _page_item_by_item(self, page: Incoming) -> None:
        """Take the items of a failing page one by one; the page counts as received when each has its outcome."""
        for item in range(len(page.items)):
            failure = await self._attempt(partial(self._apply_item, page, item))
            if failure is not None:
                await self._until_done(partial(self._keep_item, page, item, failure))
        await self._until_done(partial(self._receive, page))

    async def _apply_item(self, page: Incoming, item: int, connection: Connection) -> bool:
        return await self._inbox.apply_item(connection, page, item)

    async def _attempt(self, work: Callable[[Connection], Awaitable[bool]]) -> str | None:
        """Try in a transaction of its own until it is done or fails for good; return what failed."""
        failure = ""
        for attempt in range(TRANSIENT_ATTEMPTS):
            try:
                async with self._database.transaction() as connection:
                    may_release = await work(connection)
            except Exception as error:  # noqa: BLE001 - a handler may raise anything; it ends on a dead letter
                failure = explain_failure(error)
                if not retryable(error):
                    return failure
                await self._recover(attempt)
                continue
            if may_release:
                await self._sweep_quietly()
            return None
        return f"{failure}, {TRANSIENT_ATTEMPTS} times"

    async def _keep(self, message: Message, failure: str) -> None:
        async with self._database.transaction() as connection:
            if isinstance(message, Incoming):
                await self._inbox.keep_failed(connection, message, item=0, kind="failed", reason=failure)
                await receive(connection, [message])
            else:
                # What could be read of it may be the very thing that can't be written down: its bytes always can.
                await self._inbox.keep_bytes(connection, message, reason=f"{message.reason}; {failure}")
        _log.error("fact kept as dead letter", service=self.service, reason=failure)

    async def _keep_item(self, page: Incoming, item: int, failure: str) -> None:
        async with self._database.transaction() as connection:
            await self._inbox.keep_failed(connection, page, item=item, kind="failed", reason=failure)
        _log.error("part of a page kept as dead letter", service=self.service, reason=failure)

    async def _receive(self, page: Incoming) -> None:
        async with self._database.transaction() as connection:
            await receive(connection, [page])

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what must be done before the offset may move, for as long as it takes."""
        attempt = 0
        while True:
            try:
                await work()
            except Exception as error:
                if not retryable(error):
                    raise
                await self._recover(attempt)
                attempt += 1
            else:
                return

    async def _recover(self, attempt: int) -> None:
        """Pause after a passing failure, and as long as the database does not answer.

        Raises:
            Stopped: the consumer was asked to stop meanwhile.
        """
        await self._pause(backoff_seconds(attempt))
        waited = 0
        while True:
            try:
                async with self._database.transaction() as connection:
                    await connection.execute("select 1")
            except Exception as error:
                if not retryable(error):
                    raise
                _log.warning("database does not answer", service=self.service, attempts=waited + 1)
                await self._pause(backoff_seconds(waited, first=0.2))
                waited += 1
            else:
                return

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), timeout=seconds)
        except TimeoutError:
            return
        raise Stopped

    async def _sweep_quietly(self) -> None:
        """Release what may go on now; if that fails, the periodic sweep does it a little later."""
        try:
            await self._replayer.sweep()
        except Exception as error:
            if not retryable(error):
                raise
            _log.warning("replay interrupted", service=self.service, error=explain_failure(error))

    async def _keep_sweeping(self) -> None:
        while not self._stopping.is_set():
            await self._sweep_quietly()
            try:
                await self._pause(SWEEP_SECONDS)
            except Stopped:
                return

    async def _connected(self, stop: asyncio.Event) -> KafkaBroker | None:
        """Start reading as soon as Kafka and the topics are there; None when asked to stop before."""
        attempt = 0
        while self.topics and not stop.is_set():
            broker = self._broker()
            try:
                missing = await missing_topics(self._bootstrap, self.topics)
                if not missing:
                    await broker.start()
                    return broker
                _log.warning("topics are missing", service=self.service, topics=missing)
            except (KafkaError, OSError) as error:
                _log.warning("Kafka does not answer", service=self.service, error=type(error).__name__)
                await broker.stop()
            attempt += 1
            try:
                await asyncio.wait_for(stop.wait(), timeout=backoff_seconds(attempt, first=0.25))
            except TimeoutError:
                continue
        return None

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._bootstrap,
            client_id=f"{self.service}-consumer",
            retry_backoff_ms=500,
            enable_idempotence=True,
            allow_auto_create_topics=False,
            graceful_timeout=15.0,
            logger=None,
            # Batches by topic, their size and time, and those that ended with an error.
            middlewares=[KafkaPrometheusMiddleware(registry=REGISTRY, app_name=self.service, metrics_prefix="auxilia")],
        )
        subscriber = broker.subscriber(
            *self.topics,
            group_id=self.group,
            batch=True,
            max_records=RECORDS_PER_BATCH,
            batch_timeout_ms=_POLL_MILLISECONDS,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_MILLISECONDS,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=_without_headers,
            decoder=_undecoded,
        )

        @subscriber
        async def receive_batch(message: KafkaMessage) -> None:
            await self._receive_batch(message)

        return broker

    async def _receive_batch(self, message: KafkaMessage) -> None:
        """Process a batch and acknowledge it. Never ends with an error: the next batch would acknowledge this one."""
        records = [_record(raw, self._prefix) for raw in message.raw_message]
        attempt = 0
        while True:
            try:
                await self.process(records)
                break
            except Stopped:
                # The broker is being stopped: the loop ends before another batch, and nothing was acknowledged.
                return
            except Exception:  # noqa: BLE001 - a handler may raise anything; it ends on a dead letter
                _log.exception("batch can't be processed", service=self.service, size=len(records))
            try:
                await self._pause(backoff_seconds(attempt, first=0.5, most=30.0))
            except Stopped:
                return
            attempt += 1
        await message.ack()


def _record(raw: Any, prefix: str) -> Record:
    return Record(
        topic=raw.topic.removeprefix(prefix),
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        headers=tuple((name, value or b"") for name, value in raw.headers),
        body=raw.value,
    )


async def _without_headers(records: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """Keep FastStream from decoding headers: one that is not UTF-8 would lose the whole batch silently."""
    message = await original(tuple(dataclasses.replace(record, headers=()) for record in records))
    message.raw_message = records
    return message


async def _undecoded(message: Any) -> Any:
    """Keep FastStream from decoding bodies: the contract is read from the raw bytes; a tombstone counts as empty."""
    return [record.value or b"" for record in message.raw_message]
