"""What is known of a case and what comes next: the words of the ladder, without its rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.recovery.clocks.rules.holds import Hold
from services.recovery.ladder.rules.ways_out import Obstacle


class Step(StrEnum):
    """A rung of the ladder; each leaves a row of evidence."""

    REMINDER = "reminder"
    STATEMENT = "statement"
    CONTACT = "personalContact"
    LAST_REMINDER = "lastReminder"
    DEPOSIT = "deposit"
    NOTIFICATION = "notification"
    ROLL = "roll"
    WARRANT = "warrant"
    MANDATE = "mandate"
    SERVICE = "service"
    OPPOSITION_END = "oppositionEnd"


class LetterOutcome(StrEnum):
    """What became of a registered letter."""

    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


class RollStatus(StrEnum):
    """Where a roll stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    #: The debts changed between the approval and the act: what was approved is no longer what is owed.
    SUPERSEDED = "superseded"
    #: No sum may go on a warrant (contested, prescribed, or not listed in the last reminder).
    IMPOSSIBLE = "impossible"


class OppositionJudgment(StrEnum):
    """What the labour tribunal said of an opposition."""

    REJECTED = "rejected"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partlyUpheld"


class OutlookKind(StrEnum):
    """What a case does now."""

    DUE = "due"
    SCHEDULED = "scheduled"
    HELD = "held"
    AWAITING = "awaiting"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class LadderLaw:
    """Legal periods of the ladder, in months (RGS art. 46 and 47bis par. 5)."""

    contest_months: int
    opposition_months: int


@dataclass(frozen=True)
class RegisteredLetter:
    """The latest registered last reminder of a case."""

    attempt: int
    made_on: date
    try_again_on: date | None = None
    failures: int = 0
    deposited_on: date | None = None
    outcome: LetterOutcome | None = None
    notified_on: date | None = None
    resumed: bool = False


@dataclass(frozen=True)
class RollState:
    """The latest roll of a case."""

    attempt: int
    requested_on: date
    status: RollStatus
    resumed: bool = False


@dataclass(frozen=True)
class Mandate:
    """The latest mandate to a bailiff."""

    attempt: int
    try_again_on: date | None = None
    failures: int = 0
    sent_on: date | None = None
    served_on: date | None = None
    failed_on: date | None = None
    resumed: bool = False


@dataclass(frozen=True)
class Opposition:
    """The opposition of the debtor against a served warrant; execution stands still until it is judged."""

    lodged_on: date
    judged_on: date | None = None
    judgment: OppositionJudgment | None = None


@dataclass(frozen=True)
class Picture:
    """What is known of a case: dates of the steps taken and of what others reported.

    Attributes:
        opened_on: first day after the end of the quarter at whose closing the debts were found overdue.
        payable_until: final date for payment that the issued warrant names; the bailiff gets it after that day.
    """

    opened_on: date
    reminder_on: date | None = None
    statement_on: date | None = None
    contact_asked_on: date | None = None
    letter: RegisteredLetter | None = None
    roll: RollState | None = None
    warrant_on: date | None = None
    payable_until: date | None = None
    mandate: Mandate | None = None
    opposition: Opposition | None = None
    opposition_ended_on: date | None = None
    obstacles: tuple[Obstacle, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """The next step of a case, or what it waits for.

    Attributes:
        on: for a step the earliest date; else the date on which the case is looked at again.
        article: the legal ground, or ``policy`` when the fund's own policy sets the date.
        reason: a code for the screen and the evidence; words are the console's.
        task: the kind of task a person gets now; None when nobody has to do anything.
        remaining_days: days still to run on a wait that a hold paused.
    """

    kind: OutlookKind
    step: Step
    attempt: int
    on: date
    article: str
    reason: str
    task: str | None = None
    remaining_days: int | None = None
