"""BankFileRun: what is paid back or collected becomes one file, approved by two people and reported by the bank."""

from __future__ import annotations

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.money_out.activities.announcements import CollectionLetterActivities
    from services.billing.money_out.activities.order_file import BankFileActivities
    from services.billing.money_out.procedure import STEPS, AnnounceStep, BankRunInput
    from shared.platform.persistence import insist
    from shared.platform.workflow_clock import business_today
    from shared.treasury.procedure import FileRunEnd
    from shared.treasury.workflow import FileProcedure, file_step


@workflow.defn
class BankFileRun(FileProcedure):
    """Pays back each refund once, or collects each debt once, in a file whose very bytes two people saw."""

    steps = STEPS

    @workflow.run
    async def run(self, run: BankRunInput) -> FileRunEnd:
        """Play one run to its end."""
        built = await insist(BankFileActivities.build_bank_file, file_step(run.run_id), timeout_seconds=120)
        if built.file_sha256 is None:
            return FileRunEnd(outcome="nothingDue")
        await _announce(run.run_id)
        return await self.deliver(run.run_id)


async def _announce(run_id: UUID) -> None:
    """Tell the debtors of direct debits, page after page."""
    after: int | None = 0
    while after is not None:
        step = AnnounceStep(run_id=run_id, today=business_today(), after=after)
        told = await insist(
            CollectionLetterActivities.write_prenotifications, step, timeout_seconds=300, heartbeat_seconds=60
        )
        after = None if told is None else told.next_after
