"""Bank files as they came, in parts, and each attempt to read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.bank_statements.rules.statement import BankFileRefused
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

#: A file with its latest reading.
_FILE: Final = (
    "f.file_id, f.sha256, f.format, f.received_on, f.received_by, f.size_bytes, r.refusal_line, r.refusal_rule, "
    "r.refusal_detail"
)
_READING: Final = (
    "from bank_file f join lateral (select * from bank_file_reading r where r.file_id = f.file_id "
    "order by attempt desc limit 1) r on true "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A bank file, and why its latest reading refused it if it did."""

    file_id: UUID
    sha256: str
    format: str
    received_on: date
    received_by: str
    size_bytes: int
    refusal: BankFileRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile(KeptFile):
    """A bank file with how many statements it holds."""

    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedStatement:
    """A statement of a file, and how many of its lines were matched, wait to be identified, or are no payments."""

    statement_id: UUID
    sequence: int | None
    old_balance_cents: int
    new_balance_cents: int
    new_balance_date: date
    matched: int
    unmatched: int
    other: int


async def insert_file(
    connection: Connection,
    *,
    file_id: UUID,
    sha256: str,
    format_: str,
    received_on: date,
    received_by: str,
    size_bytes: int,
) -> bool:
    """Keep what is known of a file; return whether it is new."""
    cursor = await connection.execute(
        "insert into bank_file (file_id, sha256, format, received_on, received_by, size_bytes) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (sha256) do nothing",
        (file_id, sha256, format_, received_on, received_by, size_bytes),
    )
    return cursor.rowcount == 1


async def insert_part(connection: Connection, *, file_id: UUID, ordinal: int, content: bytes) -> None:
    """Keep a part of the bytes of a file."""
    await connection.execute(
        "insert into bank_file_part (file_id, ordinal, content) values (%s, %s, %s)", (file_id, ordinal, content)
    )


async def file_of(connection: Connection, *, sha256: str) -> UUID:
    """Return the file with these bytes, which is there."""
    found: UUID = await fetch_value(connection, "select file_id from bank_file where sha256 = %s", (sha256,))
    return found


async def lock_reading(connection: Connection) -> None:
    """Wait for other deliveries of bank files."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('bank_file', 0))")


async def has_reading(connection: Connection, *, file_id: UUID) -> bool:
    """Tell whether a file was read with success."""
    return bool(
        await fetch_value(
            connection,
            "select exists (select from bank_file_reading where file_id = %s and refusal_rule is null)",
            (file_id,),
        )
    )


async def insert_reading(
    connection: Connection, *, file_id: UUID, read_on: date, read_by: str, refusal: BankFileRefused | None
) -> None:
    """Note an attempt to read a file."""
    fault = (None, None, None) if refusal is None else (refusal.line, refusal.rule, refusal.detail)
    await connection.execute(
        "insert into bank_file_reading "
        "(file_id, attempt, read_on, read_by, refusal_line, refusal_rule, refusal_detail) "
        "select %s, coalesce(max(attempt), 0) + 1, %s, %s, %s, %s, %s from bank_file_reading where file_id = %s",
        (file_id, read_on, read_by, *fault, file_id),
    )


async def bank_files(connection: Connection, *, after: UUID | None, limit: int) -> list[ListedFile]:
    """Return files with how their latest reading went, the newest first; lines are counted for one file at a time."""
    return await fetch_all(
        connection,
        _listed,
        f"select {_FILE}, (select count(*) from bank_statement s where s.file_id = f.file_id) as statements {_READING}"
        "where %(after)s::uuid is null or f.file_id < %(after)s order by f.file_id desc limit %(limit)s",
        {"after": after, "limit": limit},
    )


async def bank_file(connection: Connection, *, file_id: UUID) -> KeptFile | None:
    """Return what is known of a file: when it came, and how its latest reading went."""
    return await fetch_one(connection, _kept, f"select {_FILE} {_READING} where f.file_id = %s", (file_id,))


async def statements_of(connection: Connection, *, file_id: UUID) -> list[BookedStatement]:
    """Return the statements that were booked from a file, in its order."""
    return await fetch_all(
        connection,
        BookedStatement,
        "select s.statement_id, s.sequence, s.old_balance_cents, s.new_balance_cents, s.new_balance_date, "
        "count(*) filter (where l.treatment = 'allocated') as matched, "
        "count(*) filter (where l.treatment = 'suspense') as unmatched, "
        "count(*) filter (where l.treatment = 'other') as other "
        "from bank_statement s left join bank_line l using (statement_id) where s.file_id = %s "
        "group by s.statement_id order by s.position",
        (file_id,),
    )


def _kept(**columns: Any) -> KeptFile:
    return KeptFile(refusal=_refusal(columns), **columns)


def _listed(**columns: Any) -> ListedFile:
    return ListedFile(refusal=_refusal(columns), **columns)


def _refusal(columns: dict[str, Any]) -> BankFileRefused | None:
    # The three columns of a refusal, all of them or none, become one.
    line, rule, detail = (columns.pop(f"refusal_{part}") for part in ("line", "rule", "detail"))
    return None if rule is None else BankFileRefused(line=line, rule=rule, detail=detail)
