"""What the procedure of a file for the bank asks and is told, and what a service calls its steps.

Ids, dates and statuses, never amounts or accounts. Fields are only ever added, with a default.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class FileStep(_Message):
    """A step of a run on a day; procedures that began earlier call the run their reference."""

    run_id: UUID = Field(validation_alias=AliasChoices("run_id", "reference"))
    today: date
    workflow_id: str = ""


class FileAsked(_Message):
    """The procedure of the file of a day; none when the fund makes none on that day."""

    workflow_id: str | None = None


class BuiltFile(_Message):
    """The file two people look at; nothing when nobody is to be paid or debited."""

    file_sha256: str | None = None


class ApprovalProgress(_Message):
    """How far the two people are: one of them still has to decide, both approved, or one refused."""

    status: Literal["waiting", "approved", "refused"]


class BankAnswer(_Message):
    """What the bank did with the file."""

    outcome: Literal["accepted", "unavailable", "refused", "withdrawn"]


class BankReported(_Message):
    """The bank told what became of payments or collections."""

    run_id: UUID


class RunProgress(_Message):
    """Whether the bank reported on everything in the file."""

    settled: bool


class RunTask(_Message):
    """Work for a person about a run."""

    run_id: UUID
    kind: str
    due_on: date
    today: date | None = None


class FileRunEnd(_Message):
    """How a run ended."""

    outcome: Literal["nothingDue", "refused", "withdrawn", "completed"]


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What a service calls the activities of its procedure and the tasks it opens.

    Attributes:
        ask: asks the two people.
        order: keeps the approved file, from when on the bank has to have it.
        release: gives back what was in a file that was not approved.
        send: hands the file to the bank.
        check: sees whether the bank reported on everything.
        open_task: gives a person work.
        approval_late: task when nobody decides.
        file_refused: task when the bank refuses the file.
        bank_silent: task when the bank does not report.
        bank_working_days: after how many working days the bank is silent.
    """

    ask: str
    order: str
    release: str
    send: str
    check: str
    open_task: str
    approval_late: str
    file_refused: str
    bank_silent: str
    bank_working_days: int
