"""Bank files as they came: kept in parts, each attempt to read them noted, and shown with what was done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import BinaryIO, Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.bank_statements import store
from services.billing.bank_statements.rules.formats import BankFormat, format_of
from services.billing.bank_statements.rules.statement import BankFileRefused
from services.billing.bank_statements.store import KeptFile, ListedFile, bank_file, bank_files, statements_of
from shared.platform.database.connections import Connection

#: What others ask of bank files; some of it as the store gives it.
__all__ = [
    "FileLabel",
    "KeptFile",
    "ListedFile",
    "Receipt",
    "bank_file",
    "bank_files",
    "keep_file",
    "label_of",
    "record_reading",
    "statements_of",
    "was_read",
]

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
    file_id = UUID(int=uuid7().int)
    is_new = await store.insert_file(
        connection,
        file_id=file_id,
        sha256=label.sha256,
        format_=str(label.format),
        received_on=receipt.received_on,
        received_by=receipt.received_by,
        size_bytes=label.size_bytes,
    )
    if not is_new:
        return await store.file_of(connection, sha256=label.sha256)
    source.seek(0)
    for ordinal, part in enumerate(iter(partial(source.read, _PART_BYTES), b"")):
        await store.insert_part(connection, file_id=file_id, ordinal=ordinal, content=part)
    return file_id


async def was_read(connection: Connection, *, file_id: UUID) -> bool:
    """Wait for other deliveries of bank files, then tell whether this one was read with success."""
    await store.lock_reading(connection)
    return await store.has_reading(connection, file_id=file_id)


async def record_reading(
    connection: Connection, *, file_id: UUID, receipt: Receipt, refusal: BankFileRefused | None
) -> None:
    """Note that a file was read, or refused and why; the file can be offered again after a refusal."""
    await store.insert_reading(
        connection, file_id=file_id, read_on=receipt.received_on, read_by=receipt.received_by, refusal=refusal
    )
