"""Files as they were received: bytes, what became of them, and every refused line with its reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.affiliation.breaches.rules import Breach, from_json, to_json
from services.affiliation.imports.rules.csv_file import FileRefused
from services.affiliation.imports.rules.lines import Candidate
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one, row_of


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Who sent something, when, and how many working days a person has for the tasks that come out of it."""

    received_on: date
    received_by: str
    task_working_days: int


class ImportKind(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    COMPANIES = "companies"


@dataclass(frozen=True, kw_only=True)
class ImportedFile:
    """What became of a file; ``refusal`` is why it was refused as a whole."""

    import_id: UUID
    kind: ImportKind
    received_on: date
    rows_accepted: int
    rows_refused: int
    refusal: FileRefused | None = None
    already_imported: bool = False


@dataclass(frozen=True, kw_only=True)
class RefusedLine:
    """A refused line: its number, the sender's own reference, and everything that is wrong with it."""

    line: int
    reference: str
    breaches: tuple[Breach, ...]


_SELECT: Final = (
    "select import_id, kind, received_on, rows_accepted, rows_refused, refusal_rule, refusal_detail, refusal_line "
    "from import_file"
)


async def find_same_file(connection: Connection, *, kind: ImportKind, content: bytes) -> ImportedFile | None:
    """Return what became of the same bytes when they came before."""
    digest = hashlib.sha256(content).digest()
    found = await fetch_one(connection, _imported, f"{_SELECT} where kind = %s and sha256 = %s", (kind, digest))
    return None if found is None else replace(found, already_imported=True)


async def find_import(connection: Connection, *, import_id: UUID) -> ImportedFile | None:
    """Return what became of a file, None when there is no such import."""
    return await fetch_one(connection, _imported, f"{_SELECT} where import_id = %s", (import_id,))


async def list_imports(connection: Connection, *, limit: int = 100) -> list[ImportedFile]:
    """Return the newest imports."""
    statement = f"{_SELECT} order by recorded_at desc, import_id desc limit %s"
    return await fetch_all(connection, _imported, statement, (limit,))


async def keep_file(
    connection: Connection,
    *,
    kind: ImportKind,
    content: bytes,
    reception: Reception,
    rows_accepted: int = 0,
    refused: Sequence[Candidate[Any]] = (),
    refusal: FileRefused | None = None,
) -> ImportedFile:
    """Keep a file with what became of it and its refused lines."""
    kept = ImportedFile(
        import_id=UUID(int=uuid7().int),
        kind=kind,
        received_on=reception.received_on,
        rows_accepted=rows_accepted,
        rows_refused=len(refused),
        refusal=refusal,
    )
    became: tuple[str, str | None, str | None, int | None] = ("imported", None, None, None)
    if refusal is not None:
        became = ("refused", refusal.rule, refusal.detail, refusal.line)
    await connection.execute(
        "insert into import_file (import_id, kind, sha256, content, received_on, received_by, status, refusal_rule, "
        "refusal_detail, refusal_line, rows_accepted, rows_refused) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            kept.import_id,
            kind,
            hashlib.sha256(content).digest(),
            content,
            reception.received_on,
            reception.received_by,
            *became,
            kept.rows_accepted,
            kept.rows_refused,
        ),
    )
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into import_refusal (import_id, line, reference, raw, breaches) values (%s, %s, %s, %s, %s)",
            [
                (kept.import_id, line.line, line.reference, line.raw, Jsonb(to_json(line.breaches)))
                for line in refused
            ],
        )
    return kept


async def refused_lines(
    connection: Connection, *, import_id: UUID, after_line: int = 0, limit: int = 1000
) -> list[RefusedLine]:
    """Return the refused lines of a file in file order, those after a line."""
    return await fetch_all(
        connection,
        _refused,
        "select line, reference, breaches from import_refusal where import_id = %s and line > %s "
        "order by line limit %s",
        (import_id, after_line, limit),
    )


def _imported(
    *, refusal_rule: str | None, refusal_detail: str | None, refusal_line: int | None, **columns: Any
) -> ImportedFile:
    refusal = None
    if refusal_rule is not None and refusal_detail is not None:
        refusal = FileRefused(refusal_rule, refusal_detail, line=refusal_line)
    return row_of(ImportedFile, refusal=refusal, **columns)


def _refused(*, line: int, reference: str, breaches: list[JsonObject]) -> RefusedLine:
    return RefusedLine(line=line, reference=reference, breaches=from_json(breaches))
