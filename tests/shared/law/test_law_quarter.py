"""Quarters against a table worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.law.quarter import (
    InvalidQuarter,
    Quarter,
    format_quarter,
    format_quarter_count,
    quarters_between,
    quarters_of_year,
)

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "quarters.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["quarters"], ids=lambda case: case["text"])
def test_quarter_knows_its_days_and_neighbours(case: dict[str, Any]) -> None:
    quarter = Quarter.parse(case["text"])
    assert str(quarter) == case["text"]
    assert quarter.starts_on == case["starts_on"]
    assert quarter.ends_before == case["ends_before"]
    assert quarter.last_day == case["last_day"]
    assert str(quarter.next()) == case["next"]
    assert str(quarter.previous()) == case["previous"]


@pytest.mark.parametrize("case", CASES["days"], ids=lambda case: str(case["day"]))
def test_day_lies_in_one_quarter(case: dict[str, Any]) -> None:
    assert str(Quarter.of(case["day"])) == case["quarter"]


@pytest.mark.parametrize("text", CASES["not_a_quarter"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidQuarter):
        Quarter.parse(text)


def test_quarters_between_include_both_ends() -> None:
    listed = quarters_between(Quarter(2025, 3), Quarter(2026, 1))
    assert [str(quarter) for quarter in listed] == ["2025Q3", "2025Q4", "2026Q1"]
    assert quarters_between(Quarter(2026, 1), Quarter(2025, 4)) == []
    assert quarters_between(Quarter(2026, 1), Quarter(2026, 4)) == quarters_of_year(2026)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-400, 400))
def test_arithmetic_is_consistent(day: date, count: int) -> None:
    quarter = Quarter.of(day)
    assert quarter.contains(day)
    assert quarter.starts_on <= day <= quarter.last_day
    assert quarter.next(count).previous(count) == quarter
    assert Quarter.of(quarter.ends_before) == quarter.next()
    assert Quarter.of(quarter.starts_on - timedelta(days=1)) == quarter.previous()
    assert quarter.next(count).index - quarter.index == count
    assert Quarter.parse(str(quarter)) == quarter
    assert quarter < quarter.next()


@pytest.mark.parametrize(
    ("language", "first", "third", "one", "three"),
    [
        ("fr", "1er trimestre 2026", "3e trimestre 2026", "1 trimestre", "3 trimestres"),
        ("nl", "1e kwartaal van 2026", "3e kwartaal van 2026", "1 kwartaal", "3 kwartalen"),
        ("de", "1. Quartal 2026", "3. Quartal 2026", "1 Quartal", "3 Quartale"),
        ("en", "2026Q1", "2026Q3", "1 quarter", "3 quarters"),
    ],
)
def test_a_quarter_is_written_for_its_reader(language: str, first: str, third: str, one: str, three: str) -> None:
    assert (format_quarter(Quarter(2026, 1), language), format_quarter(Quarter(2026, 3), language)) == (first, third)
    assert (format_quarter_count(1, language), format_quarter_count(3, language)) == (one, three)
