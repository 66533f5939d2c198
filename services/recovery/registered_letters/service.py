"""What other subjects ask about the last reminder of a case, and decide of it."""

from __future__ import annotations

from uuid import UUID

from services.recovery.registered_letters.store import (
    find_letter,
    listed_sums,
    resume_letter,
    save_deemed_notified,
)
from shared.law.calendar import notified_by_post_on
from shared.platform.database.connections import Connection

__all__ = ["deem_notified", "listed_sums", "resume_letter"]


async def deem_notified(connection: Connection, *, case_id: UUID, decided_by: str) -> bool:
    """Let a letter that came back count as notified (Judicial Code art. 53bis); False when none of the case did."""
    letter = await find_letter(connection, case_id=case_id, lock=True)
    if letter is None or letter.deposited_on is None:
        return False
    return await save_deemed_notified(
        connection, case_id=case_id, notified_on=notified_by_post_on(letter.deposited_on), decided_by=decided_by
    )
