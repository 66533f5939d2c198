"""Tells the procedure of a case that something happened, in the transaction that wrote it down."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from services.recovery.ladder.procedure import RECOVERY_CASE, CaseSignal, CaseStart, workflow_id_of
from shared.platform.database import Connection
from shared.platform.dispatch import signal_workflow, start_workflow


class Signal(StrEnum):
    """The signals a case understands; each one only wakes it, the truth is in the rows."""

    DEBTS_CHANGED = "debts_changed"
    SETTLED = "settled"
    CONTACT_RECORDED = "contact_recorded"
    DELIVERY_REPORTED = "delivery_reported"
    BAILIFF_REPORTED = "bailiff_reported"
    HOLD_CHANGED = "hold_changed"
    RESUMED = "resumed"


async def start_case(connection: Connection, *, case_id: UUID, dossier: UUID) -> None:
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
