"""The clocks of the Charter of the socially insured (law of 11-04-1995) on a claim.

Decide within four months of the claim (art. 10), suspended while the applicant brings what was asked; after a reminder
and a month of silence the fund may decide on what it has (art. 11); pay within four months of the notification (art.
12). Belgian law of the droit passerelle gives thirty days to bring back the form (programme law, art. 194 par. 3).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from shared.law.calendar import period_end_months

DECISION_MONTHS: Final = 4
PAYMENT_MONTHS: Final = 4
#: A person is warned this many months before the last day.
WARNING_MONTHS: Final = 1
FORM_DAYS: Final = 30


def decide_before(*, received_on: date, suspended_days: int) -> date:
    """Give the last day for the decision, later by the days the applicant took to answer."""
    return period_end_months(received_on, DECISION_MONTHS) + timedelta(days=suspended_days)


def warn_on(*, received_on: date, suspended_days: int) -> date:
    """Give the day on which a person is told that a decision is due within a month."""
    return period_end_months(received_on, DECISION_MONTHS - WARNING_MONTHS) + timedelta(days=suspended_days)


def form_due_on(*, asked_on: date) -> date:
    """Give the last day to bring back what was asked."""
    return asked_on + timedelta(days=FORM_DAYS)


def silence_ends_on(*, reminded_on: date) -> date:
    """Give the first day on which the fund may decide without the answer: more than a month after the reminder."""
    return period_end_months(reminded_on, 1) + timedelta(days=1)


def pay_before(*, notified_on: date) -> date:
    """Give the last day for the first payment."""
    return period_end_months(notified_on, PAYMENT_MONTHS)
