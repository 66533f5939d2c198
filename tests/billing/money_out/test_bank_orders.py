"""When somebody may be debited, and under which mandate."""

from __future__ import annotations

from datetime import date

import pytest

from services.billing.money_out.rules import (
    CollectionTooEarly,
    collection_day,
    last_quarter_collected,
    mandate_usable,
    planned_collection_day,
)


@pytest.mark.parametrize(
    ("today", "wanted", "day"),
    [
        ("2026-03-12", None, "2026-03-26"),  # a Thursday, fourteen days later
        ("2026-03-14", None, "2026-03-30"),  # a Saturday: the next working day
        ("2026-03-12", "2026-03-31", "2026-03-31"),
        ("2026-03-12", "2026-03-26", "2026-03-26"),
    ],
)
def test_everybody_is_told_fourteen_days_before(today: str, wanted: str | None, day: str) -> None:
    found = collection_day(
        wanted=None if wanted is None else date.fromisoformat(wanted), today=date.fromisoformat(today)
    )
    assert str(found) == day


@pytest.mark.parametrize("wanted", [date(2026, 3, 25), date(2026, 3, 28), date(2026, 4, 6)])
def test_another_day_is_refused(wanted: date) -> None:
    with pytest.raises(CollectionTooEarly, match="2026-03-26"):
        collection_day(wanted=wanted, today=date(2026, 3, 12))


@pytest.mark.parametrize(
    ("today", "day"),
    [
        ("2026-03-12", "2026-03-31"),
        ("2026-02-12", "2026-02-27"),  # the 28th is a Saturday
        ("2026-02-16", "2026-03-02"),  # eleven days are too few to tell everybody
        ("2024-03-12", "2024-03-28"),  # the 31st is Easter, the 29th Good Friday
        ("2027-12-13", "2027-12-31"),
    ],
)
def test_a_scheduled_file_collects_on_the_last_bank_day_of_the_month(today: str, day: str) -> None:
    assert str(planned_collection_day(today=date.fromisoformat(today))) == day


@pytest.mark.parametrize(
    ("on", "quarter"),
    [
        ("2026-03-30", "2025Q4"),
        ("2026-03-31", "2026Q1"),
        ("2026-04-30", "2026Q1"),
        ("2024-03-27", "2023Q4"),
        ("2024-03-28", "2024Q1"),  # nobody can be debited on the three days that are left
    ],
)
def test_a_quarter_is_collected_from_its_last_bank_day_on(on: str, quarter: str) -> None:
    assert str(last_quarter_collected(on=date.fromisoformat(on))) == quarter


@pytest.mark.parametrize(
    ("signed_on", "last", "on", "usable"),
    [
        ("2026-01-15", None, "2026-01-14", False),
        ("2026-01-15", None, "2029-01-15", True),
        ("2026-01-15", None, "2029-01-16", False),
        ("2020-01-15", "2026-03-31", "2029-03-31", True),
        ("2020-01-15", "2026-03-31", "2029-04-01", False),
    ],
)
def test_a_mandate_sleeps_in_after_36_months(signed_on: str, last: str | None, on: str, usable: bool) -> None:
    assert usable is mandate_usable(
        signed_on=date.fromisoformat(signed_on),
        last_collected_on=None if last is None else date.fromisoformat(last),
        on=date.fromisoformat(on),
    )
