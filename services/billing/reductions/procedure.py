"""What the procedure of a request is started with and told: ids only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, Field

#: More than any income, less than what could overflow.
_CENTS_MAX: Final = 10**11
#: An income somebody expects or asks about.
Cents = Annotated[int, Field(strict=True, ge=-_CENTS_MAX, le=_CENTS_MAX, description="Integer euro cents.")]


class ContributionRequestInput(BaseModel):
    """The one argument of the procedure of a request to contribute more or less."""

    request_id: UUID


class RequestDecided(BaseModel):
    """A person decided a request; the decision itself is in the books."""

    request_id: UUID


class ContributionRequestEnd(BaseModel):
    """How a request ended."""

    outcome: str


class RequestStep(BaseModel):
    """A request, on a day."""

    request_id: UUID
    today: date


class RequestStage(BaseModel):
    """How a request stands; an outcome that is empty waits for a person."""

    outcome: str = ""


class Nothing(BaseModel):
    """Nothing to tell."""
