"""Bank files as they came: kept in parts, each attempt to read them noted, and shown with what was done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.bank_statements.rules.formats import BankFormat, format_of
from services.billing.bank_statements.rules.statement import BankFileRefused
from shared.platform.database import Connection

_PART_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Who brought a file, when, and what the books need to know to book it."""

    received_on: date
    received_by: str
    interest_rate: Decimal | None
    tasks_due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLabel:
    """What makes a file this file."""

    sha256: str
    size_bytes: int
    format: BankFormat


def label_of(source: BinaryIO) -> FileLabel:
    """Read a file once for its hash and size, and go back to its beginning."""
    source.seek(0)
    digest, size = hashlib.sha256(), 0
    while part := source.read(_PART_BYTES):
        digest.update(part)
        size += len(part)
    return FileLabel(sha256=digest.hexdigest(), size_bytes=size, format=format_of(source))


async def keep_file(connection: Connection, *, source: BinaryIO, label: FileLabel, receipt: Receipt) -> UUID:
    """Keep the bytes of a file once and return its id; keeping it again changes nothing."""
    cursor = await connection.execute(
        "insert into bank_file (file_id, sha256, format, received_on, received_by, size_bytes) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (sha256) do nothing returning file_id",
        (
            UUID(int=uuid7().int),
            label.sha256,
            str(label.format),
            receipt.received_on,
            receipt.received_by,
            label.size_bytes,
        ),
    )
    new = await cursor.fetchone()
    if new is not None:
        source.seek(0)
        ordinal = 0
        while part := source.read(_PART_BYTES):
            await connection.execute(
                "insert into bank_file_part (file_id, ordinal, content) values (%s, %s, %s)",
                (new["file_id"], ordinal, part),
            )
            ordinal += 1
        return UUID(str(new["file_id"]))
    cursor = await connection.execute("select file_id from bank_file where sha256 = %s", (label.sha256,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("a bank file that was just kept is not there")
    return UUID(str(row["file_id"]))


async def was_read(connection: Connection, *, file_id: UUID) -> bool:
    """Wait for other deliveries of bank files, then tell whether this one was read with success."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('bank_file', 0))")
    cursor = await connection.execute(
        "select from bank_file_reading where file_id = %s and refusal_rule is null", (file_id,)
    )
    return await cursor.fetchone() is not None


async def record_reading(
    connection: Connection, *, file_id: UUID, receipt: Receipt, refusal: BankFileRefused | None
) -> None:
    """Note that a file was read, or refused and why; the file can be offered again after a refusal."""
    await connection.execute(
        "insert into bank_file_reading "
        "(file_id, attempt, read_on, read_by, refusal_line, refusal_rule, refusal_detail) "
        "select %s, coalesce(max(attempt), 0) + 1, %s, %s, %s, %s, %s from bank_file_reading where file_id = %s",
        (
            file_id,
            receipt.received_on,
            receipt.received_by,
            None if refusal is None else refusal.line,
            None if refusal is None else refusal.rule,
            None if refusal is None else refusal.detail,
            file_id,
        ),
    )


async def bank_files(connection: Connection, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return files with how their latest reading went, the newest first; lines are counted for one file at a time."""
    cursor = await connection.execute(
        "select f.file_id, f.format, f.received_on, f.received_by, f.size_bytes, r.refusal_line, r.refusal_rule, "
        "r.refusal_detail, (select count(*) from bank_statement s where s.file_id = f.file_id) as statements "
        "from bank_file f join lateral (select * from bank_file_reading r where r.file_id = f.file_id "
        "order by attempt desc limit 1) r on true "
        "where %(after)s::uuid is null or f.file_id < %(after)s order by f.file_id desc limit %(limit)s",
        {"after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def bank_file(connection: Connection, *, file_id: UUID) -> dict[str, Any] | None:
    """Return what is known of a file: when it came, how its latest reading went, and its statements."""
    cursor = await connection.execute(
        "select f.file_id, f.sha256, f.format, f.received_on, f.received_by, f.size_bytes, "
        "r.attempt, r.refusal_line, r.refusal_rule, r.refusal_detail from bank_file f "
        "join lateral (select * from bank_file_reading r where r.file_id = f.file_id order by attempt desc limit 1) r "
        "on true where f.file_id = %s",
        (file_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "select s.statement_id, s.sequence, s.old_balance_cents, s.new_balance_cents, s.new_balance_date, "
        "count(*) filter (where l.treatment = 'allocated') as matched, "
        "count(*) filter (where l.treatment = 'suspense') as unmatched, "
        "count(*) filter (where l.treatment = 'other') as other "
        "from bank_statement s left join bank_line l using (statement_id) where s.file_id = %s "
        "group by s.statement_id order by s.position",
        (file_id,),
    )
    return {**row, "statements": await cursor.fetchall()}
