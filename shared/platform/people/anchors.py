"""Heads of the audit chains, written down regularly outside the database, so that a cut end is seen.

A chain of hashes shows what was changed or left out, not what was cut off at its end: a shorter chain is a whole one.
So the relay of each service writes the number and hash of every chain's newest entry to a folder of its own, one line
each time something was added, and logs the hash of that line. ``verify`` holds the chains against every line ever
written: whoever cuts a chain and lets it grow again can't grow it into the old hashes. Whoever can change both the
database and the folder is seen by whoever keeps the logs, or a copy of the folder, elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from shared.platform.database.connections import Connection, Database, retryable

ANCHOR_EVERY_SECONDS: Final = 300.0

_log = structlog.get_logger(__name__)

#: Number and hash of what is known of each stream.
Heads = Mapping[str, Mapping[int, str]]


class AnchorUnreadable(ValueError):
    """A line of the file of anchors can't be read; names the line."""


async def present_heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return number and hash of the newest entry of each chain that has one."""
    cursor = await connection.execute(
        # One step through the index per chain, however long the chains are.
        "with recursive chain (stream) as ((select min(stream) from audit_entry) union all "
        "select (select min(stream) from audit_entry e where e.stream > chain.stream) from chain "
        "where chain.stream is not null) "
        "select head.stream, head.number, head.hash from chain, lateral (select stream, number, hash "
        "from audit_entry e where e.stream = chain.stream order by number desc limit 1) as head"
    )
    return {row["stream"]: (int(row["number"]), bytes(row["hash"]).hex()) for row in await cursor.fetchall()}


def anchors_file(folder: Path, service: str) -> Path:
    """Return where the anchors of a service are written."""
    return folder / f"{service}.jsonl"


def write_anchor(folder: Path, service: str, heads: Mapping[str, tuple[int, str]], *, at: datetime) -> str:
    """Append a line with the heads, safely on the disk when this returns, and return its SHA-256.

    Raises:
        OSError: the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {"at": at.isoformat(timespec="seconds"), "heads": {name: list(head) for name, head in heads.items()}}
    line = json.dumps(content, sort_keys=True, separators=(",", ":"))
    # A line that was cut off by a kill is ended first, so that it spoils nothing but itself.
    file = os.open(anchors_file(folder, service), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        size = os.fstat(file).st_size
        whole = size == 0 or os.pread(file, 1, size - 1) == b"\n"
        os.write(file, f"{'' if whole else chr(10)}{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    return hashlib.sha256(line.encode()).hexdigest()


def read_anchors(file: Path) -> dict[str, dict[int, str]]:
    """Return every head ever written down, by stream and number; nothing when the file does not exist.

    Raises:
        AnchorUnreadable: two lines contradict each other, or a line in the middle was damaged.
    """
    found: dict[str, dict[int, str]] = {}
    if not file.exists():
        return found
    for position, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            heads = json.loads(line)["heads"].items()
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            if not line.endswith("}}"):
                continue  # cut off by a kill while it was written; the next line says more
            raise AnchorUnreadable(f"{file.name} line {position}: can't be read") from error
        for stream, (number, digest) in heads:
            known = found.setdefault(stream, {}).setdefault(int(number), digest)
            if known != digest:
                raise AnchorUnreadable(f"{file.name} line {position}: {stream} entry {number} was another one before")
    return found


async def keep_anchoring(
    database: Database, *, service: str, folder: Path, stop: asyncio.Event, every_seconds: float = ANCHOR_EVERY_SECONDS
) -> None:
    """Write the heads down now, then regularly whenever something was added, and once more at the end."""
    written: dict[str, tuple[int, str]] = {}
    while True:
        written = await _anchor(database, service=service, folder=folder, written=written)
        if stop.is_set():
            return
        try:
            await asyncio.wait_for(stop.wait(), timeout=every_seconds)
        except TimeoutError:
            continue


async def _anchor(
    database: Database, *, service: str, folder: Path, written: dict[str, tuple[int, str]]
) -> dict[str, tuple[int, str]]:
    try:
        async with database.transaction() as connection:
            heads = await present_heads(connection)
        if heads and heads != written:
            digest = await asyncio.to_thread(write_anchor, folder, service, heads, at=datetime.now(UTC))
            _log.info("audit.anchored", service=service, entries=_count(heads), digest=digest)
    except OSError as error:
        _log.error("audit.not_anchored", service=service, error=type(error).__name__)
        return written
    except Exception as error:
        if not retryable(error):
            raise
        _log.warning("audit.not_anchored", service=service, error=type(error).__name__)
        return written
    return heads


def _count(heads: Mapping[str, Any]) -> int:
    return sum(number for number, _ in heads.values())
