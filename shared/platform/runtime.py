"""Runs a service: one process with every role, or each role alone so that it scales by itself.

    python -m services.billing                     api, consumers, worker and relay in one process
    python -m services.billing --role worker       one of them

At start the process waits for its servers instead of dying; a role that fails later is started again, with growing
pauses, while health says so. On SIGTERM or SIGINT it takes no new work, finishes what it has, writes its last spans
and ends within fifteen seconds; a second signal ends it at once. Migrations are not run here: services have no rights
to change their tables.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol, TypeVar, cast

from fastapi import FastAPI
from temporalio.client import Client

from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.auth import IssuedTokens, TokenVerifier, read_private_key
from shared.platform.calls.service_client import ServiceClient
from shared.platform.context import AnyContext, Peers, RoleBoard, ServiceContext
from shared.platform.database.connections import Database, backoff_seconds
from shared.platform.http import finish_api
from shared.platform.http.calendar import played_router
from shared.platform.http.serving import Server, leave, stop_on_signals
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_out.relay import Relay
from shared.platform.observation.logging import configure_logging, get_logger
from shared.platform.observation.metrics import ROLE_RESTARTS
from shared.platform.observation.telemetry import start_telemetry
from shared.platform.people.anchors import keep_anchoring
from shared.platform.settings import PlatformSettings, ServiceSettings
from shared.platform.temporal.clock import Clock, PlayedClock, SystemClock
from shared.platform.temporal.connecting import WorkerDefinition, connect, create_worker
from shared.platform.temporal.schedules import ScheduledProcedure, provision_schedules

__all__ = ["AnyContext", "Peers", "ServiceContext", "WorkerDefinition", "open_context", "run"]

ROLES: Final = ("api", "consumers", "worker", "relay")
#: Everything must have ended this long after the first signal.
STOP_SECONDS: Final = 15.0
_HEALTHY_AFTER_SECONDS: Final = 30.0

_log = get_logger(__name__)


class SettingMissing(ValueError):
    """A process was not told something it needs."""

    def __init__(self, variable: str, meaning: str) -> None:
        super().__init__(f"{variable}: not set; it is {meaning}")


Opened = TypeVar("Opened")


class ServiceApp(Protocol):
    """What ``services/<service>/app.py`` exposes."""

    @property
    def settings_class(self) -> type[ServiceSettings]:
        """Return the class of its settings."""
        ...

    def api(self, context: AnyContext) -> FastAPI:
        """Return the service's API."""
        ...

    def consumers(self, context: AnyContext) -> FactConsumer | None:
        """Return what handles the facts of others, None when the service listens to nobody."""
        ...

    def worker(self, context: AnyContext) -> WorkerDefinition:
        """Return the service's workflows and activities."""
        ...

    def schedules(self, context: AnyContext) -> Sequence[ScheduledProcedure]:
        """Return the procedures that begin on fixed days."""
        ...


def run(service: str, app: ModuleType | ServiceApp, arguments: Sequence[str] | None = None) -> None:
    """Run a service until it is told to stop, then leave the process; never returns.

    Args:
        service: its name; also its task queue, its Kafka group and its client id at the issuer.
        app: the module ``services.<service>.app``.
        arguments: command line, the process's own when absent.
    """
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}", description=f"Run {service}.")
    parser.add_argument("--role", action="append", choices=ROLES, help="only this role; may be given more than once")
    roles = tuple(parser.parse_args(arguments).role or ROLES)
    configure_logging(service=service)

    def work() -> int:
        platform = PlatformSettings()
        configure_logging(service=service, level=platform.log_level)
        start_telemetry(platform, service=service, role="-".join(roles) if len(roles) < len(ROLES) else "all")
        return asyncio.run(_serve(service, cast("ServiceApp", app), platform, roles))

    leave(work)


async def open_context(
    service: str, settings: ServiceSettings, platform: PlatformSettings, *, needs_temporal: bool = True
) -> AnyContext:
    """Open everything a service builds upon, waiting for servers that are not there yet.

    Args:
        service: its name.
        settings: its own settings.
        platform: what all services of the instance share.
        needs_temporal: whether to wait for Temporal, or to connect to it at the first call.
    """
    database = await Database.open(
        settings.database_url.get_secret_value(),
        application_name=service,
        max_size=settings.database_max_connections,
    )
    await _wait_for(f"{service} database", lambda: _answers(database))
    clock: Clock = PlayedClock(database) if platform.played else SystemClock()
    temporal = await _wait_for("temporal", lambda: _temporal(service, platform, lazy=not needs_temporal))
    if settings.client_key_file is None:
        raise SettingMissing(f"{settings.prefix()}CLIENT_KEY_FILE", "the key with which tokens are asked for")
    tokens = IssuedTokens(
        issuer_url=platform.issuer_url, client_id=service, key=read_private_key(settings.client_key_file)
    )
    if platform.fund_file is None:
        raise SettingMissing("AUXILIA_FUND_FILE", "the dated configuration of the fund")
    return ServiceContext(
        name=service,
        settings=settings,
        platform=platform,
        database=database,
        temporal=temporal,
        clock=clock,
        tokens=tokens,
        verifier=TokenVerifier(issuer_url=platform.issuer_url),
        parameters=Parameters.load(assumed=platform.scenario_file),
        fund=Fund.load(Path(platform.fund_file)),
        peers=_peers(platform, tokens),
        roles=RoleBoard(),
        body_limit_bytes=settings.http_body_limit_bytes,
    )


