"""Payments that came back, or whose file people refused or withdrew: told, and made again under another id."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.benefits.payouts.store import PAYMENT_COLUMNS, Payment
from shared.contracts.benefits_v1 import PayoutReturned
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one
from shared.platform.messages_out import outbox
from shared.treasury.files import FileRun

#: Reason with which the payments of a withdrawn file are told: not specified, by the bank (ISO 20022 external codes).
FILE_REFUSED: Final = "MS03"
#: A payment that is free for the next file has a new id, for the line of the old file keeps the one it had.
_FREE: Final = (
    "status = 'due', run_id = null, return_reason = null, attempt = p.attempt + 1, "
    "end_to_end_id = 'P' || replace(p.id::text, '-', '') || lpad((p.attempt + 1)::text, 2, '0')"
)


async def return_payout(connection: Connection, *, end_to_end: str, reason: str, today: date) -> Payment | None:
    """Note that the bank could not execute a payment, or that executed money came back; None when it is known.

    A claim that had ended stays so: its payment that came back is the work of whoever gets the task.
    """
    payment = await fetch_one(
        connection,
        Payment,
        """
        update payout p set status = 'returned', return_reason = %s, executed_on = null
        from payout before
        where before.id = p.id and p.end_to_end_id = %s and p.status in ('ordered', 'confirmed')
        returning p.id, p.claim_id, p.dossier, p.month, p.attempt, p.amount_cents, before.status
        """,
        (reason, end_to_end),
    )
    if payment is not None:
        await outbox.publish(connection, _returned(payment, reason=reason, today=today))
    return payment


async def release_payout(connection: Connection, *, payout_id: UUID) -> Payment | None:
    """Let the next run pay a returned payment again, under a new id; None when it was not returned."""
    return await fetch_one(
        connection,
        Payment,
        f"update payout p set {_FREE} where p.id = %s and p.status = 'returned' "
        f"returning {PAYMENT_COLUMNS}",
        (payout_id,),
    )


async def give_back(connection: Connection, run: FileRun, today: date) -> None:
    """Let the next run make the payments of a file that people refused or withdrew.

    Of payments that had been ordered it is told that none was made; of others nothing had been told.
    """
    payments = await fetch_all(
        connection,
        Payment,
        f"update payout p set {_FREE} from payout before "
        "where before.id = p.id and p.run_id = %s and p.status in ('filed', 'ordered') "
        "returning p.id, p.claim_id, p.dossier, p.month, before.attempt, p.amount_cents, before.status",
        (run.run_id,),
    )
    facts = [_returned(one, reason=FILE_REFUSED, today=today) for one in payments if one.status == "ordered"]
    await outbox.publish_many(connection, facts)


def _returned(payment: Payment, *, reason: str, today: date) -> PayoutReturned:
    return PayoutReturned(
        dossier=payment.dossier,
        occurred_on=today,
        claim_id=payment.claim_id,
        payout_id=payment.id,
        attempt=payment.attempt,
        was_executed=payment.was_executed,
        reason_code=reason,
        amount_cents=payment.amount_cents,
    )
