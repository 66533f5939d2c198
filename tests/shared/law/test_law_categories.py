"""What a category means is said of every one, and a new one is treated by every rule as its row says, or refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from shared.law.categories import (
    MEANINGS,
    CategoriesUnexplained,
    Category,
    Meaning,
    Right,
    Ruling,
    categories_where,
    complete,
    meaning_of,
)
from shared.law.parameters import Parameters

ROOT: Final = Path(__file__).resolve().parents[3]
PARAMETERS: Final = Parameters.load()
SAMPLES: Final = ("people.csv", "companies.csv", "incomes.csv", "balance-totals.csv")
#: What the law of 18-07-2025 added to art. 191 is no category: a student who contributes as in a main occupation.
NO_CATEGORY: Final = {"studentAsMain"}


def with_twins(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a new category for each there is, in a process of its own."""
    command = [sys.executable, "-m", "tests.support.twin_categories", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Return what differs between a category and another one with the same row."""
    ended = with_twins("--rows")
    assert ended.returncode == 0, ended.stderr
    answers: dict[str, Any] = json.loads(ended.stdout)
    return answers


def test_every_rule_goes_by_the_row_and_what_the_dated_law_does_not_name_yet_is_for_a_person(
    found: dict[str, Any],
) -> None:
    assert found["differences"] == [
        f"twin:{category} rights droit passerelle, dated list as it is: maybe is not yes"
        for category in ("main", "primoStarter", "spouseMaxi")
    ]


def test_a_new_category_changes_no_row_of_the_samples(found: dict[str, Any]) -> None:
    for name in SAMPLES:
        assert found["samples"][name] == (ROOT / "samples" / name).read_text(encoding="utf-8")


def test_no_program_starts_with_a_category_the_table_does_not_explain() -> None:
    ended = with_twins()
    assert ended.returncode != 0
    assert "CategoriesUnexplained: shared/law/categories.py says nothing of twin:main" in ended.stderr


def test_the_table_has_one_row_for_each_category() -> None:
    with pytest.raises(CategoriesUnexplained, match=r"says nothing of pensioner$"):
        complete({one: meaning for one, meaning in MEANINGS.items() if one is not Category.PENSIONER})
    with pytest.raises(CategoriesUnexplained, match=r"knows no category hobby$"):
        complete({**MEANINGS, "hobby": meaning_of(Category.MAIN)})  # type: ignore[dict-item]


@pytest.mark.parametrize("category", Category)
def test_every_answer_names_its_article(category: Category) -> None:
    rulings = [getattr(meaning_of(category), field.name) for field in fields(Meaning)]
    assert all(isinstance(ruling, Ruling) and "art. " in ruling.article for ruling in rulings)


@pytest.mark.parametrize("category", Category)
def test_the_parameters_of_a_contribution_are_known(category: Category) -> None:
    contribution = meaning_of(category).contribution.value
    for name in (contribution.floor, *contribution.rates):
        assert PARAMETERS.fact(name, on=date(2026, 1, 1)).value is not None


def test_the_dated_list_of_the_droit_passerelle_names_whom_the_table_lets_in() -> None:
    named = "benefits.droitPasserelle.eligibleCategories"
    always = set(categories_where(lambda meaning: meaning.droit_passerelle.value is Right.YES))
    for value in PARAMETERS.by_name[named].values:
        assert isinstance(value.value, tuple)
        assert set(value.value) - NO_CATEGORY == always
