"""Who saw or did what, about whom, when and why: append-only, chained by hash, verified by command.

Entries of one dossier are in one of sixteen chains (streams), the others in the stream ``general``. An entry's hash
covers the entry before it, so nothing can be changed, left out or put in between without breaking the chain. What
was cut off at the end shows by comparing with heads that were written down elsewhere: by the service itself, every few
minutes, in a folder outside the database (``shared.platform.people.anchors``), or by a person (``heads``).

    python -m shared.platform.people.audit verify billing [--anchors FOLDER] [--heads FILE]
    python -m shared.platform.people.audit heads billing > FILE
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from uuid6 import uuid7

from shared.platform.database.connections import Connection
from shared.platform.observation.correlation import current_correlation
from shared.platform.people.anchors import anchors_file, read_anchors

_STREAMS: Final = 16
_BATCH: Final = 2000


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One thing somebody saw or did."""

    actor: str
    action: str
    dossier: UUID | None
    purpose: str
    details: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a check of all chains found; ``problems`` is empty when nothing was touched."""

    entries: int
    heads: Mapping[str, tuple[int, str]]
    problems: tuple[str, ...]


async def record(
    connection: Connection,
    *,
    actor: str,
    action: str,
    dossier: UUID | None,
    purpose: str,
    details: Mapping[str, Any],
) -> None:
    """Record that somebody saw or did something; kept when this transaction commits.

    Args:
        connection: inside the transaction that reads or acts.
        actor: subject of the person or service.
        action: what was done, for example ``identity.read``.
        dossier: about whom.
        purpose: why, or on which legal ground.
        details: ids, dates, codes and counts; never personal data or amounts of somebody's health or means.
    """
    entry = AuditEntry(actor=actor, action=action, dossier=dossier, purpose=purpose, details=details)
    await record_many(connection, [entry])


async def record_many(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Record several entries in one round trip, for example one per dossier of a page that was read."""
    correlation = str(current_correlation())
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    contents = [_content(entry, at=at, correlation=correlation) for entry in entries]
    await connection.execute(
        "insert into audit_draft (stream, content) select * from unnest(%s::text[], %s::text[])",
        ([stream_of(entry.dossier) for entry in entries], contents),
    )


async def record_reads(
    connection: Connection, *, actor: str, what: str, dossiers: Iterable[UUID | None], purpose: str
) -> None:
    """Record that somebody read something of dossiers, once for each, in the transaction that reads.

    Args:
        connection: inside the transaction that reads.
        actor: subject of the person or service.
        what: what was read, lowerCamelCase; the action becomes ``{what}.read``.
        dossiers: about whom; none when what was read is about nobody.
        purpose: why, or on which legal ground.
    """
    about = sorted({dossier for dossier in dossiers if dossier is not None})
    if about:
        entries = [
            AuditEntry(actor=actor, action=f"{what}.read", dossier=dossier, purpose=purpose, details={})
            for dossier in about
        ]
        await record_many(connection, entries)


def stream_of(dossier: UUID | None) -> str:
    """Return the chain the entries about a dossier are in."""
    return "general" if dossier is None else f"dossiers-{dossier.bytes[-1] % _STREAMS:02d}"


