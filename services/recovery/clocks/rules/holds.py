"""Holds: periods during which the ladder stands still, and the counting of days around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

#: The reason of a hold that a claim brings with it.
RIGHT_PENDING: Final = "rightPending"
# see limits: payment-plans-are-holds
#: The reason of a hold because time to pay was granted (RGS art. 46).
PAYMENT_PLAN: Final = "paymentPlan"
#: The letter to who claims says that recovery stands still until the decision. A claim that is still examined on the
#: last day of its hold therefore pauses the case for so many more days, again and again.
HELD_AGAIN_DAYS: Final = 7


@dataclass(frozen=True)
class Hold:
    """A period ``[starts_on, ends_before)`` during which no step may be taken, with its reason."""

    starts_on: date
    ends_before: date
    reason: str

    def covers(self, day: date) -> bool:
        """Return whether the ladder stands still on a day."""
        return self.starts_on <= day < self.ends_before


@dataclass(frozen=True, kw_only=True)
class NewHold:
    """A hold as it is placed, up to and including ``until``; ``claim_id`` names the claim that brought it."""

    hold_id: UUID
    case_id: UUID
    reason: str
    legal_basis: str
    starts_on: date
    until: date
    placed_by: str
    claim_id: UUID | None = None


def hold_in_force(*, day: date, holds: Sequence[Hold]) -> Hold | None:
    """Return the hold of a day that lasts longest, or None when the ladder may move."""
    covering = [hold for hold in holds if hold.covers(day)]
    return max(covering, key=lambda hold: hold.ends_before) if covering else None


def free_from(*, day: date, holds: Sequence[Hold]) -> date:
    """Return the first day, not before ``day``, that no hold covers."""
    while (hold := hold_in_force(day=day, holds=holds)) is not None:
        day = hold.ends_before
    return day


def elapsed_days(*, since: date, until: date, holds: Sequence[Hold]) -> int:
    """Return how many days of ``(since, until]`` counted, leaving out the days of holds."""
    days = (since + timedelta(days=offset) for offset in range(1, (until - since).days + 1))
    return sum(1 for day in days if hold_in_force(day=day, holds=holds) is None)


def count_forward(*, since: date, days: int, holds: Sequence[Hold]) -> date:
    """Return the day on which ``days`` days have passed since a day, not counting the days of holds.

    A hold pauses: the days that were left when it began are still to run when it ends.
    """
    day = since
    remaining = days
    while remaining > 0:
        day += timedelta(days=1)
        if hold_in_force(day=day, holds=holds) is None:
            remaining -= 1
    return free_from(day=day, holds=holds)
