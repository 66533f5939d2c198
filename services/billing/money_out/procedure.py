"""What files of refunds and collections add to the procedure of a file for the bank: ids and dates, no amounts."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.billing.money_out.rules import BankOrderKind
from shared.treasury.procedure import Steps

STEPS: Final = Steps(
    ask="request_bank_file_approval",
    order="order_bank_file",
    release="release_bank_orders",
    send="send_bank_file",
    check="check_bank_run",
    open_task="open_bank_run_task",
    approval_late="bankFileApprovalLate",
    file_refused="bankFileRefused",
    bank_silent="bankSilentOnFile",
    bank_working_days=15,
)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class BankRunInput(_Message):
    """Which run a procedure does."""

    run_id: UUID


class FileDay(_Message):
    """A day for which a file was scheduled, and the working day on which it is made."""

    kind: BankOrderKind
    scheduled_on: date
    today: date


class AnnounceStep(_Message):
    """The next debtors of a run to tell of their collection, after a file number."""

    run_id: UUID
    today: date
    after: int = 0


class Announced(_Message):
    """After which file number to go on; None when everybody was told."""

    next_after: int | None = None
