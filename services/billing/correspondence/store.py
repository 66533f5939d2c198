"""How letters reached people, as the database keeps it: what still must be handed over, and the proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.correspondence.rules.channels import NOTICE_DOCUMENT, TO_HAND_OVER, Attempt
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLetter:
    """A letter that was made and that no carrier has."""

    document_id: UUID
    kind: str
    reference: str
    dossier: UUID
    content: bytes = field(repr=False)
    file_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNotice:
    """A notice of a quarter whose letter was made and that no carrier has."""

    reference: str
    dossier: UUID
    quarter: str
    file_number: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDelivery:
    """What became of handing a letter over."""

    kind: str
    document_id: UUID
    channel: str
    outcome: str
    handed_on: date
    document_sha256: str
    receipt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDelivery:
    """What became of handing a notice over."""

    quarter: str
    reference: str
    channel: str
    outcome: str
    handed_on: date
    document_sha256: str
    receipt: str | None


_WAITING: Final = (
    "select d.id as document_id, d.kind, d.reference, d.dossier, d.content, s.file_number from document d "
    f"join subject s using (dossier) where {TO_HAND_OVER}"
)


async def waiting_letters(connection: Connection, *, kind: str, references: Sequence[str]) -> list[WaitingLetter]:
    """Return the letters of a kind, among some references, that no carrier has, in order of their reference."""
    return await fetch_all(
        connection,
        WaitingLetter,
        f"{_WAITING} and d.kind = %s and d.reference = any(%s) order by d.reference",
        (kind, list(references)),
    )


async def waiting_letter(connection: Connection, *, document_id: UUID) -> WaitingLetter | None:
    """Return one letter when no carrier has it, else None."""
    return await fetch_one(connection, WaitingLetter, f"{_WAITING} and d.id = %s", (document_id,))


async def keep_letter_attempts(connection: Connection, *, document_id: UUID, attempts: Sequence[Attempt]) -> None:
    """Keep what became of a letter; keeping it again changes nothing."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into letter_delivery (document_id, channel, outcome, handed_on, document_sha256, receipt) "
            "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                (document_id, one.channel, one.outcome, one.handed_on, one.document_sha256, one.receipt)
                for one in attempts
            ],
        )


async def letters_of(connection: Connection, *, dossier: UUID) -> list[LetterDelivery]:
    """Return how the letters of a dossier reached it, the newest first."""
    return await fetch_all(
        connection,
        LetterDelivery,
        "select d.kind, v.document_id, v.channel, v.outcome, v.handed_on, v.document_sha256, v.receipt "
        "from letter_delivery v join document d on d.id = v.document_id where d.dossier = %s "
        "order by v.handed_on desc, v.document_id desc, v.outcome",
        (dossier,),
    )


async def waiting_notices(
    connection: Connection, *, quarter: Quarter, partition: int, after: str | None, limit: int
) -> list[WaitingNotice]:
    """Return notices of a quarter whose letter was made and that no carrier has, in order of their reference.

    One that the post refused is left to a person.
    """
    return await fetch_all(
        connection,
        WaitingNotice,
        "select n.reference, n.dossier, n.quarter, s.file_number, d.content "
        "from notice n join subject s using (dossier) "
        "join document d on d.kind = %(kind)s and d.reference = n.reference "
        "where n.quarter = %(quarter)s and s.partition = %(partition)s "
        "and (%(after)s::text is null or n.reference > %(after)s) "
        "and not exists (select from notice_delivery v where v.reference = n.reference "
        "and (v.outcome = 'accepted' or v.channel = 'post')) "
        "order by n.reference limit %(limit)s",
        {"kind": NOTICE_DOCUMENT, "quarter": str(quarter), "partition": partition, "after": after, "limit": limit},
    )


async def keep_notice_attempts(connection: Connection, *, attempts: Sequence[Attempt]) -> None:
    """Keep what became of a notice; keeping it again changes nothing."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into notice_delivery (reference, channel, outcome, handed_on, document_sha256, receipt) "
            "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                (one.reference, one.channel, one.outcome, one.handed_on, one.document_sha256, one.receipt)
                for one in attempts
            ],
        )


async def notices_of(connection: Connection, *, dossier: UUID) -> list[NoticeDelivery]:
    """Return how the notices of a dossier reached it, the newest first."""
    return await fetch_all(
        connection,
        NoticeDelivery,
        "select n.quarter, v.reference, v.channel, v.outcome, v.handed_on, v.document_sha256, v.receipt "
        "from notice_delivery v join notice n using (reference) where n.dossier = %s "
        "order by v.handed_on desc, v.reference desc, v.outcome",
        (dossier,),
    )
