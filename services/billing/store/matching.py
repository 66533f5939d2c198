"""Payments nobody could match, given by a person to the dossier they are meant for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.domain.ledger import Account
from services.billing.domain.settlement import Money, Received
from services.billing.store.bank_lines import UNMATCHED_TASK
from services.billing.store.payments import book_money
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.tasks import overtake_task


class PaymentNotUnmatched(LookupError):
    """The bank line is not money that waits to be identified."""


async def match_line(
    connection: Connection,
    *,
    line: UUID,
    dossier: UUID,
    quarter: Quarter | None,
    matched_by: str,
    booked_on: date,
    interest_rate: Decimal | None,
) -> list[Received]:
    """Give money that waited on the suspense account to the dossier a person recognised.

    Matching it again to the same dossier changes nothing and returns nothing.

    Raises:
        PaymentNotUnmatched: the line is no money to identify, or went to another dossier before.
        UnknownDossier: billing does not know the dossier.
    """
    cursor = await connection.execute(
        "select l.cents, coalesce(l.value_date, l.entry_date) as value_date, p.dossier from bank_line l "
        "left join payment p using (line_id) where l.line_id = %s and l.treatment = 'suspense'",
        (line,),
    )
    row = await cursor.fetchone()
    if row is None or row["dossier"] not in {None, dossier}:
        raise PaymentNotUnmatched(f"bank line {line} is no payment that waits to be identified")
    money = Money(
        payment_id=line,
        dossier=dossier,
        source=Account.SUSPENSE,
        amount_cents=row["cents"],
        value_date=row["value_date"],
        chosen_quarter=quarter,
        matched_by=matched_by,
        line_id=line,
    )
    received = await book_money(connection, money=[money], booked_on=booked_on, interest_rate=interest_rate)
    await overtake_task(
        connection, kind=UNMATCHED_TASK, reference=str(line), resolved_by=matched_by, resolution="matched"
    )
    return received
