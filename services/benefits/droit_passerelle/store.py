"""What the procedure and the screens of claims read over several tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.platform.database import Connection
from shared.platform.rows import fetch_one


@dataclass(frozen=True, kw_only=True)
class PaymentsOfClaim:
    """How far a claim is paid: its payouts, those that are done, months without any, the last day a month is over."""

    payments: int
    done: int
    unpaid_months: int
    last_payable_from: date | None


async def payments_of_claim(connection: Connection, *, claim_id: UUID) -> PaymentsOfClaim:
    """Say how many months of a claim have no payout yet, and how many of its payouts are done."""
    found = await fetch_one(
        connection,
        PaymentsOfClaim,
        """
        select (select count(*) from payout where claim_id = %(claim)s) as payments,
               (select count(*) from payout where claim_id = %(claim)s and status in ('confirmed', 'nothing')) as done,
               (select count(*) from entitled_month m where m.claim_id = %(claim)s and not exists (
                  select from payout p
                  where p.claim_id = m.claim_id and p.month = m.month and p.kind = 'benefit')) as unpaid_months,
               (select max(payable_from) from entitled_month where claim_id = %(claim)s) as last_payable_from
        """,
        {"claim": claim_id},
    )
    if found is None:
        raise LookupError("counting gave no row")
    return found
