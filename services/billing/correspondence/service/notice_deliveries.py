"""How notices reached people: which still must be handed over, and the proof of those that were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.correspondence.rules.channels import NOTICE_DOCUMENT, Channel, Outcome
from shared.law.quarter import Quarter
from shared.platform.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of handing a notice over by one channel; ``receipt`` is there when it was accepted."""

    reference: str
    channel: Channel
    outcome: Outcome
    handed_on: date
    document_sha256: str
    receipt: str | None = None


async def to_hand_over(
    connection: Connection, *, quarter: Quarter, partition: int, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return notices of a quarter whose letter was made and that no carrier has, in order of their reference.

    One that the post refused is left to a person.
    """
    cursor = await connection.execute(
        "select n.reference, n.dossier, n.quarter, s.file_number, d.id as document_id, d.content "
        "from notice n join subject s using (dossier) "
        "join document d on d.kind = %(kind)s and d.reference = n.reference "
        "where n.quarter = %(quarter)s and s.partition = %(partition)s "
        "and (%(after)s::text is null or n.reference > %(after)s) "
        "and not exists (select from notice_delivery v where v.reference = n.reference "
        "and (v.outcome = 'accepted' or v.channel = 'post')) "
        "order by n.reference limit %(limit)s",
        {"kind": NOTICE_DOCUMENT, "quarter": str(quarter), "partition": partition, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def keep(connection: Connection, *, attempts: Sequence[Attempt]) -> None:
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


async def of_dossier(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return how the notices of a dossier reached it, the newest first."""
    cursor = await connection.execute(
        "select n.quarter, v.reference, v.channel, v.outcome, v.handed_on, v.document_sha256, v.receipt "
        "from notice_delivery v join notice n using (reference) where n.dossier = %s "
        "order by v.handed_on desc, v.reference desc, v.outcome",
        (dossier,),
    )
    return await cursor.fetchall()
