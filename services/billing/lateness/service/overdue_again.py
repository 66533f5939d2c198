"""Quarters that were paid when they were closed and are owed again: recovery is told as it was not told then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.billing.lateness import store
from services.billing.ledger.rules.debtor_account import DebtorAccount
from shared.contracts.billing_v1 import DebtOverdue, OpenAmount
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many


async def overdue_again(
    connection: Connection, *, account: DebtorAccount, quarters: Sequence[Quarter], booked_on: date
) -> list[Quarter]:
    """Tell that quarters whose closing was asked for are overdue; return them.

    What the closing would have charged is for a person to look at: the surcharges of a payment that came to nothing
    through no fault of the debtor may be waived (RGS art. 48).
    """
    closed = await store.closed_quarters(connection, among=quarters)
    owed = [quarter for quarter in closed if account.open_of(quarter) > 0]
    facts = []
    for quarter in owed:
        amounts = tuple(
            OpenAmount(quarter=str(quarter), kind=item.kind, open_cents=item.open_cents)
            for item in sorted(account.items.values(), key=lambda item: item.kind)
            if item.quarter == quarter and item.open_cents > 0
        )
        facts.append(
            DebtOverdue(
                dossier=account.dossier,
                occurred_on=booked_on,
                quarter=str(quarter),
                due_on=quarter.last_day,
                amounts=amounts,
                total_cents=sum(amount.open_cents for amount in amounts),
            )
        )
    await publish_many(connection, facts)
    return owed
