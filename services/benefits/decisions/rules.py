"""What a decision's registered letter needs next (programme law of 26-12-2022, art. 195).

A decision is notified by registered letter. The post may be closed, lose the letter, bring it back or say nothing: it
is tried again on the next working day, sent again, or becomes work for a person. The delays of the Charter run from the
day of the decision, the one day that is never late for the insured; the letter is the proof of its notification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

#: A letter the post keeps losing is sent by itself so many times in all; then a person finds another way.
ATTEMPTS_BY_ITSELF: Final = 3
#: Days on which the post was away before a person is told.
FAILURES_BEFORE_TASK: Final = 3
#: How a letter ended when its decision has reached its addressee.
ARRIVED: Final = ("delivered", "deemedNotified")


class LetterNext(StrEnum):
    """What happens now."""

    WRITE = "write"
    DEPOSIT = "deposit"
    SEND_AGAIN = "sendAgain"
    WAIT = "wait"
    DONE = "done"


class LetterTask(StrEnum):
    """What a person is asked about a letter."""

    LOST = "registeredLetterLost"
    RETURNED = "registeredLetterReturned"
    SILENT = "registeredLetterSilent"
    UNREACHABLE = "postUnreachable"


@dataclass(frozen=True, kw_only=True)
class LetterStanding:
    """Where the latest letter of a decision stands; ``outcome`` and ``settled_as`` are those of its row."""

    attempt: int
    failures: int = 0
    try_again_on: date | None = None
    deposited_on: date | None = None
    outcome: str | None = None
    settled_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class LetterPatience:
    """How long the fund waits, in calendar days: for news of the post, and between two looks at what a person has."""

    silent_days: int
    review_days: int


@dataclass(frozen=True, kw_only=True)
class LetterOutlook:
    """What is next, on which day when it waits, and which task a person has meanwhile."""

    next: LetterNext
    on: date | None = None
    task: LetterTask | None = None


def outlook_of_letter(*, letter: LetterStanding | None, today: date, patience: LetterPatience) -> LetterOutlook:
    """Say what a decision's letter needs today; a wait always ends on a later day.

    Args:
        letter: the latest letter of the decision, None before it was written.
        today: the business date.
        patience: the fund's policy.
    """
    if letter is None:
        return LetterOutlook(next=LetterNext.WRITE)
    if letter.settled_as is not None:
        # Whoever sends a letter again that came back has it written again: the address may be another by now.
        again = letter.settled_as == "sentAgain"
        return LetterOutlook(next=LetterNext.WRITE if again else LetterNext.DONE)
    if letter.deposited_on is None:
        return _before_deposit(letter, today)
    if letter.outcome == "lost":
        by_itself = letter.attempt < ATTEMPTS_BY_ITSELF
        return LetterOutlook(
            next=LetterNext.SEND_AGAIN if by_itself else LetterNext.WAIT,
            on=None if by_itself else _review(today, patience),
            task=LetterTask.LOST,
        )
    if letter.outcome == "returned":
        return LetterOutlook(next=LetterNext.WAIT, on=_review(today, patience), task=LetterTask.RETURNED)
    silent_on = letter.deposited_on + timedelta(days=patience.silent_days)
    if today < silent_on:
        return LetterOutlook(next=LetterNext.WAIT, on=silent_on)
    return LetterOutlook(next=LetterNext.WAIT, on=_review(today, patience), task=LetterTask.SILENT)


def _before_deposit(letter: LetterStanding, today: date) -> LetterOutlook:
    task = LetterTask.UNREACHABLE if letter.failures >= FAILURES_BEFORE_TASK else None
    if letter.try_again_on is not None and today < letter.try_again_on:
        return LetterOutlook(next=LetterNext.WAIT, on=letter.try_again_on, task=task)
    return LetterOutlook(next=LetterNext.DEPOSIT, task=task)


def _review(today: date, patience: LetterPatience) -> date:
    return today + timedelta(days=max(1, patience.review_days))
