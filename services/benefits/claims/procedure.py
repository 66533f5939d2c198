"""What procedures are started, signalled and answered with: ids, dates and statuses, never amounts or personal data."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ProcedureModel(BaseModel):
    """A frozen model in the history of a procedure; fields are only ever added, with a default."""

    model_config = ConfigDict(frozen=True)


class Nothing(ProcedureModel):
    """No answer is needed."""


class OnDay(ProcedureModel):
    """Something about one dossier's claim, transmission or run, on a business date."""

    reference: UUID
    today: date


# ------------------------------------------------------------------------------------------------ transmissions
class TransmissionInput(ProcedureModel):
    """Which message has to reach its mutualite."""

    transmission_id: UUID
    attempts: int = 0
    overdue: bool = False


class TransmissionDates(ProcedureModel):
    """The legal clock of a message and where it stands."""

    warn_on: date
    deadline_on: date
    settled: bool


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


# -------------------------------------------------------------------------------------------------------- claims
class ClaimInput(ProcedureModel):
    """Which claim has to be decided."""

    claim_id: UUID


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


class LetterProgress(ProcedureModel):
    """What the registered letter of a decision needs now; ``on`` is the day until which it waits."""

    next: Literal["write", "deposit", "wait", "done"]
    on: date | None = None


class LetterNews(ProcedureModel):
    """The post or a person told something of the registered letter of a decision."""

    letter_id: UUID


class PayoutProgress(ProcedureModel):
    """How far the months of a claim are paid."""

    first_confirmed: bool
    all_confirmed: bool
    next_check_on: date


class ClaimEnd(ProcedureModel):
    """How a claim ended."""

    outcome: Literal["paid", "refused"]


# ------------------------------------------------------------------------------------------------------- payouts
class PayoutDay(ProcedureModel):
    """A day on which the fund may pay."""

    business_date: date


class PayoutRunAsked(ProcedureModel):
    """The procedure of a day's run; none when the fund does not pay on that day."""

    workflow_id: str | None = None


class CollectInput(ProcedureModel):
    """Which day's run collects what is due, for which procedure."""

    business_date: date
    workflow_id: str


class CollectedRun(ProcedureModel):
    """The run of a day and whether there is something to pay."""

    run_id: UUID
    payouts: int


class BuiltFile(ProcedureModel):
    """The file two people look at; nothing when every payout had to be held back."""

    file_sha256: str | None = None


class ApprovalInput(ProcedureModel):
    """Which run needs two people."""

    run_id: UUID
    today: date
    workflow_id: str


class ApprovalProgress(ProcedureModel):
    """How far the two people are: one of them still has to decide, both approved, or one refused."""

    status: Literal["waiting", "approved", "refused"]


class BankAnswer(ProcedureModel):
    """What the bank did with the file."""

    outcome: Literal["accepted", "unavailable", "refused", "withdrawn"]


class BankReported(ProcedureModel):
    """The bank told what became of payments."""

    run_id: UUID


class RunProgress(ProcedureModel):
    """Whether the bank reported on every payment of a run."""

    settled: bool


class RunTask(ProcedureModel):
    """Work for a person about a run."""

    run_id: UUID
    kind: str
    due_on: date
    today: date | None = None


class PayoutRunEnd(ProcedureModel):
    """How a run ended."""

    outcome: Literal["nothingDue", "refused", "withdrawn", "completed"]