async def list_entries(
    connection: Connection, *, dossier: UUID, limit: int = 100, before: tuple[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return who saw or did what about a dossier, the newest first; ``before`` continues an earlier answer."""
    cursor = await connection.execute(
        "select stream, number, content from audit_entry where dossier = %(dossier)s "
        "and (%(number)s::bigint is null or number < %(number)s) order by number desc limit %(limit)s",
        {"dossier": dossier, "number": None if before is None else before[1], "limit": limit},
    )
    return [
        {"stream": row["stream"], "number": row["number"], **json.loads(row["content"])}
        for row in await cursor.fetchall()
    ]


async def verify(
    connection: Connection, *, written_down: Mapping[str, Mapping[int, str]] | None = None
) -> Verification:
    """Recompute every hash of every chain.

    Args:
        connection: any transaction.
        written_down: hashes by stream and number as kept elsewhere; each must still be there.
    """
    cursor = await connection.execute("select distinct stream from audit_entry order by stream")
    streams = [str(row["stream"]) for row in await cursor.fetchall()]
    problems: list[str] = []
    heads: dict[str, tuple[int, str]] = {}
    expected = written_down or {}
    for stream in streams:
        number, digest, problem = await _verify_stream(connection, stream, expected.get(stream, {}))
        heads[stream] = (number, digest)
        if problem is not None:
            problems.append(problem)
    problems.extend(f"{stream}: the whole stream is gone" for stream in expected if stream not in heads)
    return Verification(entries=sum(number for number, _ in heads.values()), heads=heads, problems=tuple(problems))


async def _verify_stream(
    connection: Connection, stream: str, written_down: Mapping[int, str]
) -> tuple[int, str, str | None]:
    """Return the last good number and hash of a stream, and the first problem."""
    number = 0
    digest = hashlib.sha256(f"auxilia-audit-{stream}".encode()).digest()
    while True:
        cursor = await connection.execute(
            "select number, content, previous_hash, hash from audit_entry where stream = %s and number > %s "
            "order by number limit %s",
            (stream, number, _BATCH),
        )
        rows = await cursor.fetchall()
        if not rows:
            break
        for row in rows:
            if row["number"] != number + 1:
                return number, digest.hex(), f"{stream}: entry {number + 1} is missing"
            computed = hashlib.sha256(digest + f"{row['number']}|{row['content']}".encode()).digest()
            if bytes(row["previous_hash"]) != digest or bytes(row["hash"]) != computed:
                return number, digest.hex(), f"{stream}: entry {row['number']} was changed"
            number, digest = int(row["number"]), computed
            if written_down.get(number, digest.hex()) != digest.hex():
                return number, digest.hex(), f"{stream}: entry {number} is not the one that was written down"
    last = max(written_down, default=0)
    if last > number:
        return (
            number,
            digest.hex(),
            f"{stream}: the end was cut off: {last} entries were written down, {number} are left",
        )
    return number, digest.hex(), None


def _content(entry: AuditEntry, *, at: str, correlation: str) -> str:
    values = {
        "id": str(uuid7()),
        "at": at,
        "actor": entry.actor,
        "action": entry.action,
        "dossier": None if entry.dossier is None else str(entry.dossier),
        "purpose": entry.purpose,
        "correlationId": correlation,
        "details": dict(entry.details),
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


async def _run(action: str, url: str, written_down: Mapping[str, Mapping[int, str]]) -> int:
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
        found = await verify(connection, written_down=written_down)
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")
    if action == "heads":
        sys.stdout.write(json.dumps(found.heads, indent=2, sort_keys=True) + "\n")
    else:
        anchored = sum(max(numbers, default=0) for numbers in written_down.values())
        sys.stdout.write(
            f"{found.entries} entries in {len(found.heads)} streams, {len(found.problems)} problems, "
            f"{anchored} held against what was written down\n"
        )
    return 1 if found.problems else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the chains of a service, or print their heads; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.platform.people.audit", description=__doc__)
    parser.add_argument("action", choices=["verify", "heads"])
    parser.add_argument("service")
    parser.add_argument("--heads", type=Path, help="file a person wrote with `heads`, to see what was cut off")
    parser.add_argument("--anchors", type=Path, help="folder in which the services write their heads down")
    chosen = parser.parse_args(arguments)
    variable = f"{chosen.service.upper()}_DATABASE_URL"
    url = os.environ.get(variable)
    if not url:
        sys.stderr.write(f"{variable}: not set; it is the address of the database of {chosen.service}\n")
        return 2
    written_down: dict[str, dict[int, str]] = {}
    try:
        if chosen.anchors is not None:
            written_down = read_anchors(anchors_file(chosen.anchors, chosen.service))
        if chosen.heads is not None:
            for stream, (number, digest) in json.loads(chosen.heads.read_text(encoding="utf-8")).items():
                written_down.setdefault(stream, {})[int(number)] = digest
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return asyncio.run(_run(chosen.action, url, written_down))


if __name__ == "__main__":
    sys.exit(main())