async def _serve(service: str, app: ServiceApp, platform: PlatformSettings, roles: Sequence[str]) -> int:
    stop = asyncio.Event()
    stop_on_signals(stop)
    opening = asyncio.ensure_future(
        open_context(service, app.settings_class(), platform, needs_temporal=bool({"worker", "relay"} & set(roles)))
    )
    if not await _unless_stopped(opening, stop):
        opening.cancel()
        return 0
    context = opening.result()
    try:
        runners = {role: runner for role, runner in _runners(app, context).items() if role in roles}
        await _run(context, runners, stop)
    finally:
        await _close(context)
    _log.info("process.stopped")
    return 0


async def _run(
    context: AnyContext, runners: Mapping[str, Callable[[asyncio.Event], Awaitable[None]]], stop: asyncio.Event
) -> None:
    """Run roles until the process must stop, and give them time to finish what they began."""
    _log.info("process.started", roles=list(runners))
    tasks = [asyncio.create_task(_keep(context, role, runner, stop), name=role) for role, runner in runners.items()]
    await stop.wait()
    _log.info("process.stopping")
    _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS - 2)
    for task in late:
        _log.warning("role.cancelled", role=task.get_name())
        task.cancel()
    await asyncio.wait(tasks, timeout=1)


def _runners(app: ServiceApp, context: AnyContext) -> dict[str, Callable[[asyncio.Event], Awaitable[None]]]:
    """Return how each role runs; a role that has nothing to do is absent."""
    consumer = app.consumers(context)
    definition = app.worker(context)
    procedures = app.schedules(context)
    api = app.api(context)
    api.include_router(played_router(context, procedures=procedures, consumer=consumer))
    finish_api(api)
    runners: dict[str, Callable[[asyncio.Event], Awaitable[None]]] = {"api": lambda stop: _run_api(context, api, stop)}
    if consumer is not None:
        runners["consumers"] = consumer.run
    if definition.workflows or definition.activities:
        runners["worker"] = lambda stop: _run_worker(context, definition, procedures, stop)
    runners["relay"] = lambda stop: _run_relay(context, stop)
    return runners


async def _run_api(context: AnyContext, api: FastAPI, stop: asyncio.Event) -> None:
    server = Server.of(api, host=context.settings.http_host, port=context.settings.http_port)
    await server.serve_until(stop)


async def _run_worker(
    context: AnyContext, definition: WorkerDefinition, procedures: Sequence[ScheduledProcedure], stop: asyncio.Event
) -> None:
    if not context.platform.played:
        await provision_schedules(context.temporal, task_queue=context.name, procedures=procedures)
    worker = create_worker(
        context.temporal, task_queue=context.name, definition=definition, build_id=context.platform.build_id
    )
    working = asyncio.create_task(worker.run())
    if not await _unless_stopped(working, stop):
        await worker.shutdown()
        await working


async def _run_relay(context: AnyContext, stop: asyncio.Event) -> None:
    """Carry what the service tells, and beside that write down how far its audit is."""
    folder = context.platform.anchor_dir
    async with asyncio.TaskGroup() as group:
        group.create_task(_relay(context).run(stop))
        if folder is not None:
            group.create_task(keep_anchoring(context.database, service=context.name, folder=folder, stop=stop))


def _relay(context: AnyContext) -> Relay:
    return Relay(
        service=context.name,
        database_url=context.settings.database_url.get_secret_value(),
        kafka_bootstrap=context.platform.kafka_bootstrap,
        kafka_prefix=context.platform.kafka_prefix,
        temporal=context.temporal,
        clock=context.clock,
    )


async def _keep(
    context: AnyContext, role: str, runner: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Run a role until the process stops, again after each failure."""
    attempt = 0
    clock = asyncio.get_running_loop().time
    while not stop.is_set():
        started = clock()
        context.roles.set(role, running=True)
        try:
            await runner(stop)
            if stop.is_set():
                return
            _log.warning("role.ended", role=role)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a role that fails is started again, whatever it was
            _log.error("role.failed", role=role, exc_info=error)
        context.roles.set(role, running=False)
        ROLE_RESTARTS.labels(context.name, role).inc()
        attempt = 0 if clock() - started > _HEALTHY_AFTER_SECONDS else attempt + 1
        await _pause(stop, backoff_seconds(attempt, first=0.2))


async def _unless_stopped(work: asyncio.Future[Any], stop: asyncio.Event) -> bool:
    """Wait for some work and return True; False when the process must stop first, the work then goes on."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    if work.done():
        work.result()
        return True
    return False


async def _wait_for(what: str, attempt_once: Callable[[], Awaitable[Opened]]) -> Opened:
    attempt = 0
    while True:
        try:
            return await attempt_once()
        except ValueError:
            # A wrong setting doesn't become right by waiting.
            raise
        except Exception as error:  # noqa: BLE001 - servers that start answer in many wrong ways
            _log.warning("waiting", what=what, error=type(error).__name__)
        await asyncio.sleep(backoff_seconds(attempt, first=0.3))
        attempt += 1


async def _answers(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("select 1")


async def _temporal(service: str, platform: PlatformSettings, *, lazy: bool) -> Client:
    return await connect(platform, identity=f"{service}@{os.getpid()}", lazy=lazy)


def _peers(platform: PlatformSettings, tokens: IssuedTokens) -> Peers:
    def client(peer: str, url: str) -> ServiceClient:
        return ServiceClient(peer=peer, base_url=url, tokens=tokens)

    return Peers(
        affiliation=client("affiliation", platform.affiliation_url),
        billing=client("billing", platform.billing_url),
        recovery=client("recovery", platform.recovery_url),
        benefits=client("benefits", platform.benefits_url),
        sandbox=client("sandbox", platform.sandbox_url),
    )


async def _close(context: AnyContext) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await context.peers.close()
            await context.verifier.close()
            if isinstance(context.tokens, IssuedTokens):
                await context.tokens.close()
            await context.database.close()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
