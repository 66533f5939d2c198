"""What is the payout run's own in a file for the bank."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.benefits.claims.service.work import end_tasks, ensure_task
from services.benefits.payouts.procedure import STEPS
from services.benefits.payouts.service.returns import give_back
from services.benefits.payouts.service.runs import order_payouts
from services.benefits.payouts.store import RUNS
from shared.platform.database.connections import Connection
from shared.treasury.files import FileKind, FileWork
from shared.treasury.procedure import RunTask

#: A file leaves after two people: the first releases it, the second, whom the first asks, approves the same bytes.
_KIND: Final = FileKind(acts=("payoutFileRelease", "payoutFile"), message="pain.001")


async def _open_task(connection: Connection, task: RunTask) -> None:
    """Give finance work about a run, again when it was closed while its cause lasts."""
    await ensure_task(
        connection,
        kind=task.kind,
        about=str(task.run_id),
        dossier=None,
        today=task.today or task.due_on,
        due_on=task.due_on,
        role="finance",
        details={"runId": str(task.run_id)},
    )


async def _end_tasks(connection: Connection, run_id: UUID, resolution: str) -> None:
    kinds = (STEPS.approval_late, STEPS.file_refused, STEPS.bank_silent)
    await end_tasks(connection, kinds=kinds, about=str(run_id), resolution=resolution)


PAYOUT_FILES: Final = FileWork(
    service="benefits",
    purpose="payout",
    steps=STEPS,
    tables=RUNS,
    kind_of=lambda _run: _KIND,
    withdrawal="payoutFileWithdrawal",
    withdrawal_asked="payoutRun.withdrawalAsked",
    order=order_payouts,
    give_back=give_back,
    open_task=_open_task,
    end_tasks=_end_tasks,
)
