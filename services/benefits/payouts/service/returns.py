"""Payments that came back: noted once, told, and made again under another id when a person says so."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.benefits.payouts.service import runs as payouts
from shared.contracts.benefits_v1 import PayoutReturned
from shared.platform import outbox
from shared.platform.database import Connection

#: Reason with which the payments of a withdrawn file are told: not specified, by the bank (ISO 20022 external codes).
FILE_REFUSED = "MS03"


async def return_payout(connection: Connection, *, end_to_end: str, reason: str, today: date) -> dict[str, Any] | None:
    """Note that the bank could not execute a payment, or that executed money came back; None when it is known.

    A claim that had ended stays so: its payment that came back is the work of whoever gets the task.
    """
    cursor = await connection.execute(
        """
        update payout p set status = 'returned', return_reason = %s, executed_on = null
        from payout before
        where before.id = p.id and p.end_to_end_id = %s and p.status in ('ordered', 'confirmed')
        returning p.id, p.claim_id, p.dossier, p.month, p.attempt, p.amount_cents,
                  before.status = 'confirmed' as was_executed
        """,
        (reason, end_to_end),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await outbox.publish(
        connection,
        PayoutReturned(
            dossier=row["dossier"],
            occurred_on=today,
            claim_id=row["claim_id"],
            payout_id=row["id"],
            attempt=row["attempt"],
            was_executed=row["was_executed"],
            reason_code=reason,
            amount_cents=row["amount_cents"],
        ),
    )
    return row


async def release_payout(connection: Connection, *, payout_id: UUID) -> dict[str, Any] | None:
    """Let the next run pay a returned payment again, under a new id; None when it was not returned."""
    cursor = await connection.execute(
        "update payout set status = 'due', run_id = null, return_reason = null, attempt = attempt + 1, "
        "end_to_end_id = 'P' || replace(id::text, '-', '') || lpad((attempt + 1)::text, 2, '0') "
        "where id = %s and status = 'returned' returning id, claim_id, dossier, attempt",
        (payout_id,),
    )
    return await cursor.fetchone()


async def withdraw_run(connection: Connection, *, run_id: UUID, today: date) -> None:
    """Give the payouts of a file back that the bank refused and two people withdrew, and tell that none was paid."""
    await payouts.set_run_status(connection, run_id=run_id, status="withdrawn")
    cursor = await connection.execute(
        "update payout p set status = 'due', run_id = null, attempt = p.attempt + 1, "
        "end_to_end_id = 'P' || replace(p.id::text, '-', '') || lpad((p.attempt + 1)::text, 2, '0') "
        "from payout before where before.id = p.id and p.run_id = %s and p.status = 'ordered' "
        "returning p.id, p.claim_id, p.dossier, before.attempt, p.amount_cents",
        (run_id,),
    )
    facts = [
        PayoutReturned(
            dossier=row["dossier"],
            occurred_on=today,
            claim_id=row["claim_id"],
            payout_id=row["id"],
            attempt=row["attempt"],
            was_executed=False,
            reason_code=FILE_REFUSED,
            amount_cents=row["amount_cents"],
        )
        for row in await cursor.fetchall()
    ]
    await outbox.publish_many(connection, facts)
