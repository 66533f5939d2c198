"""The clocks of the Charter on a claim."""

from __future__ import annotations

from datetime import date

from services.benefits.claims.rules import charter
from shared.law.parameters import Parameters

DELAYS = charter.charter_on(parameters=Parameters.load(), day=date(2026, 1, 1))


def test_four_months_to_decide_and_a_warning_one_month_before() -> None:
    received = date(2026, 4, 7)
    assert charter.decide_before(received_on=received, suspended_days=0, law=DELAYS) == date(2026, 8, 7)
    assert charter.warn_on(received_on=received, suspended_days=0, law=DELAYS) == date(2026, 7, 7)
    assert charter.decide_before(received_on=received, suspended_days=12, law=DELAYS) == date(2026, 8, 19)


def test_thirty_days_for_the_form_then_more_than_a_month_after_the_reminder() -> None:
    assert charter.form_due_on(asked_on=date(2026, 4, 7), law=DELAYS) == date(2026, 5, 7)
    assert charter.silence_ends_on(reminded_on=date(2026, 5, 8), law=DELAYS) == date(2026, 6, 9)
    assert charter.silence_ends_on(reminded_on=date(2026, 1, 30), law=DELAYS) == date(2026, 3, 1)


def test_four_months_to_pay_and_three_to_appeal() -> None:
    assert charter.pay_before(notified_on=date(2026, 4, 20), law=DELAYS) == date(2026, 8, 20)
    assert charter.appeal_until(notified_on=date(2026, 4, 20), law=DELAYS) == date(2026, 7, 20)
