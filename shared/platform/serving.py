"""An HTTP server as one part of a process: it leaves signals alone and stops when it is told."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

_REQUESTS_FINISH_SECONDS: Final = 8
_KEEP_ALIVE_SECONDS: Final = 20


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
