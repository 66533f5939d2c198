"""The first and the last day of what decides on an affiliation: ages, countries, insurers, changes, delays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.affiliation.categories.rules.age import birthday, has_pension_age, may_be_student, pension_age_reached_on
from services.affiliation.categories.rules.changes import cessation_reported_late, check_category_change
from services.affiliation.declarations.rules import insurers
from services.affiliation.declarations.rules.countries import needs_professional_card
from services.affiliation.declarations.rules.insurers import INSURERS, Insurer, insurer_on
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("born_on", "reached_on"),
    [
        ("1949-05-17", "2014-05-17"),
        ("1959-12-31", "2024-12-31"),
        ("1960-01-01", "2026-01-01"),
        ("1963-12-31", "2029-12-31"),
        ("1964-01-01", "2031-01-01"),
        ("1964-02-29", "2031-03-01"),
    ],
)
def test_who_is_born_a_day_later_may_wait_a_year_longer_for_a_pension(born_on: str, reached_on: str) -> None:
    reached = date.fromisoformat(reached_on)
    assert pension_age_reached_on(date.fromisoformat(born_on)) == reached
    assert has_pension_age(date.fromisoformat(born_on), quarter=Quarter.of(reached))
    assert not has_pension_age(date.fromisoformat(born_on), quarter=Quarter.of(reached).previous())


def test_a_birthday_on_the_29th_of_february_is_the_1st_of_march_in_a_short_year() -> None:
    born = date(2008, 2, 29)
    assert [birthday(born, age=age) for age in (18, 20)] == [date(2026, 3, 1), date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("born_on", "quarter", "already", "may"),
    [
        ("2008-07-01", "2026Q2", False, False),
        ("2008-06-30", "2026Q2", False, True),
        ("2001-01-01", "2026Q3", False, True),
        ("2001-12-31", "2026Q4", False, False),
        # From 1 October 2026 who has the status keeps it; a quarter before, nobody did.
        ("2001-01-01", "2026Q4", True, True),
        ("2000-12-31", "2026Q3", True, False),
        ("2000-12-31", "2025Q4", True, False),
    ],
)
def test_who_may_be_a_student(born_on: str, quarter: str, *, already: bool, may: bool) -> None:
    found = may_be_student(
        date.fromisoformat(born_on),
        quarter=Quarter.parse(quarter),
        already_student=already,
        parameters=PARAMETERS,
    )
    assert found is may


@pytest.mark.parametrize(
    ("country", "free_from", "free_before"),
    [
        ("BE", "1994-01-01", None),
        ("NO", "1994-01-01", None),
        ("GB", "1994-01-01", "2021-01-01"),
        ("LI", "1995-05-01", None),
        ("CH", "2002-06-01", None),
        ("PL", "2004-05-01", None),
        ("RO", "2007-01-01", None),
        ("HR", "2013-07-01", None),
    ],
)
def test_a_card_is_needed_until_the_day_of_free_establishment(
    country: str, free_from: str, free_before: str | None
) -> None:
    first = date.fromisoformat(free_from)
    assert needs_professional_card(country, day=first - DAY)
    assert not needs_professional_card(country, day=first)
    if free_before is not None:
        assert not needs_professional_card(country, day=date.fromisoformat(free_before) - DAY)
        assert needs_professional_card(country, day=date.fromisoformat(free_before))


def test_every_insurer_insures_from_the_law_of_1994_on() -> None:
    for insurer in INSURERS:
        assert insurer_on(insurer.number, day=date(1995, 1, 1)) == insurer
        assert insurer_on(insurer.number, day=date(1994, 12, 31)) is None
    assert insurer_on("800", day=date(2026, 1, 1)) is None


def test_after_a_merger_its_number_is_the_successor_s(monkeypatch: pytest.MonkeyPatch) -> None:
    merged_on = date(2027, 1, 1)
    old = Insurer(number="100", name="Old", valid_from=date(1995, 1, 1), valid_before=merged_on)
    new = Insurer(number="100", name="New", valid_from=merged_on)
    monkeypatch.setattr(insurers, "INSURERS", (old, new))
    assert [insurer_on("100", day=day) for day in (merged_on - DAY, merged_on)] == [old, new]
    monkeypatch.setattr(insurers, "INSURERS", (old,))
    assert insurer_on("100", day=merged_on) is None


@pytest.mark.parametrize(
    ("starts_on", "ceased_on", "applies_from", "today", "refused"),
    [
        ("2026-02-10", None, "2026-01-01", "2026-04-01", []),
        ("2026-01-01", None, "2025-10-01", "2026-04-01", ["appliesFrom.beforeStart"]),
        ("2026-02-10", None, "2026-04-02", "2026-04-01", ["appliesFrom.quarter"]),
        ("2026-02-10", None, "2027-04-01", "2026-04-01", []),
        ("2026-02-10", None, "2027-04-01", "2026-03-31", ["appliesFrom.tooFarAhead"]),
        ("2026-02-10", "2026-12-31", "2026-07-01", "2026-04-01", ["affiliation.ceased"]),
    ],
)
def test_a_category_changes_from_a_quarter_of_the_affiliation_at_most_a_year_ahead(
    starts_on: str, ceased_on: str | None, applies_from: str, today: str, refused: list[str]
) -> None:
    found = check_category_change(
        starts_on=date.fromisoformat(starts_on),
        ceased_on=None if ceased_on is None else date.fromisoformat(ceased_on),
        applies_from=date.fromisoformat(applies_from),
        today=date.fromisoformat(today),
    )
    assert [breach.rule for breach in found] == refused


def test_a_cessation_is_told_in_time_on_the_fifteenth_day() -> None:
    ceased = date(2026, 3, 31)
    assert not cessation_reported_late(ceased_on=ceased, reported_on=date(2026, 4, 15), parameters=PARAMETERS)
    assert cessation_reported_late(ceased_on=ceased, reported_on=date(2026, 4, 16), parameters=PARAMETERS)
