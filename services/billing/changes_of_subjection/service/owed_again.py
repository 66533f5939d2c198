"""Quarters that a cessation left unowed, and what happens when an activity covers them after all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.changes_of_subjection import store
from services.billing.changes_of_subjection.rules import take_back_relief
from services.billing.lateness.service.overdue_again import overdue_again
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import JournalEntry
from services.billing.regularisation.service.runs import request_for_year
from services.billing.settlement.service import use_credits
from services.billing.subjects.rules import subject_period
from services.billing.subjects.service import lock_subjects, periods_of
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task

OWED_AGAIN_TASK: Final = "quarterOwedAgain"
_TASK_DAYS: Final = 5


async def note_unowed(connection: Connection, *, dossier: UUID, waiver: JournalEntry, noted_on: date) -> None:
    """Keep which billed quarters a waiver made unowed; noting it again changes nothing."""
    kinds = (AmountKind.PRINCIPAL, AmountKind.FEE)
    quarters = {line.quarter for line in waiver.lines if line.kind in kinds and line.nature == "waiver"}
    for quarter in sorted(str(quarter) for quarter in quarters):
        await store.insert_unowed(
            connection, dossier=dossier, quarter=quarter, entry_id=waiver.entry_id, noted_on=noted_on
        )


async def owe_again(
    connection: Connection,
    *,
    dossier: UUID,
    cause: UUID,
    booked_on: date,
    interest_rate_on: Callable[[date], Decimal],
) -> list[Quarter]:
    """Take back the waiver of quarters that an activity covers after all; doing it again changes nothing.

    They are owed from the quarter of the new beginning (AR38 art. 15 par. 2), count as claimed on the day it was told,
    and a person tells the debtor.

    Args:
        connection: a transaction in which the activity was noted.
        dossier: whose quarters.
        cause: the fact that told the activity, or another end of it.
        booked_on: the day of booking.
        interest_rate_on: gives the legal interest of a day.

    Returns:
        The quarters that are owed again.
    """
    if not await store.waived_amounts(connection, dossier=dossier):
        return []
    await lock_subjects(connection, dossiers=[dossier])
    periods = await periods_of(connection, dossier=dossier)
    # Read again, now that nobody else can take the same waiver back.
    waived = [
        one
        for one in await store.waived_amounts(connection, dossier=dossier)
        if subject_period(periods=periods, quarter=one.quarter) is not None
    ]
    if not waived:
        return []
    amounts: dict[tuple[Quarter, AmountKind], int] = {}
    for one in waived:
        amounts[one.quarter, one.kind] = amounts.get((one.quarter, one.kind), 0) + one.cents
    quarters = sorted({quarter for quarter, _ in amounts})
    entry = take_back_relief(key=str(cause), value_date=booked_on, dossier=dossier, waived=amounts)
    await ledger.book_new(connection, entries=[entry], booking_date=booked_on)
    for one in waived:
        await store.insert_owed_again(
            connection, dossier=dossier, waived=one, entry_id=entry.entry_id, claimed_on=booked_on
        )
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"owedAgain|{cause}",
        booked_on=booked_on,
        interest_rate=interest_rate_on(booked_on),
    )
    await overdue_again(connection, account=account, quarters=quarters, booked_on=booked_on)
    await request_for_year(
        connection,
        dossier=dossier,
        years=sorted({quarter.year for quarter in quarters}),
        cause=f"owedAgain|{cause}",
        received_on=booked_on,
        requested_by="affiliation",
    )
    await _tell(connection, dossier, quarters, cause, booked_on)
    return quarters


async def _tell(
    connection: Connection, dossier: UUID, quarters: Sequence[Quarter], cause: UUID, booked_on: date
) -> None:
    """Ask a person to claim the quarters anew: their notices were followed by the word that nothing was owed."""
    # see limits: owed-again-gets-no-notice
    await open_task(
        connection,
        kind=OWED_AGAIN_TASK,
        reference=f"{dossier}|{cause}",
        dossier=dossier,
        due_on=add_working_days(booked_on, _TASK_DAYS),
        role="affiliationAgent",
        details={"quarters": [str(quarter) for quarter in quarters]},
    )
