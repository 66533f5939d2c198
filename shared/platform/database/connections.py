"""PostgreSQL: one pool per process, short transactions, and which errors go away by trying again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

#: A connection inside a transaction; its rows are dictionaries.
Connection = psycopg.AsyncConnection[dict[str, Any]]

T = TypeVar("T")

#: Seconds a caller waits for a free connection before it is told so.
#: Rows a purge deletes in one statement: few enough that it ends in moments whatever has piled up.
PURGED_AT_ONCE: Final = 5_000
_ACQUIRE_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5


class Database:
    """A pool of connections to one service's database.

    A connection is checked when it is taken, so a server that was killed and came back is met with fresh connections.
    """

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        application_name: str,
        max_size: int = 10,
        statement_timeout_seconds: int = 60,
        lock_timeout_seconds: int = 15,
    ) -> Self:
        """Open the pool; it keeps trying to connect in the background when the server is not there yet.

        Args:
            url: libpq address of the service's database.
            application_name: shown to operators in ``pg_stat_activity``.
            max_size: connections at most.
            statement_timeout_seconds: a statement that runs longer is cancelled.
            lock_timeout_seconds: a statement that waits longer for a lock is cancelled.
        """
        pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            connection_string(
                url,
                application_name=application_name,
                statement_timeout_seconds=statement_timeout_seconds,
                lock_timeout_seconds=lock_timeout_seconds,
            ),
            kwargs={"row_factory": dict_row},
            connection_class=psycopg.AsyncConnection[dict[str, Any]],
            min_size=min(2, max_size),
            max_size=max_size,
            timeout=_ACQUIRE_SECONDS,
            reconnect_timeout=float("inf"),
            max_lifetime=1800.0,
            check=AsyncConnectionPool.check_connection,
            name=application_name,
            open=False,
        )
        await pool.open(wait=False)
        return cls(pool)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Give a connection inside a transaction: commits on exit, rolls back when an exception leaves the block.

        Raises:
            psycopg_pool.PoolTimeout: no connection could be had in time (transient).
        """
        async with self._pool.connection() as connection:
            yield connection

    async def retrying(self, work: Callable[[Connection], Awaitable[T]], *, attempts: int = 5) -> T:
        """Do ``work`` in a transaction of its own, again after a transient error, with growing random pauses.

        The work must be safe to do again as a whole: a transaction that failed left nothing behind.
        """
        for attempt in range(attempts - 1):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except Exception as error:
                if not retryable(error):
                    raise
            await asyncio.sleep(backoff_seconds(attempt))
        async with self.transaction() as connection:
            return await work(connection)


def connection_string(
    url: str,
    *,
    application_name: str,
    statement_timeout_seconds: int = 60,
    lock_timeout_seconds: int = 15,
) -> str:
    """Return the address with this project's timeouts; none of them can make a transaction wait for ever."""
    timeouts = {
        "statement_timeout": statement_timeout_seconds * 1000,
        "lock_timeout": lock_timeout_seconds * 1000,
        "idle_in_transaction_session_timeout": 60_000,
        "timezone": "UTC",
        # A machine that vanished must not keep its locks for hours (a relay's, for one).
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
    }
    given = str(conninfo_to_dict(url).get("options") or "")
    options = " ".join([given, *(f"-c {name}={value}" for name, value in timeouts.items())]).strip()
    return make_conninfo(
        url,
        application_name=application_name,
        connect_timeout=_CONNECT_SECONDS,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        options=options,
    )


def retryable(error: BaseException) -> bool:
    """Tell whether an error goes away by trying again: a lost connection, a deadlock, a lock or statement timeout.

    Serialization failures and deadlocks are operational errors to psycopg, as are a pool without free connection
    and a server that shuts down. A violated constraint, a wrong statement or a wrong value is not.
    """
    return isinstance(error, psycopg.OperationalError | ConnectionError | TimeoutError)


def backoff_seconds(attempt: int, *, first: float = 0.05, most: float = 5.0) -> float:
    """Return how long to wait after a failed attempt (from 0): doubling, capped, half of it random."""
    ceiling = min(most, first * 2.0 ** min(attempt, 20))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311  (spreads retries, no secret)
