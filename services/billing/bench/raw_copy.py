"""The yardstick of billing: the rows a run has written, copied raw into the same tables of another database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import psycopg

#: Entries that charge the people of a page with a contribution; ``page`` holds the page's dossiers.
_OF_PAGE: Final = (
    "from page join journal_line own on own.dossier = page.dossier and own.account = 'receivable' "
    "and own.kind = 'principal' join {table} t on t.entry_id = own.entry_id"
)
#: Each table and the rows of it a page has.
_TABLES: Final = {
    "contribution": "from page join contribution t using (dossier)",
    "journal_entry": _OF_PAGE.format(table="journal_entry"),
    "journal_line": _OF_PAGE.format(table="journal_line"),
    "outbox_sequence": "from page join outbox_sequence t using (dossier)",
    "notice": "from page join notice t using (dossier)",
}
#: Everything but the number of the row, which the table gives.
_OUTBOX: Final = (
    "event_id, type, source, topic, partition, key, dossier, sequence, correlation_id, causation_id, traceparent, "
    "body, recorded_at, published_at"
)
_LAW: Final = "assessment_law"
#: The transactions of the yardstick: as many connections as the bench has, each copying a share of the pages.
CONNECTIONS: Final = 6


def export_pages(url: str, folder: Path, *, pages_at_once: int) -> int:
    """Write the rows of a run to files, so many pages together, and return how many shares there are."""
    with psycopg.connect(url) as connection:
        pages = connection.execute(
            "select partition, first_dossier, last_dossier from billing_page order by ordinal"
        ).fetchall()
        connection.execute("create temporary table page (dossier uuid primary key)")
        for way in ("seqscan", "hashjoin", "mergejoin"):
            connection.execute(f"set local enable_{way} = off")
        shares = [pages[at : at + pages_at_once] for at in range(0, len(pages), pages_at_once)]
        for number, share in enumerate(shares):
            connection.execute("truncate page")
            for page in share:
                connection.execute(
                    "insert into page select dossier from subject where partition = %s and dossier between %s and %s",
                    page,
                )
            connection.execute("analyze page")
            for table, rows in _TABLES.items():
                order = "entry_id" if table.startswith("journal") else "dossier"
                _export(connection, f"select t.* {rows} order by t.{order}", folder / f"{number}.{table}")
        _export_outbox(connection, folder, len(shares))
        _export(connection, "select * from assessment_law", folder / _LAW)
    return len(shares)


def _export_outbox(connection: psycopg.Connection[Any], folder: Path, shares: int) -> None:
    row = connection.execute("select min(id), max(id) from outbox").fetchone()
    first, last = (0, 0) if row is None else row
    step = (last - first) // shares + 1
    for number in range(shares):
        begins = first + number * step
        rows = f"select {_OUTBOX} from outbox where id >= {begins} and id < {begins + step} order by id"
        _export(connection, rows, folder / f"{number}.outbox")


def _export(connection: psycopg.Connection[Any], rows: str, path: Path) -> None:
    with (
        path.open("wb") as file,
        connection.cursor() as cursor,
        cursor.copy(f"copy ({rows}) to stdout (format binary)") as copy,
    ):
        for block in copy:
            file.write(block)


async def seconds_to_copy(url: str, folder: Path, shares: int) -> float:
    """Copy all shares over a few connections, a transaction each, and return how long it took."""
    waiting = iter(range(shares))
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await _copy_file(connection, "assessment_law", folder / _LAW)  # one row, which every share refers to
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(await psycopg.AsyncConnection.connect(url, autocommit=True))
            for _ in range(CONNECTIONS)
        ]
        began = time.perf_counter()
        await asyncio.gather(*(_copy_shares(connection, folder, waiting) for connection in connections))
        return time.perf_counter() - began


async def _copy_shares(connection: psycopg.AsyncConnection[Any], folder: Path, waiting: Iterator[int]) -> None:
    for number in waiting:
        async with connection.transaction():
            for table in (*_TABLES, "outbox"):
                columns = f" ({_OUTBOX})" if table == "outbox" else ""
                await _copy_file(connection, f"{table}{columns}", folder / f"{number}.{table}")


async def _copy_file(connection: psycopg.AsyncConnection[Any], target: str, path: Path) -> None:
    content = await asyncio.to_thread(path.read_bytes)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {target} from stdin (format binary)") as copy,
    ):
        await copy.write(content)
