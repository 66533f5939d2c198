"""What an overdue debt does, whoever finds it: it joins the debtor's growing case or opens one, and tells so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from services.recovery.clocks.store.holds import HoldRecord
from services.recovery.debts.rules import OpenItem
from services.recovery.ladder.service import cases
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.signals import Signal, start_case, tell_case
from shared.contracts.recovery_v1 import CaseOpened, HoldPlaced
from shared.platform.database import Connection
from shared.platform.outbox import publish


async def take_up_debt(
    connection: Connection, *, dossier: UUID, quarter: str, due_on: date, overdue_on: date, event_id: UUID
) -> None:
    """Open a case for a debt, or add it to the debtor's case as long as that takes debts; told again, nothing."""
    added = await cases.add_overdue_debt(
        connection, dossier=dossier, quarter=quarter, due_on=due_on, overdue_on=overdue_on, event_id=event_id
    )
    if added.opened:
        await start_case(connection, case_id=added.case_id, dossier=dossier)
        await publish(connection, CaseOpened(dossier=dossier, occurred_on=overdue_on, case_id=added.case_id))
        for hold in added.holds:
            await tell_hold_placed(connection, hold=hold, dossier=dossier, occurred_on=overdue_on)
    elif added.joined:
        await tell_case(
            connection, case_id=added.case_id, dossier=dossier, signal=Signal.DEBTS_CHANGED, event_id=event_id
        )


async def take_up_rest(connection: Connection, *, case: CaseRecord, items: Sequence[OpenItem], today: date) -> None:
    """Let what a closed case leaves open begin a ladder of its own, with its own last reminder (RGS art. 46)."""
    for quarter in sorted({item.quarter for item in items}):
        await take_up_debt(
            connection,
            dossier=case.dossier,
            quarter=str(quarter),
            due_on=min(item.due_on for item in items if item.quarter == quarter),
            overdue_on=today,
            event_id=uuid5(case.case_id, str(quarter)),
        )


async def tell_hold_placed(connection: Connection, *, hold: HoldRecord, dossier: UUID, occurred_on: date) -> None:
    """Tell that a hold pauses a case."""
    await publish(
        connection,
        HoldPlaced(
            dossier=dossier,
            occurred_on=occurred_on,
            case_id=hold.case_id,
            hold_id=hold.hold_id,
            reason=hold.reason,
            until=hold.until,
        ),
    )
