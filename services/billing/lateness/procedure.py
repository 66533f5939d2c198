"""What a closing is started with and tells about itself: ids, stages and counts, never amounts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel


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


class ClosingReference(BaseModel):
    """A closing and its quarter."""

    closing_id: UUID
    quarter: str


class ClosingStep(BaseModel):
    """One page of a closing."""

    closing_id: UUID
    ordinal: int


class ClosingOutcome(BaseModel):
    """What became of a page."""

    overdue: int
    surcharges: int


class ClosingStatus(BaseModel):
    """A stage to note; ``business_date`` dates the task when a closing could not do all its work."""

    closing_id: UUID
    status: str
    business_date: date | None = None
