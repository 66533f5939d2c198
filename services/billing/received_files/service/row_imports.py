"""Files of rows: kept as they came, their rows accepted or refused one by one; the same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Literal, TypeVar
from uuid import UUID

from uuid6 import uuid7

from services.billing.received_files.rules import RowFileRefused, RowReject
from shared.platform.database import Connection

#: Names the tables: ``income_import`` and ``income_reject``, ``balance_import`` and ``balance_reject``.
RowKind = Literal["income", "balance"]
_Line = TypeVar("_Line")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsImported:
    """What became of a file; a refused one was kept, and nothing of it accepted."""

    import_id: UUID
    already_imported: bool
    accepted: int
    rejects: tuple[RowReject, ...]
    refusal: RowFileRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowImporter(Generic[_Line]):
    """What differs from one kind of file to another.

    Attributes:
        kind: names the tables.
        read: reads the file; raises ``RowFileRefused``.
        judge: finds whose row each is, and the rows that contradict what is known; a row that is known is neither.
        keep: keeps the accepted rows, under the id of the import.
    """

    kind: RowKind
    read: Callable[[bytes], tuple[list[_Line], list[RowReject]]]
    judge: Callable[[Connection, Sequence[_Line]], Awaitable[tuple[list[tuple[UUID, _Line]], list[RowReject]]]]
    keep: Callable[[Connection, Sequence[tuple[UUID, _Line]], UUID], Awaitable[None]]


async def import_rows(
    connection: Connection, importer: RowImporter[_Line], *, content: bytes, received_on: date, received_by: str
) -> RowsImported:
    """Keep a file, its accepted rows and why the others were refused; the same bytes again change nothing.

    Files of a kind wait for each other, so that two senders of the same file at once bring it once.
    """
    kind, digest = importer.kind, hashlib.sha256(content).hexdigest()
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{kind}_import",))
    known = await _known(connection, kind, digest)
    if known is not None:
        return known
    refusal: RowFileRefused | None = None
    lines: list[_Line] = []
    rejects: list[RowReject] = []
    try:
        lines, rejects = importer.read(content)
    except RowFileRefused as error:
        refusal = error
    import_id = UUID(int=uuid7().int)
    accepted, refused = await importer.judge(connection, lines)
    rejects = sorted([*rejects, *refused], key=lambda reject: reject.line)
    fault = (None, None) if refusal is None else (refusal.rule, refusal.detail)
    await connection.execute(
        f"insert into {kind}_import (import_id, sha256, received_on, received_by, content, accepted, refusal_rule, "
        "refusal_detail) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (import_id, digest, received_on, received_by, content, len(accepted), *fault),
    )
    await importer.keep(connection, accepted, import_id)
    async with connection.cursor() as cursor:
        await cursor.executemany(
            f"insert into {kind}_reject (import_id, line, field, rule, detail) values (%s, %s, %s, %s, %s)",
            [(import_id, reject.line, reject.field, reject.rule, reject.detail) for reject in rejects],
        )
    return RowsImported(
        import_id=import_id, already_imported=False, accepted=len(accepted), rejects=tuple(rejects), refusal=refusal
    )


async def _known(connection: Connection, kind: RowKind, digest: str) -> RowsImported | None:
    cursor = await connection.execute(
        f"select import_id, accepted, refusal_rule, refusal_detail from {kind}_import where sha256 = %s", (digest,)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        f"select line, field, rule, detail from {kind}_reject where import_id = %s order by line", (row["import_id"],)
    )
    refusal = None if row["refusal_rule"] is None else RowFileRefused(row["refusal_rule"], row["refusal_detail"])
    return RowsImported(
        import_id=row["import_id"],
        already_imported=refusal is None,
        accepted=row["accepted"],
        rejects=tuple(RowReject(**reject) for reject in await cursor.fetchall()),
        refusal=refusal,
    )
