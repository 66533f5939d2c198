"""How letters other than the notices of quarters reached people: what still must be handed over, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from services.billing.correspondence.service.notice_deliveries import Attempt
from shared.platform.database import Connection

#: Said of a document ``d``: no carrier has it, and the post did not refuse it, which leaves it to a person.
TO_HAND_OVER: Final = (
    "not exists (select from letter_delivery v where v.document_id = d.id "
    "and (v.outcome = 'accepted' or v.channel = 'post'))"
)


async def to_hand_over(connection: Connection, *, kind: str, references: Sequence[str]) -> list[dict[str, Any]]:
    """Return the letters of a kind, among some references, that no carrier has, in order of their reference."""
    cursor = await connection.execute(
        f"select d.id as document_id, d.kind, d.reference, d.dossier, d.content, s.file_number from document d "
        f"join subject s using (dossier) where d.kind = %s and d.reference = any(%s) and {TO_HAND_OVER} "
        "order by d.reference",
        (kind, list(references)),
    )
    return await cursor.fetchall()


async def letter(connection: Connection, *, document_id: UUID) -> dict[str, Any] | None:
    """Return one letter when no carrier has it, else None."""
    cursor = await connection.execute(
        f"select d.id as document_id, d.kind, d.reference, d.dossier, d.content, s.file_number from document d "
        f"join subject s using (dossier) where d.id = %s and {TO_HAND_OVER}",
        (document_id,),
    )
    return await cursor.fetchone()


async def keep(connection: Connection, *, document_id: UUID, attempts: Sequence[Attempt]) -> None:
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


async def of_dossier(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return how the letters of a dossier reached it, the newest first."""
    cursor = await connection.execute(
        "select d.kind, v.document_id, v.channel, v.outcome, v.handed_on, v.document_sha256, v.receipt "
        "from letter_delivery v join document d on d.id = v.document_id where d.dossier = %s "
        "order by v.handed_on desc, v.document_id desc, v.outcome",
        (dossier,),
    )
    return await cursor.fetchall()
