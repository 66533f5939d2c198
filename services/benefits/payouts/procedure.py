"""What a payout run is started, signalled and answered with: ids, dates and statuses, never amounts or accounts."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from services.benefits.claims.procedure import ProcedureModel


class PayoutDay(ProcedureModel):
    """A day on which the fund may pay."""

    business_date: date


class PayoutRunAsked(ProcedureModel):
    """The procedure of a day's run; none when the fund does not pay on that day."""

    workflow_id: str | None = None


class CollectInput(ProcedureModel):
    """Which day's run collects what is due, for which procedure."""

    business_date: date
    workflow_id: str


class CollectedRun(ProcedureModel):
    """The run of a day and whether there is something to pay."""

    run_id: UUID
    payouts: int


class BuiltFile(ProcedureModel):
    """The file two people look at; nothing when every payout had to be held back."""

    file_sha256: str | None = None


class ApprovalInput(ProcedureModel):
    """Which run needs two people."""

    run_id: UUID
    today: date
    workflow_id: str


class ApprovalProgress(ProcedureModel):
    """How far the two people are: one of them still has to decide, both approved, or one refused."""

    status: Literal["waiting", "approved", "refused"]


class BankAnswer(ProcedureModel):
    """What the bank did with the file."""

    outcome: Literal["accepted", "unavailable", "refused", "withdrawn"]


class BankReported(ProcedureModel):
    """The bank told what became of payments."""

    run_id: UUID


class RunProgress(ProcedureModel):
    """Whether the bank reported on every payment of a run."""

    settled: bool


class RunTask(ProcedureModel):
    """Work for a person about a run."""

    run_id: UUID
    kind: str
    due_on: date
    today: date | None = None


class PayoutRunEnd(ProcedureModel):
    """How a run ended."""

    outcome: Literal["nothingDue", "refused", "withdrawn", "completed"]
