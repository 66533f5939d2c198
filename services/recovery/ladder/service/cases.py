"""Cases: an overdue debt, whoever finds it, joins the debtor's growing case or opens one; their procedures are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from uuid6 import uuid7

from services.recovery.clocks.service import place_holds_for_pending_rights
from services.recovery.debts.rules import OpenItem
from services.recovery.ladder.procedure import RECOVERY_CASE, CaseSignal, CaseStart, workflow_id_of
from services.recovery.ladder.store import cases
from services.recovery.ladder.store.cases import (
    CaseRecord,
    close_case,
    find_case,
    open_cases_of,
    refuse_more_debts,
    save_outlook,
    save_trouble,
    touch_case,
)
from shared.contracts.recovery_v1 import CaseOpened
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish
from shared.platform.temporal.dispatch import signal_workflow, start_workflow

__all__ = [
    "CaseRecord",
    "Signal",
    "close_case",
    "find_case",
    "open_cases_of",
    "refuse_more_debts",
    "save_outlook",
    "save_trouble",
    "take_up_debt",
    "take_up_rest",
    "tell_case",
    "touch_case",
]

#: Who owns a new case until a team lead gives it to somebody.
_FIRST_OWNER: Final = "collectionsAgent"


class Signal(StrEnum):
    """The signals a case understands; each one only wakes it, the truth is in the rows."""

    DEBTS_CHANGED = "debts_changed"
    SETTLED = "settled"
    CONTACT_RECORDED = "contact_recorded"
    DELIVERY_REPORTED = "delivery_reported"
    BAILIFF_REPORTED = "bailiff_reported"
    HOLD_CHANGED = "hold_changed"
    RESUMED = "resumed"


async def _start_case(connection: Connection, *, case_id: UUID, dossier: UUID) -> None:
    """Start the procedure of a case when this transaction commits."""
    await start_workflow(
        connection,
        workflow=RECOVERY_CASE,
        workflow_id=workflow_id_of(case_id),
        argument=CaseStart(case_id=case_id, dossier=dossier),
        dossier=dossier,
    )


async def tell_case(connection: Connection, *, case_id: UUID, dossier: UUID, signal: Signal, event_id: UUID) -> None:
    """Wake the procedure of a case when this transaction commits; the same event wakes it once."""
    await signal_workflow(
        connection,
        workflow_id=workflow_id_of(case_id),
        signal=signal.value,
        argument=CaseSignal(event_id=event_id),
        dossier=dossier,
    )


async def take_up_debt(
    connection: Connection, *, dossier: UUID, quarter: str, due_on: date, overdue_on: date, event_id: UUID
) -> UUID:
    """Put an overdue quarter in the debtor's growing case, or open a case for it; returns the case.

    A quarter that is already in an open case stays there: told again, nothing changes. Once the last reminder of a case
    was made, it takes no more debts: the sums of a warrant must be listed in that reminder (RGS art. 46).
    """
    known = await cases.open_case_with(connection, dossier=dossier, quarter=quarter)
    if known is not None:
        return known
    growing = await cases.growing_case_of(connection, dossier=dossier)
    case_id = growing or UUID(int=uuid7().int)
    if growing is None:
        await cases.save_case(connection, case_id=case_id, dossier=dossier, opened_on=overdue_on, owner=_FIRST_OWNER)
    await cases.save_debt(
        connection, case_id=case_id, quarter=quarter, due_on=due_on, overdue_on=overdue_on, event_id=event_id
    )
    await touch_case(connection, case_id=case_id)
    if growing is None:
        await _start_case(connection, case_id=case_id, dossier=dossier)
        await publish(connection, CaseOpened(dossier=dossier, occurred_on=overdue_on, case_id=case_id))
        await place_holds_for_pending_rights(connection, case_id=case_id, dossier=dossier, today=overdue_on)
    else:
        await tell_case(connection, case_id=case_id, dossier=dossier, signal=Signal.DEBTS_CHANGED, event_id=event_id)
    return case_id


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
