"""What partners reported, accepted or refused: nothing that was received is lost, nothing counts twice."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from uuid6 import uuid7

from shared.platform.database import Connection


async def save_report(
    connection: Connection,
    *,
    partner: str,
    content: str,
    content_sha256: str,
    reported_by: str,
    received_on: date,
    refusal: str | None,
) -> UUID | None:
    """Keep a report as it was received; None when the same was received, with the same answer, before."""
    report_id = UUID(int=uuid7().int)
    cursor = await connection.execute(
        """
        insert into partner_report
          (report_id, partner, content_sha256, content, reported_by, received_on, accepted, refusal)
        values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (partner, content_sha256, accepted) do nothing
        """,
        (report_id, partner, content_sha256, content, reported_by, received_on, refusal is None, refusal),
    )
    return report_id if cursor.rowcount == 1 else None
