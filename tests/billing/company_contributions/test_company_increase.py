"""1 % a calendar month on what a company leaves unpaid (L1992 art. 93), months counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.company_contributions.rules.increase import (
    CompanyDebt,
    CompanyPayment,
    MonthIncrease,
    differences,
    monthly_increases,
)
from shared.law.parameters import Parameters

PARAMETERS = Parameters.load()
DUE = date(2025, 12, 31)


def _increases(payments: list[tuple[str, int]], until: str, *, stopped_on: date | None = None) -> list[tuple[str, int]]:
    debt = CompanyDebt(
        owed_cents=409_30,
        due_on=DUE,
        payments=tuple(CompanyPayment(value_date=date.fromisoformat(day), cents=cents) for day, cents in payments),
        stopped_on=stopped_on,
    )
    found = monthly_increases(debt=debt, until=date.fromisoformat(until), parameters=PARAMETERS)
    return [(f"{increase.month:%Y-%m}", increase.cents) for increase in found]


@pytest.mark.parametrize(
    ("payments", "until", "expected"),
    [
        ([], "2025-12-31", []),
        ([], "2026-01-01", [("2026-01", 409)]),
        ([], "2026-03-31", [("2026-01", 409), ("2026-02", 409), ("2026-03", 409)]),
        # On the last day: in time. On the first day after: the month of payment counts.
        ([("2025-12-31", 409_30)], "2026-03-31", []),
        ([("2026-01-01", 413_39)], "2026-03-31", [("2026-01", 409)]),
        # Half is paid in time: 1 % of 209.30.
        ([("2025-11-15", 200_00)], "2026-02-28", [("2026-01", 209), ("2026-02", 209)]),
        # 409.30 paid in January pay the increase first: 4.09 of principal is left, and 1 % of it is 4 cents.
        ([("2026-01-20", 409_30)], "2026-02-28", [("2026-01", 409), ("2026-02", 4)]),
        # Money of another day does not make a month dearer.
        ([("2026-01-20", 409_30), ("2026-02-03", 4_13)], "2026-04-30", [("2026-01", 409), ("2026-02", 4)]),
    ],
)
def test_each_month_costs_one_percent(payments: list[tuple[str, int]], until: str, expected: list[object]) -> None:
    assert _increases(payments, until) == expected


@pytest.mark.parametrize(
    ("payments", "until", "expected"),
    [
        # 409.30 paid on 10 January: 4.09 of it is the increase, 4.09 of principal is left, 4 cents for February and for
        # March. Returned on 5 March everything is unpaid again from then on: 1 % of 409.30 for April and May.
        (
            [("2026-01-10", 409_30, "2026-03-05")],
            "2026-05-31",
            [("2026-01", 409), ("2026-02", 4), ("2026-03", 4), ("2026-04", 409), ("2026-05", 409)],
        ),
        # Paid in time and returned on 5 January: January began with nothing unpaid.
        ([("2025-12-20", 409_30, "2026-01-05")], "2026-02-28", [("2026-02", 409)]),
        # Matched wrongly and undone from its own day on: as if it had never been.
        ([("2025-12-20", 409_30, "2025-12-20")], "2026-01-31", [("2026-01", 409)]),
        # A return told for before the payment counts on its day.
        ([("2025-12-20", 409_30, "2025-12-19")], "2026-01-31", [("2026-01", 409)]),
        # Of two payments the first goes back: 200.00 of 10 January paid 4.09 and 195.91; 213.39 of 20 January leave
        # nothing but 4.09 - 4.09 = 0 and 0 of principal. From April 195.91 is unpaid, and 4.09 of increases.
        (
            [("2026-01-10", 200_00, "2026-03-05"), ("2026-01-20", 213_39, None)],
            "2026-04-30",
            [("2026-01", 409), ("2026-04", 196)],
        ),
        # Returned on 5 March and paid once more on 12 March, with the three increases: nothing for April.
        (
            [("2026-01-10", 409_30, "2026-03-05"), ("2026-03-12", 413_47, None)],
            "2026-04-30",
            [("2026-01", 409), ("2026-02", 4), ("2026-03", 4)],
        ),
    ],
)
def test_what_goes_back_is_unpaid_again_from_that_day(
    payments: list[tuple[str, int, str | None]], until: str, expected: list[object]
) -> None:
    debt = CompanyDebt(
        owed_cents=409_30,
        due_on=DUE,
        payments=tuple(
            CompanyPayment(
                value_date=date.fromisoformat(day),
                cents=cents,
                returned_on=None if back is None else date.fromisoformat(back),
            )
            for day, cents, back in payments
        ),
    )
    found = monthly_increases(debt=debt, until=date.fromisoformat(until), parameters=PARAMETERS)
    assert [(f"{one.month:%Y-%m}", one.cents) for one in found] == expected


def test_the_month_of_a_warrant_is_the_last() -> None:
    assert _increases([], "2026-06-30", stopped_on=date(2026, 2, 1)) == [("2026-01", 409), ("2026-02", 409)]


def test_a_payment_told_late_takes_back_what_it_should_have_spared() -> None:
    due = monthly_increases(
        debt=CompanyDebt(owed_cents=409_30, due_on=DUE, payments=(CompanyPayment(value_date=DUE, cents=409_30),)),
        until=date(2026, 2, 1),
        parameters=PARAMETERS,
    )
    found = differences(due=due, booked={date(2026, 1, 1): 409})
    assert [(one.month, one.cents) for one in found] == [(date(2026, 1, 1), -409)]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    payments=st.lists(st.tuples(st.integers(-90, 365), st.integers(1, 300_00)), max_size=4),
    owed=st.integers(1, 1_022_38),
)
def test_booking_the_differences_once_is_enough(payments: list[tuple[int, int]], owed: int) -> None:
    debt = CompanyDebt(
        owed_cents=owed,
        due_on=DUE,
        payments=tuple(CompanyPayment(value_date=DUE + timedelta(days=days), cents=cents) for days, cents in payments),
    )
    due = monthly_increases(debt=debt, until=date(2026, 12, 1), parameters=PARAMETERS)
    booked: dict[date, int] = {}
    for one in differences(due=due, booked=booked):
        booked[one.month] = booked.get(one.month, 0) + one.cents
    assert differences(due=due, booked=booked) == []
    assert all(one.base_cents <= owed and one.cents >= 0 for one in due)
    unpaid = monthly_increases(
        debt=CompanyDebt(owed_cents=owed, due_on=DUE, payments=()), until=date(2026, 12, 1), parameters=PARAMETERS
    )
    assert _sum(due) <= _sum(unpaid)


def _sum(increases: list[MonthIncrease]) -> int:
    return sum(one.cents for one in increases)
