"""Files for the bank: asked for on their day, approved by two people and reported by the bank."""

from __future__ import annotations

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.money_out.activities.announcements import CollectionLetterActivities
    from services.billing.money_out.activities.order_file import BankFileActivities
    from services.billing.money_out.procedure import STEPS, AnnounceStep, BankRunInput, FileDay
    from services.billing.money_out.rules import BankOrderKind
    from shared.law.calendar import next_working_day
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.schedules import ScheduledRun
    from shared.platform.temporal.workflow_clock import business_today, scheduled_date, sleep_until
    from shared.treasury.procedure import FileAsked, FileRunEnd
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


@workflow.defn
class ScheduledRefundFile:
    """Asks for the file of refunds on the fund's day, or on the first working day after it."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> FileAsked:
        """Ask for the run of that day; by hand and by schedule it is the same run."""
        return await _ask(BankOrderKind.REFUND, scheduled)


@workflow.defn
class ScheduledCollectionFile:
    """Asks for the file of direct debits on the fund's day, or on the first working day after it."""

    @workflow.run
    async def run(self, scheduled: ScheduledRun) -> FileAsked:
        """Ask for the run of that day; by hand and by schedule it is the same run."""
        return await _ask(BankOrderKind.DIRECT_DEBIT, scheduled)


async def _ask(kind: BankOrderKind, scheduled: ScheduledRun) -> FileAsked:
    scheduled_on = scheduled_date(scheduled)
    today = next_working_day(scheduled_on)
    await sleep_until(today)
    return await insist(
        BankFileActivities.request_bank_file, FileDay(kind=kind, scheduled_on=scheduled_on, today=today)
    )
