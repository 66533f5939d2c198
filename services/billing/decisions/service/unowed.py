"""Quarters that a cessation left unowed, and what happens when an activity covers them after all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.decisions.rules.owed_again import take_back_relief
from services.billing.lateness.service.overdue_again import overdue_again
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import JournalEntry
from services.billing.regularisation.service.runs import request_for_year
from services.billing.settlement.service import use_credits
from services.billing.subjects.rules import ActivityPeriod, subject_period
from services.billing.subjects.service import lock_subjects, periods_of
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.tasks import open_task

OWED_AGAIN_TASK: Final = "quarterOwedAgain"
_TASK_DAYS: Final = 5

#: What the waivers of quarters that are not owed today took off contributions and fees. Surcharges stay waived; a
#: quarter that was relieved since is not owed for another reason.
_WAIVED: Final = """
  select u.quarter, u.entry_id, l.kind, -sum(l.cents)::bigint as cents,
    exists (select from surcharge s where s.dossier = u.dossier and s.quarter = u.quarter) as surcharged
  from unowed u join journal_line l on l.entry_id = u.entry_id and l.quarter = u.quarter
  where u.dossier = %s and l.account = 'receivable' and l.nature = 'waiver' and l.kind in ('principal', 'fee')
    and not exists (select from relief r where r.dossier = u.dossier and r.quarter = u.quarter)
  group by u.dossier, u.quarter, u.entry_id, l.kind having sum(l.cents) <> 0 order by u.quarter, l.kind
"""


async def note_unowed(connection: Connection, *, dossier: UUID, waiver: JournalEntry, noted_on: date) -> None:
    """Keep which billed quarters a waiver made unowed; noting it again changes nothing."""
    kinds = (AmountKind.PRINCIPAL, AmountKind.FEE)
    quarters = {line.quarter for line in waiver.lines if line.kind in kinds and line.nature == "waiver"}
    for quarter in sorted(str(quarter) for quarter in quarters):
        await connection.execute(
            "insert into unowed_quarter (dossier, quarter, entry_id, noted_on) values (%s, %s, %s, %s) "
            "on conflict do nothing",
            (dossier, quarter, waiver.entry_id, noted_on),
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
    cursor = await connection.execute(_WAIVED, (dossier,))
    waived = await cursor.fetchall()
    if not waived:
        return []
    await lock_subjects(connection, dossiers=[dossier])
    periods = [ActivityPeriod(**row) for row in await periods_of(connection, dossier=dossier)]
    # Read again, now that nobody else can take the same waiver back.
    cursor = await connection.execute(_WAIVED, (dossier,))
    rows = [
        row
        for row in await cursor.fetchall()
        if subject_period(periods=periods, quarter=Quarter.parse(row["quarter"])) is not None
    ]
    if not rows:
        return []
    amounts: dict[tuple[Quarter, AmountKind], int] = {}
    for row in rows:
        key = Quarter.parse(row["quarter"]), AmountKind(row["kind"])
        amounts[key] = amounts.get(key, 0) + row["cents"]
    quarters = sorted({quarter for quarter, _ in amounts})
    entry = take_back_relief(key=str(cause), value_date=booked_on, dossier=dossier, waived=amounts)
    await ledger.book_new(connection, entries=[entry], booking_date=booked_on)
    await _keep(connection, dossier, rows, entry, booked_on)
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


async def _keep(
    connection: Connection, dossier: UUID, rows: Sequence[dict[str, Any]], entry: JournalEntry, booked_on: date
) -> None:
    for row in rows:
        await connection.execute(
            "insert into owed_again_quarter (dossier, quarter, waiver_id, entry_id, claimed_on) "
            "values (%s, %s, %s, %s, %s) on conflict do nothing",
            (dossier, row["quarter"], row["entry_id"], entry.entry_id, None if row["surcharged"] else booked_on),
        )


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
