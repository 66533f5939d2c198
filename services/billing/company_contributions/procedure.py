"""What the procedures about companies are started with and tell about themselves: ids and counts, never amounts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel


class CompanyRunProgress(BaseModel):
    """How far a run is; numbers only."""

    stage: str = "billing"
    billed: int = 0
    parked: int = 0
    letters: int = 0


class CompanyRunInput(BaseModel):
    """The one argument of a run's workflow; the fields after the year say where a long run goes on."""

    run_id: UUID
    year: int
    after: UUID | None = None
    progress: CompanyRunProgress = CompanyRunProgress()


class CompanyIncreaseProgress(BaseModel):
    """How far a month is; numbers only."""

    companies: int = 0
    changed: int = 0
    overdue: int = 0


class CompanyIncreaseInput(BaseModel):
    """The one argument of a month's workflow; ``month`` is its first day."""

    month: date
    after: UUID | None = None
    progress: CompanyIncreaseProgress = CompanyIncreaseProgress()


class ScheduledDay(BaseModel):
    """The business day on which something scheduled began."""

    business_date: date


class AskedRuns(BaseModel):
    """The runs that were asked for."""

    run_ids: tuple[UUID, ...] = ()


class AskedMonth(BaseModel):
    """The procedure of a month, None when nobody is late."""

    workflow_id: str | None = None


class CompanyStep(BaseModel):
    """The next companies of a run, after a dossier."""

    run_id: UUID
    after: UUID | None = None


class CompanyStepDone(BaseModel):
    """What became of a batch."""

    billed: int
    parked: int
    next_after: UUID | None


class CompanyLettersStep(BaseModel):
    """The next letters of a run, after a reference, and the day on which they are handed over."""

    run_id: UUID
    after: str | None = None
    today: date | None = None


class CompanyLettersDone(BaseModel):
    """How many letters were made; ``next_after`` is None when none is left."""

    written: int
    next_after: str | None


class CompanyRunStage(BaseModel):
    """A stage to note."""

    run_id: UUID
    status: str


class IncreaseStep(BaseModel):
    """The next late companies of a month, after a dossier."""

    month: date
    after: UUID | None = None


class IncreaseDone(BaseModel):
    """What became of a batch."""

    companies: int
    changed: int
    overdue: int
    next_after: UUID | None
