"""Files of incomes and of balance sheet totals as they were received, with the lines that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.billing.received_files.rules import RowFileRefused, RowReject
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one

#: Names the tables: ``income_import`` and ``income_reject``, ``balance_import`` and ``balance_reject``.
RowKind = Literal["income", "balance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file that was received: how many of its lines were accepted and refused, and why it was refused whole."""

    import_id: UUID
    received_on: date
    received_by: str
    accepted: int
    rejected: int
    refusal: RowFileRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownImport:
    """A file that came before."""

    import_id: UUID
    accepted: int
    refusal: RowFileRefused | None


async def lock_imports(connection: Connection, *, kind: RowKind) -> None:
    """Hold other files of a kind back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{kind}_import",))


async def known_import(connection: Connection, *, kind: RowKind, sha256: str) -> KnownImport | None:
    """Return the file with these bytes, if it came before."""
    return await fetch_one(
        connection,
        _known,
        f"select import_id, accepted, refusal_rule, refusal_detail from {kind}_import where sha256 = %s",
        (sha256,),
    )


async def insert_import(
    connection: Connection,
    *,
    kind: RowKind,
    import_id: UUID,
    sha256: str,
    received_on: date,
    received_by: str,
    content: bytes,
    accepted: int,
    refusal: RowFileRefused | None,
) -> None:
    """Keep a file as it came."""
    fault = (None, None) if refusal is None else (refusal.rule, refusal.detail)
    await connection.execute(
        f"insert into {kind}_import (import_id, sha256, received_on, received_by, content, accepted, refusal_rule, "
        "refusal_detail) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (import_id, sha256, received_on, received_by, content, accepted, *fault),
    )


async def insert_rejects(
    connection: Connection, *, kind: RowKind, import_id: UUID, rejects: Sequence[RowReject]
) -> None:
    """Keep why lines were refused."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            f"insert into {kind}_reject (import_id, line, field, rule, detail) values (%s, %s, %s, %s, %s)",
            [(import_id, reject.line, reject.field, reject.rule, reject.detail) for reject in rejects],
        )


async def rejects_of(connection: Connection, *, kind: RowKind, import_id: UUID) -> list[RowReject]:
    """Return everything that is wrong with the lines of a file, in its order."""
    return await fetch_all(
        connection,
        RowReject,
        f"select line, field, rule, detail from {kind}_reject where import_id = %s order by line",
        (import_id,),
    )


async def received_files(
    connection: Connection, *, kind: RowKind, import_id: UUID | None = None, limit: int = 100
) -> list[ReceivedFile]:
    """Return the newest files of a kind with their counts, without their bytes; or one of them."""
    return await fetch_all(
        connection,
        _received,
        "select i.import_id, i.received_on, i.received_by, i.accepted, i.refusal_rule, i.refusal_detail, "
        f"(select count(distinct r.line) from {kind}_reject r where r.import_id = i.import_id) as rejected "
        f"from {kind}_import i where %(import_id)s::uuid is null or i.import_id = %(import_id)s "
        "order by i.import_id desc limit %(limit)s",
        {"import_id": import_id, "limit": limit},
    )


async def refused_lines(
    connection: Connection, *, kind: RowKind, import_id: UUID, after_line: int, limit: int
) -> list[RowReject]:
    """Return what is wrong with lines of a file after one, in file order; a line is never cut in two pages."""
    return await fetch_all(
        connection,
        RowReject,
        f"select line, field, rule, detail from {kind}_reject where import_id = %(import_id)s and line in "
        f"(select distinct line from {kind}_reject where import_id = %(import_id)s and line > %(after)s "
        "order by line limit %(limit)s) order by line, field",
        {"import_id": import_id, "after": after_line, "limit": limit},
    )


def _known(**columns: Any) -> KnownImport:
    return KnownImport(refusal=_refusal(columns), **columns)


def _received(**columns: Any) -> ReceivedFile:
    return ReceivedFile(refusal=_refusal(columns), **columns)


def _refusal(columns: dict[str, Any]) -> RowFileRefused | None:
    # The two columns of a refusal, both or none, become one.
    rule, detail = columns.pop("refusal_rule"), columns.pop("refusal_detail")
    return None if rule is None else RowFileRefused(rule, detail)
