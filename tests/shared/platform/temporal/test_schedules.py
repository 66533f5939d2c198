"""Procedures begin on the days their calendar says, in a played instance exactly as in production."""

from __future__ import annotations

from datetime import date

import pytest

from shared.platform.temporal.quiet import earliest, next_scheduled_date
from shared.platform.temporal.schedules import ScheduledProcedure

BILLING = ScheduledProcedure(
    id="quarterly-billing", workflow="QuarterlyBilling", months=(10, 1, 4, 7), day=5, description="Bills every subject."
)
PAYOUTS = ScheduledProcedure(
    id="payout-run", workflow="PayoutRun", months=tuple(range(1, 13)), day=20, description="Pays benefits."
)


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        (date(2026, 1, 1), date(2026, 1, 4), []),
        (date(2026, 1, 1), date(2026, 1, 5), [date(2026, 1, 5)]),
        (date(2026, 1, 5), date(2026, 1, 31), []),
        (date(2026, 1, 4), date(2026, 4, 5), [date(2026, 1, 5), date(2026, 4, 5)]),
        (date(2025, 12, 31), date(2027, 1, 5), [date(2026, m, 5) for m in (1, 4, 7, 10)] + [date(2027, 1, 5)]),
        (date(2026, 3, 1), date(2026, 2, 1), []),
    ],
)
def test_days_are_after_the_first_and_up_to_the_last(after: date, until: date, days: list[date]) -> None:
    assert BILLING.due_between(after, until) == days


def test_the_next_day_is_always_later() -> None:
    assert BILLING.next_after(date(2026, 1, 5)) == date(2026, 4, 5)
    assert BILLING.next_after(date(2026, 12, 31)) == date(2027, 1, 5)
    assert PAYOUTS.next_after(date(2026, 12, 20)) == date(2027, 1, 20)


def test_a_run_has_one_id_per_day() -> None:
    assert BILLING.workflow_id(date(2026, 1, 5)) == "quarterly-billing-2026-01-05"


def test_the_next_day_of_several_procedures_is_the_earliest() -> None:
    assert next_scheduled_date([BILLING, PAYOUTS], after=date(2026, 1, 5)) == date(2026, 1, 20)
    assert next_scheduled_date([], after=date(2026, 1, 5)) is None
    assert earliest(None, date(2026, 2, 1), date(2026, 1, 1), None) == date(2026, 1, 1)
    assert earliest(None, None) is None


@pytest.mark.parametrize(
    ("months", "day", "complaint"),
    [((1,), 31, "day must be"), ((), 5, "months"), ((13,), 5, "months"), ((1,), 0, "day")],
)
def test_a_day_that_some_month_lacks_is_refused(months: tuple[int, ...], day: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ScheduledProcedure(id="x", workflow="X", months=months, day=day, description="")
