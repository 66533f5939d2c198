"""What a trial is started with and tells about itself: ids, stages and counts, never amounts."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel


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


class TrialReference(BaseModel):
    """A trial."""

    trial_id: UUID


class TrialStep(BaseModel):
    """One page of a trial."""

    trial_id: UUID
    ordinal: int


class TrialStepDone(BaseModel):
    """How many of a page would be billed and parked."""

    billed: int
    parked: int
