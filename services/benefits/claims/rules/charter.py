"""The clocks of the Charter of the socially insured (law of 11-04-1995) on a claim.

Decide within four months of the claim (art. 10), suspended while the applicant brings what was asked; after a reminder
and a month of silence the fund may decide on what it has (art. 11); pay within four months of the notification (art.
12); three months to appeal (art. 23). The programme law gives thirty days to bring the form back (art. 194 par. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from shared.law.calendar import add_months, period_end_months
from shared.law.parameters import Parameters

#: A person is warned this many months before the last day: long enough for one more exchange of letters.
WARNING_MONTHS: Final = 1


@dataclass(frozen=True, kw_only=True)
class CharterLaw:
    """The delays of the Charter on a day."""

    decision_months: int
    reminder_months: int
    payment_months: int
    appeal_months: int
    form_days: int


def charter_on(*, parameters: Parameters, day: date) -> CharterLaw:
    """Read the delays; raises ``ParameterMissing``."""

    def months(name: str) -> int:
        return parameters.integer(f"benefits.charter.{name}", on=day)

    return CharterLaw(
        decision_months=months("decisionMonths"),
        reminder_months=months("reminderMonths"),
        payment_months=months("paymentMonths"),
        appeal_months=months("appealMonthsMin"),
        form_days=parameters.integer("benefits.droitPasserelle.formReturnDays", on=day),
    )


def decide_before(*, received_on: date, suspended_days: int, law: CharterLaw) -> date:
    """Give the last day for the decision, later by the days the applicant took to answer."""
    return period_end_months(received_on, law.decision_months) + timedelta(days=suspended_days)


def warn_on(*, received_on: date, suspended_days: int, law: CharterLaw) -> date:
    """Give the day on which a person is told that a decision is due within a month."""
    return period_end_months(received_on, law.decision_months - WARNING_MONTHS) + timedelta(days=suspended_days)


def form_due_on(*, asked_on: date, law: CharterLaw) -> date:
    """Give the last day to bring back what was asked."""
    return asked_on + timedelta(days=law.form_days)


def silence_ends_on(*, reminded_on: date, law: CharterLaw) -> date:
    """Give the first day on which the fund may decide without the answer: more than a month after the reminder."""
    return period_end_months(reminded_on, law.reminder_months) + timedelta(days=1)


def pay_before(*, notified_on: date, law: CharterLaw) -> date:
    """Give the last day for the first payment."""
    return period_end_months(notified_on, law.payment_months)


def appeal_until(*, notified_on: date, law: CharterLaw) -> date:
    """Give the last day to appeal against a decision notified on a day."""
    return add_months(notified_on, law.appeal_months)
