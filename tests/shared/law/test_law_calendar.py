"""Working days and deadlines against a table counted by hand, and the holiday table against an independent one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.law.calendar import (
    CalendarMissing,
    add_months,
    add_working_days,
    deadline_days,
    deadline_months,
    deadline_working_days,
    deadline_years,
    easter_sunday,
    is_working_day,
    last_day_of_month,
    next_working_day,
    notified_by_post_on,
    period_end_months,
    public_holidays,
)

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "deadlines.yaml").read_text(encoding="utf-8")
)
COVERED_DAYS = st.dates(date(2018, 6, 1), date(2029, 6, 30))


@pytest.mark.parametrize("year", range(2018, 2061))
def test_holiday_table_agrees_with_an_independent_one(year: int) -> None:
    other = frozenset(holidays.country_holidays("BE", years=year))
    assert public_holidays(year) <= other
    assert len(public_holidays(year)) == 10
    assert all(day.weekday() == 6 for day in other - public_holidays(year)), "it also lists Easter and Whit Sunday"


@pytest.mark.parametrize("day", CASES["easter"], ids=str)
def test_easter_falls_where_almanacs_print_it(day: date) -> None:
    assert easter_sunday(day.year) == day


def test_years_nobody_speaks_of_are_refused() -> None:
    for year in (2017, 2200):
        with pytest.raises(CalendarMissing, match=str(year)):
            public_holidays(year)
        with pytest.raises(CalendarMissing, match=str(year)):
            is_working_day(date(year, 6, 1))


@pytest.mark.parametrize("case", CASES["working"], ids=lambda case: str(case["day"]))
def test_working_days(case: dict[str, Any]) -> None:
    assert is_working_day(case["day"]) is case["working"]


@pytest.mark.parametrize("case", CASES["months"], ids=lambda case: f"{case['event']}+{case['months']}")
def test_deadlines_of_months(case: dict[str, Any]) -> None:
    assert deadline_months(case["event"], case["months"]) == case["ends_on"], case["why"]


@pytest.mark.parametrize("case", CASES["days"], ids=lambda case: f"{case['event']}+{case['days']}")
def test_deadlines_of_days(case: dict[str, Any]) -> None:
    assert deadline_days(case["event"], case["days"]) == case["ends_on"], case["why"]


@pytest.mark.parametrize("case", CASES["working_days"], ids=lambda case: f"{case['event']}+{case['days']}")
def test_deadlines_of_working_days(case: dict[str, Any]) -> None:
    assert deadline_working_days(case["event"], case["days"]) == case["ends_on"], case["why"]


@pytest.mark.parametrize("case", CASES["same_day_months"], ids=lambda case: f"{case['day']}+{case['months']}")
def test_same_day_in_another_month(case: dict[str, Any]) -> None:
    assert add_months(case["day"], case["months"]) == case["expected"]


def test_year_deadline_and_month_end() -> None:
    assert deadline_years(date(2025, 12, 31), 1) == date(2026, 12, 31)
    assert last_day_of_month(date(2028, 2, 3)) == date(2028, 2, 29)


def test_letter_counts_as_notified_on_the_third_working_day() -> None:
    assert notified_by_post_on(date(2026, 4, 2)) == date(2026, 4, 8)


@given(COVERED_DAYS, st.integers(-60, 60))
def test_working_day_arithmetic(day: date, count: int) -> None:
    moved = add_working_days(day, count)
    if count:
        assert is_working_day(moved)
        lower, upper = sorted((day, moved))
        between = [lower + timedelta(days=offset) for offset in range((upper - lower).days + 1)]
        counted = [one for one in between if is_working_day(one) and one != day]
        assert len(counted) == abs(count)
    else:
        assert moved == day


@given(COVERED_DAYS, st.integers(1, 12))
def test_a_period_of_months_is_never_shorter_than_its_shortest_month(day: date, months: int) -> None:
    last = period_end_months(day, months)
    assert 28 * months <= (last - day).days <= 31 * months
    assert deadline_months(day, months) == next_working_day(last) >= last
    assert period_end_months(day + timedelta(days=1), months) >= last
