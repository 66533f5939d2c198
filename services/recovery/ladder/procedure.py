"""What the procedure of a case, its activities and its signals tell each other: ids, dates and codes, no amounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.recovery.ladder.rules.picture import OutlookKind, Step

#: Name of the workflow of a case.
RECOVERY_CASE: Final = "RecoveryCase"
#: The activity that takes each step; it is of the step's own subject, so that a new step is one folder and one line.
STEP_ACTIVITIES: Final[Mapping[Step, str]] = {
    Step.REMINDER: "send_reminder",
    Step.STATEMENT: "send_statement",
    Step.CONTACT: "ask_contact",
    Step.LAST_REMINDER: "make_last_reminder",
    Step.DEPOSIT: "deposit_letter",
    Step.ROLL: "draw_up_roll",
    Step.WARRANT: "issue_warrant",
    Step.MANDATE: "give_mandate",
    Step.OPPOSITION_END: "end_opposition_period",
}
#: The activity that tells a bailiff to stop once a case is closed.
WITHDRAW_MANDATE: Final = "withdraw_mandate"


def workflow_id_of(case_id: UUID) -> str:
    """Return the id of the procedure of a case."""
    return f"recovery-case:{case_id}"


class Message(BaseModel):
    """A frozen message; fields are only ever added, with a default."""

    model_config = ConfigDict(frozen=True)


class CaseStart(Message):
    """Starts the procedure of a case; also carried from run to run."""

    case_id: UUID
    dossier: UUID
    seen_events: tuple[str, ...] = ()


class CaseEnd(Message):
    """How the procedure of a case ended."""

    case_id: UUID
    outcome: str


class CaseSignal(Message):
    """Something happened to a case; what it was is in the rows, the id only tells one telling from another."""

    event_id: UUID


class LookAtCase(Message):
    """Asks what a case does next on a day."""

    case_id: UUID
    today: date
    debts_changed: bool = False


class CaseOutlook(Message):
    """What a case does next; ``closed`` ends its procedure."""

    kind: OutlookKind | None
    step: Step | None
    attempt: int
    on: date
    closed: bool = False
    outcome: str | None = None
    #: The case is closed, but a bailiff must still be told to stop.
    withdraw: bool = False


class WithdrawMandate(Message):
    """Asks to tell the bailiff that nothing is owed any more."""

    case_id: UUID
    dossier: UUID
    today: date


class TakeStep(Message):
    """Asks for one step of a case on a day."""

    case_id: UUID
    dossier: UUID
    step: Step
    attempt: int
    today: date


class StepResult(StrEnum):
    """What came of a step."""

    TAKEN = "taken"
    #: Nothing of the case is open any more.
    NOTHING_OPEN = "nothingOpen"
    #: It is no longer due: done before, held, or overtaken by what happened meanwhile.
    NOT_DUE = "notDue"
    #: A partner could not be reached; the next date is in the rows.
    POSTPONED = "postponed"


class StepTaken(Message):
    """What came of a step."""

    result: StepResult


TAKEN: Final = StepTaken(result=StepResult.TAKEN)
NOTHING_OPEN: Final = StepTaken(result=StepResult.NOTHING_OPEN)
NOT_DUE: Final = StepTaken(result=StepResult.NOT_DUE)
POSTPONED: Final = StepTaken(result=StepResult.POSTPONED)


class StepFailed(Message):
    """Tells that a step could not be taken for a reason that is no rule of law."""

    case_id: UUID
    dossier: UUID
    step: Step
    today: date
