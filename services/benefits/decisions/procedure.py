"""What is told of the registered letter of a decision."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from services.benefits.claims.procedure import ProcedureModel


class LetterProgress(ProcedureModel):
    """What the registered letter of a decision needs now; ``on`` is the day until which it waits."""

    next: Literal["write", "deposit", "wait", "done"]
    on: date | None = None


class LetterNews(ProcedureModel):
    """The post or a person told something of the registered letter of a decision."""

    letter_id: UUID
