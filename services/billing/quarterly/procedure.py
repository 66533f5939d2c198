"""What a billing run is started with and tells about itself: ids, stages and counts, never amounts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from services.billing.subjects.procedure import RunPlan


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


class WavePlan(RunPlan):
    """How a run is cut; ``wave_ends`` holds for each wave the ordinal its pages end before, empty for one wave."""

    wave_ends: tuple[int, ...] = ()
    has_canary: bool = False


class PageStep(BaseModel):
    """One page of a run."""

    run_id: UUID
    ordinal: int


class PageOutcome(BaseModel):
    """What became of a page."""

    billed: int
    parked: int


class RunStatus(BaseModel):
    """A stage to note; ``business_date`` dates the task when a run could not do all its work."""

    run_id: UUID
    status: str
    business_date: date | None = None


class LettersStep(BaseModel):
    """A batch of letters of one partition, after a reference."""

    run_id: UUID
    quarter: str
    partition: int
    after: str | None = None


class LettersOutcome(BaseModel):
    """How many letters were made, and where to go on; ``next_after`` is None when the partition is done."""

    written: int
    next_after: str | None


class Partitions(BaseModel):
    """Partitions that hold notices."""

    partitions: tuple[int, ...]


class RunReference(BaseModel):
    """A run and its quarter."""

    run_id: UUID
    quarter: str
