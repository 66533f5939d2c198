"""What refunds and direct debits have of their own in a file for the bank."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.billing.money_out.procedure import STEPS
from services.billing.money_out.rules import BankOrderKind
from services.billing.money_out.service.bank_orders import give_back, order
from services.billing.money_out.store import RUNS
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task, overtake_task
from shared.treasury.files import FileKind, FileWork
from shared.treasury.procedure import RunTask

#: Who asks for what is scheduled, and for the first of the two people.
REQUESTED_BY: Final = "billing"
_KINDS: Final = {
    BankOrderKind.REFUND: FileKind(acts=("refundFileRelease", "refundFile"), message="pain.001"),
    BankOrderKind.DIRECT_DEBIT: FileKind(acts=("collectionFileRelease", "collectionFile"), message="pain.008"),
}


async def _open_task(connection: Connection, task: RunTask) -> None:
    """Give finance work about a run, once."""
    await open_task(
        connection,
        kind=task.kind,
        reference=str(task.run_id),
        dossier=None,
        due_on=task.due_on,
        role="finance",
        details={"runId": str(task.run_id)},
    )


async def _end_tasks(connection: Connection, run_id: UUID, resolution: str) -> None:
    """End what a withdrawal ends; a person ends what a run that was completed left."""
    if resolution == "withdrawn":
        await overtake_task(
            connection,
            kind=STEPS.file_refused,
            reference=str(run_id),
            resolved_by=REQUESTED_BY,
            resolution=resolution,
        )


BANK_FILES: Final = FileWork(
    service=REQUESTED_BY,
    purpose="bank orders",
    steps=STEPS,
    tables=RUNS,
    kind_of=lambda run: _KINDS[run.kind],
    withdrawal="bankFileWithdrawal",
    withdrawal_asked="bankFile.withdrawalAsked",
    order=order,
    give_back=give_back,
    open_task=_open_task,
    end_tasks=_end_tasks,
)
