"""What billing's procedures are started with and tell about themselves: ids, stages and counts, never amounts."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class RunOrder(StrEnum):
    """What a person can order a billing run to do."""

    PAUSE = "pause"
    """No further page begins; the pages under way are finished."""
    RESUME = "resume"
    """A paused run goes on where it was."""
    GO = "go"
    """What waits after the canary, or for the day of the next wave, begins at once."""
    CANCEL = "cancel"
    """No further page begins; who was billed stays billed and gets the notice."""


class RunOrderGiven(BaseModel):
    """The one argument of the signal that hands an order to a run."""

    order: RunOrder


class RunProgress(BaseModel):
    """How far a billing run is; numbers only."""

    stage: str = "planning"
    pages: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    billed: int = 0
    parked: int = 0
    letters: int = 0
    handed_over: int = 0


class BillingRunInput(BaseModel):
    """The one argument of a billing run's workflow; the fields after the quarter say where a long run goes on.

    ``wave_ends`` holds for each wave the ordinal its pages end before; it is empty when everybody is one wave.
    """

    run_id: UUID
    quarter: str
    ordinal: int = 0
    cursors: dict[int, str | None] = {}
    wave_ends: tuple[int, ...] = ()
    has_canary: bool = False
    paused: bool = False
    cancelled: bool = False
    progress: RunProgress = RunProgress()


class TrialProgress(BaseModel):
    """How far a trial is; numbers only."""

    stage: str = "planning"
    pages: int = 0
    pages_done: int = 0
    billed: int = 0
    parked: int = 0


class BillingTrialInput(BaseModel):
    """The one argument of a trial's workflow; ``ordinal`` says where a long trial goes on."""

    trial_id: UUID
    quarter: str
    ordinal: int = 0
    progress: TrialProgress = TrialProgress()


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
