"""Payments nobody could match, given by a person to the dossier they are meant for."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.billing.ledger.rules.entries import Account
from services.billing.matching import store
from services.billing.settlement.rules import Money, Received
from services.billing.settlement.service import book_money
from services.billing.undoing.service.line_tasks import UNMATCHED_TASK, end_line_task
from services.billing.undoing.service.reversals import Act, lock_line
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection


class PaymentNotUnmatched(LookupError):
    """The bank line is not money that waits to be identified."""


async def match_line(
    connection: Connection, *, line: UUID, dossier: UUID, quarter: Quarter | None, act: Act
) -> list[Received]:
    """Give money that waited on the suspense account to the dossier a person recognised.

    Matching it again to the same dossier changes nothing and returns nothing. Money whose match was undone waits again
    and can be matched again.

    Raises:
        PaymentNotUnmatched: the line is no money to identify, or went to another dossier before.
        UnknownDossier: billing does not know the dossier.
    """
    await lock_line(connection, line=line)
    if await store.dossier_of_line(connection, line=line) == dossier:
        return []
    waiting = await store.waiting_money(connection, line=line)
    if waiting is None:
        raise PaymentNotUnmatched(f"bank line {line} is no payment that waits to be identified")
    attempt = waiting.undone + 1
    money = Money(
        payment_id=line if attempt == 1 else uuid5(line, str(attempt)),
        dossier=dossier,
        source=Account.SUSPENSE,
        amount_cents=waiting.cents,
        value_date=waiting.value_date,
        chosen_quarter=quarter,
        matched_by=act.done_by,
        line_id=line,
        attempt=attempt,
    )
    received = await book_money(connection, money=[money], booked_on=act.booked_on, interest_rate=act.interest_rate)
    await end_line_task(
        connection,
        kind=UNMATCHED_TASK,
        line_id=line,
        resolved_by=act.done_by,
        resolution="matched",
        attempt=attempt,
    )
    return received
