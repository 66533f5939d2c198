"""What a transmission is started, signalled and answered with: ids, dates and statuses, never personal data."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from services.benefits.claims.procedure import ProcedureModel


class TransmissionInput(ProcedureModel):
    """Which message has to reach its mutualite."""

    transmission_id: UUID
    attempts: int = 0
    overdue: bool = False


class SendOutcome(ProcedureModel):
    """What one attempt gave."""

    outcome: Literal["accepted", "unavailable", "nonsense", "settled"]
    warn_on: date


class ReceiptRecorded(ProcedureModel):
    """The mutualite answered."""

    accepted: bool


class TransmissionResolution(ProcedureModel):
    """A person corrected the message or saw to it in another way."""

    action: Literal["resend", "close"]


class TransmissionEnd(ProcedureModel):
    """How a transmission ended."""

    outcome: Literal["acknowledged", "closed"]
