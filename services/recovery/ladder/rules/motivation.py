"""Why a warrant is used: what happened in this case, and nothing that did not (RGS art. 47bis par. 2, 4°).

A roll that states something untrue can be annulled, so each sentence is chosen from the facts of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Motivation(StrEnum):
    """A reason for using the warrant, as the roll states it; the words are the letter's."""

    REMINDED_AND_CONTACTED = "remindedAndContacted"
    REMINDED_CONTACT_SOUGHT = "remindedContactSought"
    REMINDED_WITHOUT_CONTACT = "remindedWithoutContact"
    LAST_REMINDER_NOTIFIED = "lastReminderNotified"
    LAST_REMINDER_DEEMED_NOTIFIED = "lastReminderDeemedNotified"
    NOT_CONTESTED = "notContested"
    CONTESTED_TOO_LATE = "contestedTooLate"
    NO_PLAN_OBTAINED = "noPlanObtained"
    PLAN_ENDED = "planEnded"
    LEAST_COSTLY_TITLE = "leastCostlyTitle"


@dataclass(frozen=True)
class ContactHistory:
    """What was done to speak with the debtor.

    Attributes:
        reached_on: day on which somebody spoke with the debtor.
        excepted_on: day on which a team lead wrote down why that can't be asked.
        sought_on: day of the latest attempt that reached nobody.
        recorded_by: who recorded the contact or the exception; None when there is neither.
    """

    reached_on: date | None = None
    excepted_on: date | None = None
    sought_on: date | None = None
    recorded_by: str | None = None

    @property
    def is_on_record(self) -> bool:
        """Return whether there was a contact, or a justified exception."""
        return self.reached_on is not None or self.excepted_on is not None


@dataclass(frozen=True)
class EndedPlan:
    """Time to pay that was granted and is no longer in force; ``ended_on`` is the first day without it."""

    granted_on: date
    ended_on: date


@dataclass(frozen=True)
class Grounds:
    """The facts of a case on which a warrant rests.

    Attributes:
        deemed_notified: the last reminder came back, and a person decided that it counts as notified.
        contested_late_on: when the debtor contested sums of this warrant, but after the month of RGS art. 46.
        plan: the latest time to pay that was granted, when there was any.
    """

    contact: ContactHistory
    deemed_notified: bool = False
    contested_late_on: date | None = None
    plan: EndedPlan | None = None

    @property
    def contact_on(self) -> date:
        """Return the day of the contact, of the latest attempt, or of the justified exception.

        Raises:
            ValueError: nothing of the kind is on record; no roll may then be drawn up.
        """
        contact = self.contact
        day = contact.reached_on or (contact.sought_on if contact.excepted_on else None) or contact.excepted_on
        if day is None:
            raise ValueError("grounds: neither a contact nor a justified exception is on record")
        return day


def motivation_of(grounds: Grounds) -> tuple[Motivation, ...]:
    """Return the reasons a roll states for this case, in the order in which things happened."""
    contact = grounds.contact
    if contact.reached_on is not None:
        first = Motivation.REMINDED_AND_CONTACTED
    elif contact.sought_on is not None:
        first = Motivation.REMINDED_CONTACT_SOUGHT
    else:
        first = Motivation.REMINDED_WITHOUT_CONTACT
    return (
        first,
        Motivation.LAST_REMINDER_DEEMED_NOTIFIED if grounds.deemed_notified else Motivation.LAST_REMINDER_NOTIFIED,
        Motivation.NOT_CONTESTED if grounds.contested_late_on is None else Motivation.CONTESTED_TOO_LATE,
        Motivation.NO_PLAN_OBTAINED if grounds.plan is None else Motivation.PLAN_ENDED,
        Motivation.LEAST_COSTLY_TITLE,
    )
