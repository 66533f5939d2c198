"""Counts what sleeps for the metrics page: a look in the background, a minute apart, however often the page is asked.

A look reads all open work of a service and asks Temporal about it, page by page. With much open work that takes longer
than a metrics page may: the page shows the last look that ended, and waits only a moment for one that is under way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from temporalio.client import Client

from shared.platform.database.connections import Database
from shared.platform.observation import metrics
from shared.platform.temporal.clock import Clock
from shared.platform.temporal.sleepers import PageOfWork, find_sleepers

#: Seconds from the end of a look to the begin of the next.
PAUSE_SECONDS: Final = 60.0
#: How long a metrics page waits for a look under way.
_WAIT_SECONDS: Final = 2.0
_PAGE: Final = 500
_log = structlog.get_logger(__name__)

Count = Callable[[], Awaitable[int]]


class SleeperWatch:
    """Knows the kinds of open work of a process and counts what sleeps of each."""

    def __init__(self, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause_seconds = pause_seconds
        self._counts: dict[str, Count] = {}
        self._look: asyncio.Task[None] | None = None
        self._ended_at: float | None = None

    def watch(self, what: str, count: Count) -> None:
        """Count a kind of open work from now on, under its name in the plural."""
        self._counts[what] = count

    async def refresh(self, service: str) -> None:
        """Begin a look when the last one ended long enough ago; wait a moment for it."""
        if not self._counts:
            return
        if self._look is None and self._is_time():
            self._look = asyncio.create_task(self._count_all(service))
        if self._look is not None:
            await asyncio.wait({self._look}, timeout=_WAIT_SECONDS)

    def _is_time(self) -> bool:
        return self._ended_at is None or time.monotonic() - self._ended_at >= self._pause_seconds

    async def _count_all(self, service: str) -> None:
        try:
            for what, count in self._counts.items():
                try:
                    asleep = await count()
                except Exception as error:  # noqa: BLE001 - the gauge keeps its value; its age tells that this fails
                    _log.warning("sleepers.not_counted", what=what, error=type(error).__name__)
                else:
                    # The label is made now and not before: a gauge nobody counted yet would say that nothing sleeps.
                    metrics.SLEEPING.labels(service, what).set(asleep)
                    metrics.SLEEPERS_COUNTED_AT.labels(service, what).set_to_current_time()
        finally:
            self._ended_at = time.monotonic()
            self._look = None


async def count_sleepers(*, database: Database, temporal: Client, clock: Clock, page_of: PageOfWork) -> int:
    """Return how many of all open ones of a kind sleep; each page is read in a transaction of its own."""
    today = await clock.today()
    found, after = 0, None
    while True:
        async with database.transaction() as connection:
            work = await page_of(connection, after, _PAGE)
            found += len(await find_sleepers(connection, temporal, work=work, today=today))
        if len(work) < _PAGE:
            return found
        after = work[-1].reference
