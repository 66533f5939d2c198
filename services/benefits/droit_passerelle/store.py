"""What the procedure and the screens of claims read over several tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one


@dataclass(frozen=True, kw_only=True)
class PayoutRow:
    """What was or will be paid for a month, and the amount of the law it was computed with."""

    payout_id: UUID
    month: str
    kind: Literal["benefit", "dependantDifference"]
    amount_cents: int
    status: str
    executed_on: date | None
    parameter: JsonObject


@dataclass(frozen=True, kw_only=True)
class PaymentsOfClaim:
    """How far a claim is paid: its payouts, those that are done, months without any, the last day a month is over."""

    payments: int
    done: int
    unpaid_months: int
    last_payable_from: date | None


@dataclass(frozen=True, kw_only=True)
class OpenClaim:
    """A claim of which something is left to do."""

    claim_id: UUID
    dossier: UUID


async def payouts_of(connection: Connection, *, claim_id: UUID) -> list[PayoutRow]:
    """Give what was or will be paid on a claim, by month."""
    return await fetch_all(
        connection,
        PayoutRow,
        "select id as payout_id, month, kind, amount_cents, status, executed_on, parameter from payout "
        "where claim_id = %s order by month",
        (claim_id,),
    )


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


async def open_claims(
    connection: Connection, *, arrived: Sequence[str], after: UUID | None, limit: int
) -> list[OpenClaim]:
    """Return claims that are not decided, not paid to the last month or not yet with the applicant, in order of id.

    Args:
        connection: any transaction.
        arrived: how a registered letter is settled that reached its addressee.
        after: the last claim of the page before.
        limit: how many at most.
    """
    return await fetch_all(
        connection,
        OpenClaim,
        "select id as claim_id, dossier from claim where (status in ('received', 'waiting') or "
        "(status = 'decided' and outcome = 'granted') or not exists (select from decision_letter "
        "where claim_id = claim.id and settled_as = any(%(arrived)s))) "
        "and (%(after)s::uuid is null or id > %(after)s) order by id limit %(limit)s",
        {"after": after, "limit": limit, "arrived": list(arrived)},
    )
