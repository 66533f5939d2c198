"""Files for the bank that are made on their day without anybody asking: refunds and direct debits."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.money_out.activities.order_file import BankFileActivities
    from services.billing.money_out.procedure import FileDay
    from services.billing.money_out.rules import BankOrderKind
    from shared.law.calendar import next_working_day
    from shared.platform.persistence import insist
    from shared.platform.schedules import ScheduledRun
    from shared.platform.workflow_clock import scheduled_date, sleep_until
    from shared.treasury.procedure import FileAsked


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
