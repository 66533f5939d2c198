"""Files of rows: kept as they came, their rows accepted or refused one by one; the same file again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from uuid6 import uuid7

from services.billing.received_files import store
from services.billing.received_files.rules import RowFileRefused, RowReject
from services.billing.received_files.store import RowKind
from shared.platform.database.connections import Connection

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
        read: reads what came; raises ``RowFileRefused``.
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
    await store.lock_imports(connection, kind=kind)
    known = await store.known_import(connection, kind=kind, sha256=digest)
    if known is not None:
        return RowsImported(
            import_id=known.import_id,
            already_imported=known.refusal is None,
            accepted=known.accepted,
            rejects=tuple(await store.rejects_of(connection, kind=kind, import_id=known.import_id)),
            refusal=known.refusal,
        )
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
    await store.insert_import(
        connection,
        kind=kind,
        import_id=import_id,
        sha256=digest,
        received_on=received_on,
        received_by=received_by,
        content=content,
        accepted=len(accepted),
        refusal=refusal,
    )
    await importer.keep(connection, accepted, import_id)
    await store.insert_rejects(connection, kind=kind, import_id=import_id, rejects=rejects)
    return RowsImported(
        import_id=import_id, already_imported=False, accepted=len(accepted), rejects=tuple(rejects), refusal=refusal
    )
