"""Runs the sandbox: ``python -m deploy.sandbox``."""

from __future__ import annotations

import asyncio

from deploy.sandbox.app import Sandbox, SandboxApplication, create_sandbox
from deploy.sandbox.context import TwinContext
from deploy.sandbox.issuer import Issuer
from deploy.sandbox.settings import SandboxSettings
from shared.platform.calls.auth import TokenVerifier, read_private_key
from shared.platform.database.connections import Database
from shared.platform.http.serving import Server, leave, stop_on_signals
from shared.platform.observation.logging import configure_logging, get_logger
from shared.platform.observation.telemetry import start_telemetry
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.clock import Clock, PlayedClock, SystemClock

NAME = "sandbox"

_log = get_logger(__name__)


async def serve(settings: SandboxSettings, platform: PlatformSettings) -> int:
    """Serve until the process is told to stop; tokens are given even while the database is away."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    database = await Database.open(
        settings.database_url.get_secret_value(),
        application_name=NAME,
        max_size=settings.database_max_connections,
    )
    clock: Clock = PlayedClock(database) if platform.played else SystemClock()
    context = TwinContext(
        name=NAME,
        settings=settings,
        platform=platform,
        database=database,
        clock=clock,
        verifier=TokenVerifier(issuer_url=platform.issuer_url),
        body_limit_bytes=settings.http_body_limit_bytes,
    )
    issuer = Issuer(
        issuer_url=platform.issuer_url,
        key=read_private_key(settings.issuer_key_file),
        clients_folder=settings.clients_folder,
        token_lifetime_seconds=settings.token_lifetime_seconds,
        person_token_lifetime_seconds=settings.person_token_lifetime_seconds,
    )
    sandbox = Sandbox(context)
    application = SandboxApplication(api=create_sandbox(sandbox), issuer=issuer)
    acting = asyncio.create_task(sandbox.keep_acting(stop))
    _log.info("process.started")
    try:
        await Server.of(application, host=settings.http_host, port=settings.http_port).serve_until(stop)
        stop.set()
        await acting
    finally:
        await context.close()
    _log.info("process.stopped")
    return 0


def main() -> None:
    """Run the sandbox and leave the process."""
    configure_logging(service=NAME)

    def work() -> int:
        platform = PlatformSettings()
        configure_logging(service=NAME, level=platform.log_level)
        start_telemetry(platform, service=NAME)
        return asyncio.run(serve(SandboxSettings(), platform))

    leave(work)


if __name__ == "__main__":
    main()
