"""The samples: written by their generator, valid, and about nobody."""

from __future__ import annotations

import csv
from datetime import date
from typing import Final

import pytest
from stdnum.be import ssn

from deploy.sandbox import generate_samples
from deploy.sandbox.generate_samples import GROUPS, Group, sample_files
from shared.contracts.vocabulary import Category
from tests.affiliation.harness import SAMPLES

PEOPLE = list(csv.DictReader((SAMPLES / "people.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"))
GOOD = [row for row in PEOPLE if row["reference"].startswith("P")]


@pytest.mark.parametrize("name", ["people.csv", "companies.csv", "incomes.csv", "balance-totals.csv"])
def test_the_committed_file_is_what_the_generator_writes(name: str) -> None:
    assert (SAMPLES / name).read_bytes() == sample_files()[name]


def test_people_who_are_added_later_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sample_files()
    window = (date(2026, 1, 5), date(2026, 3, 1))
    later = Group("spouseMini", 3, (1945, 1955), window, starter=True, joined=1)
    monkeypatch.setattr(generate_samples, "GROUPS", (later, *GROUPS))
    after = sample_files()
    for name in ("people.csv", "incomes.csv"):
        assert after[name].startswith(before[name])
    assert after["people.csv"].count(b";spouseMini;") == 3
    assert after["companies.csv"] == before["companies.csv"]
    # Companies come after the people, so that only their file numbers move.
    moved = [line.split(b";", 1)[1] for line in after["balance-totals.csv"].splitlines()]
    assert moved == [line.split(b";", 1)[1] for line in before["balance-totals.csv"].splitlines()]


#: Categories of which nobody is in the samples, with the reason.
NOT_IN_SAMPLES: Final = {"spouseMini": "extinct: only who was born before 1956 can be in it"}


def test_every_category_has_people_in_the_samples_or_a_reason_why_not() -> None:
    missing = {str(category) for category in Category} - {row["category"] for row in GOOD}
    assert missing == set(NOT_IN_SAMPLES), "add a group with `joined` to generate_samples.py, or say why not here"


def test_every_language_is_there() -> None:
    assert {row["language"] for row in GOOD} == {"fr", "nl", "de"}


def test_nobody_is_real() -> None:
    assert len({row["national_number"] for row in GOOD}) == len(GOOD)
    for row in GOOD:
        assert ssn.get_birth_date(row["national_number"]) == date.fromisoformat(row["birth_date"])
        assert int(row["national_number"][6:9]) >= 900
        assert row["email"] == "" or row["email"].endswith(".example")
        assert row["account_number"] == "" or row["account_number"][4:7] == "999"


def test_everybody_active_in_2023_has_an_income_and_nobody_else() -> None:
    text = (SAMPLES / "incomes.csv").read_text(encoding="utf-8")
    given = [int(row["file_number"]) for row in csv.DictReader(text.splitlines(), delimiter=";")]
    active = [number for number, row in enumerate(GOOD, start=1) if row["starts_on"] <= "2023-12-31"]
    assert given == active
