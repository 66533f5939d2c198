"""What handing over one letter is started with."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel


class LetterInput(BaseModel):
    """Which letter a procedure hands over."""

    document_id: UUID


class LetterStep(BaseModel):
    """A letter to hand over on a day."""

    document_id: UUID
    today: date


class LetterTaken(BaseModel):
    """Whether somebody carries it now."""

    taken: bool
