"""What the procedure of a file for the bank is started with, asks and is told: ids, dates and statuses, no amounts."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.billing.money_out.rules import BankOrderKind


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


class FileAsked(_Message):
    """The procedure of the file; none when the fund makes none on that day."""

    workflow_id: str | None = None


class BankRunStep(_Message):
    """A step of a run on a day."""

    run_id: UUID
    today: date
    workflow_id: str = ""


class AnnounceStep(_Message):
    """The next debtors of a run to tell of their collection, after a file number."""

    run_id: UUID
    today: date
    after: int = 0


class Announced(_Message):
    """After which file number to go on; None when everybody was told."""

    next_after: int | None = None


class BuiltBankFile(_Message):
    """The file two people look at; nothing when nobody is to be paid or debited."""

    file_sha256: str | None = None


class BankApproval(_Message):
    """How far the two people are."""

    status: Literal["waiting", "approved", "refused"]


class BankTook(_Message):
    """What the bank did with the file."""

    outcome: Literal["accepted", "unavailable", "refused", "withdrawn"]


class BankReported(_Message):
    """The bank told what became of orders."""

    run_id: UUID


class BankRunProgress(_Message):
    """Whether the bank reported on every order."""

    settled: bool


class BankRunTask(_Message):
    """Work for a person about a run."""

    run_id: UUID
    kind: str
    due_on: date


class BankRunEnd(_Message):
    """How a run ended."""

    outcome: Literal["nothingDue", "refused", "withdrawn", "completed"]
