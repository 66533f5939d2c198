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


class LetterInput(BaseModel):
    """Which letter a procedure hands over."""

    document_id: UUID


class CertificateProgress(BaseModel):
    """How many certificates were made."""

    written: int = 0
