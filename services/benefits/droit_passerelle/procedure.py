"""What the procedure of a claim is told and answers: ids, dates and statuses, never amounts or personal data."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from services.benefits.claims.procedure import ProcedureModel


class AssessmentOutcome(ProcedureModel):
    """What the rules said today."""

    assessment_id: UUID
    verdict: Literal["granted", "refused", "incomplete"]
    waits_for_applicant: bool
    warn_on: date
    decide_before: date


class DecideInput(ProcedureModel):
    """Which assessment becomes a decision, taken by whom."""

    claim_id: UUID
    assessment_id: UUID
    today: date
    outcome: Literal["granted", "refused"]
    decided_by: str
    reason: str


class InformationInput(ProcedureModel):
    """What is asked, on the ground of which assessment."""

    claim_id: UUID
    assessment_id: UUID
    today: date


class InformationRequested(ProcedureModel):
    """What was asked of whom; after a reminder, ``silence_on`` is the day from which the fund may decide."""

    number: int
    asked_on: date
    due_on: date
    of_applicant: bool
    silence_on: date | None = None


class LetterInput(ProcedureModel):
    """A request for information or, with ``silence_on``, the reminder of it."""

    claim_id: UUID
    assessment_id: UUID
    today: date
    number: int
    asked_on: date
    due_on: date
    silence_on: date | None = None


class LateLetterInput(ProcedureModel):
    """No decision was taken by its last day; the assessment says what still lacks."""

    claim_id: UUID
    assessment_id: UUID
    today: date
    decide_before: date


class ClaimTask(ProcedureModel):
    """Work for a person about a claim."""

    claim_id: UUID
    kind: str
    due_on: date
    round: int = 0
    today: date | None = None


class InformationReceived(ProcedureModel):
    """Somebody completed a claim."""

    statement: int


class ContributionsMoved(ProcedureModel):
    """A contribution of the applicant was paid or waived: the rules may say something else now."""

    heard_on: date


class PersonDecided(ProcedureModel):
    """A member of staff decided what the rules could not."""

    assessment_id: UUID
    outcome: Literal["granted", "refused"]
    decided_by: str
    reason: str


class DecisionMade(ProcedureModel):
    """What follows from a decision."""

    outcome: Literal["granted", "refused"]
    pay_before: date | None = None
    last_payable_from: date | None = None


class PayoutProgress(ProcedureModel):
    """How far the months of a claim are paid."""

    first_confirmed: bool
    all_confirmed: bool
    next_check_on: date


class ClaimEnd(ProcedureModel):
    """How a claim ended."""

    outcome: Literal["paid", "refused"]
