"""What billing's procedures are started with and tell about themselves: ids, stages and counts, never amounts."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel


class RunProgress(BaseModel):
    """How far a billing run is; numbers only."""

    stage: str = "planning"
    pages: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    billed: int = 0
    parked: int = 0
    letters: int = 0


class BillingRunInput(BaseModel):
    """The one argument of a billing run's workflow; the fields after the quarter say where a long run goes on."""

    run_id: UUID
    quarter: str
    ordinal: int = 0
    cursors: dict[int, str | None] = {}
    progress: RunProgress = RunProgress()


class ClosingProgress(BaseModel):
    """How far a closing is; numbers only."""

    stage: str = "planning"
    pages: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    overdue: int = 0
    surcharges: int = 0


class ClosingInput(BaseModel):
    """The one argument of a closing's workflow; ``ordinal`` says where a long closing goes on."""

    closing_id: UUID
    quarter: str
    ordinal: int = 0
    progress: ClosingProgress = ClosingProgress()


class RegularisationProgress(BaseModel):
    """How far a regularisation run is; numbers only."""

    stage: str = "planning"
    pages: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    issued: int = 0
    parked: int = 0
    letters: int = 0


class RegularisationInput(BaseModel):
    """The one argument of a regularisation run's workflow; the fields after the id say where a long run goes on."""

    run_id: UUID
    ordinal: int = 0
    failed: tuple[int, ...] = ()
    after: UUID | None = None
    progress: RegularisationProgress = RegularisationProgress()


class ContributionRequestInput(BaseModel):
    """The one argument of the procedure of a request to contribute more or less."""

    request_id: UUID


class RequestDecided(BaseModel):
    """A person decided a request; the decision itself is in the books."""

    request_id: UUID


class ContributionRequestEnd(BaseModel):
    """How a request ended."""

    outcome: str
