"""What a payout run is started and answered with, and what its steps are called: ids, dates, statuses, no amounts."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.benefits.claims.procedure import ProcedureModel
from shared.treasury.procedure import Steps

STEPS: Final = Steps(
    ask="request_payout_approval",
    order="order_payouts",
    release="release_payouts",
    send="send_payment_file",
    check="check_payout_run",
    open_task="open_run_task",
    approval_late="payoutApprovalLate",
    file_refused="payoutFileRefused",
    bank_silent="bankSilent",
    bank_working_days=4,
)


class PayoutDay(ProcedureModel):
    """A day on which the fund may pay."""

    business_date: date


class CollectInput(ProcedureModel):
    """Which day's run collects what is due, for which procedure."""

    business_date: date
    workflow_id: str


class CollectedRun(ProcedureModel):
    """The run of a day and whether there is something to pay."""

    run_id: UUID
    payouts: int
