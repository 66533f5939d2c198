"""What a regularisation run is started with and tells about itself: ids and counts, never amounts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel


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


class RegularisationReference(BaseModel):
    """A regularisation run."""

    run_id: UUID


class RegularisationRequested(BaseModel):
    """The run that a schedule asked for; None when nothing was left to regularise."""

    run_id: UUID | None


class RegularisationStep(BaseModel):
    """One page of a run, on a day."""

    run_id: UUID
    ordinal: int
    today: date


class RegularisationOutcome(BaseModel):
    """What became of a page."""

    issued: int
    unchanged: int
    parked: int


class StatementLettersStep(BaseModel):
    """A batch of letters of a run, after a statement."""

    run_id: UUID
    after: UUID | None = None
    today: date | None = None


class StatementLettersOutcome(BaseModel):
    """How many letters were made, and where to go on; ``next_after`` is None when all are done."""

    written: int
    next_after: UUID | None


class RegularisationStatus(BaseModel):
    """A stage to note."""

    run_id: UUID
    status: str
