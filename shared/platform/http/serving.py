"""How processes serve and end: an HTTP server as one part of them, signals, and a clean way out."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, NoReturn, Self

import uvicorn
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from pydantic import ValidationError
from starlette.types import ASGIApp

from shared.platform.observation.logging import get_logger

_REQUESTS_FINISH_SECONDS: Final = 8
_KEEP_ALIVE_SECONDS: Final = 20

_log = get_logger(__name__)


class Server(uvicorn.Server):
    """Serves an application until an event is set."""

    @classmethod
    def of(cls, application: ASGIApp, *, host: str, port: int) -> Self:
        """Prepare a server; it listens when it is told to serve."""
        return cls(
            uvicorn.Config(
                application,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                proxy_headers=False,
                timeout_graceful_shutdown=_REQUESTS_FINISH_SECONDS,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )

    async def serve_until(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then finish running requests.

        Raises:
            OSError: the address can't be listened on.
        """
        serving = asyncio.create_task(self.serve())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        self.should_exit = True
        try:
            await serving
        except SystemExit as error:
            raise OSError(f"can't listen on {self.config.host}:{self.config.port}") from error

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Capture nothing: the other parts of the process must hear signals too."""
        return nullcontext()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set an event on SIGTERM or SIGINT; a second signal ends the process at once."""

    def stop_or_leave() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_or_leave)


def leave(work: Callable[[], int]) -> NoReturn:
    """Do the work of a process, write its last spans and end it; never returns.

    Args:
        work: gives the exit code; an error ends the process with exit code 1 and is logged.
    """
    code = 1
    try:
        code = work()
    except Exception as error:  # noqa: BLE001 - the end of the process; said in the log, then in the exit code
        _log.error("process.failed", reason=_reason(error), exc_info=error)
    finally:
        provider = trace.get_tracer_provider()
        if isinstance(provider, TracerProvider):
            provider.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        # The Temporal library may crash while the interpreter takes itself down; nothing is left to do, so leave.
        os._exit(code)


def _reason(error: Exception) -> str:
    """Return why a process ends, for its operator: a wrong setting is named, what was in it is not."""
    if isinstance(error, ValidationError):
        prefix = str(getattr(error, "title", ""))
        return "; ".join(f"{prefix}.{issue['loc'][0]}: {issue['msg']}" for issue in error.errors(include_input=False))
    return str(error) if isinstance(error, ValueError | OSError | LookupError) else type(error).__name__
