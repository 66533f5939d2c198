"""What may happen to an affiliation, against cases worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.affiliation.categories.rules.categories import CategoryTerms, KnownAffiliation
from services.affiliation.categories.rules.changes import (
    cessation_reported_late,
    check_category_change,
    check_cessation,
    check_new_terms,
)
from services.affiliation.categories.rules.primo_starter import StarterClaim
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

CHANGES = yaml.safe_load((Path(__file__).parent / "cases/category_changes.yaml").read_text(encoding="utf-8"))
PARAMETERS = Parameters.load()
DOSSIER = UUID(int=1)


@pytest.mark.parametrize(
    ("ceased_on", "already", "expected"),
    [
        (date(2026, 3, 31), None, []),
        (date(2026, 4, 1), None, []),
        (date(2026, 4, 2), None, ["ceasedOn.future"]),
        (date(2020, 1, 1), None, []),
        (date(2019, 12, 31), None, ["ceasedOn.beforeStart"]),
        (date(2026, 3, 31), date(2026, 1, 31), ["cessation.already"]),
    ],
)
def test_a_cessation_lies_in_the_affiliation_and_in_the_past(
    ceased_on: date, already: date | None, expected: list[str]
) -> None:
    found = check_cessation(
        starts_on=date(2020, 1, 1), already_ceased_on=already, ceased_on=ceased_on, today=date(2026, 4, 1)
    )
    assert [breach.rule for breach in found] == expected


@pytest.mark.parametrize(("reported_on", "late"), [(date(2026, 4, 15), False), (date(2026, 4, 16), True)])
def test_a_cessation_is_told_within_fifteen_days(reported_on: date, late: bool) -> None:
    assert cessation_reported_late(ceased_on=date(2026, 3, 31), reported_on=reported_on, parameters=PARAMETERS) is late


@pytest.mark.parametrize(
    ("applies_from", "expected"),
    [
        (date(2026, 4, 1), []),
        (date(2026, 4, 2), ["appliesFrom.quarter"]),
        (date(2020, 1, 1), []),
        (date(2019, 10, 1), ["appliesFrom.beforeStart"]),
        (date(2027, 4, 1), ["appliesFrom.tooFarAhead"]),
    ],
)
def test_a_category_changes_with_a_quarter(applies_from: date, expected: list[str]) -> None:
    found = check_category_change(
        starts_on=date(2020, 2, 15), ceased_on=None, applies_from=applies_from, today=date(2026, 3, 1)
    )
    assert [breach.rule for breach in found] == expected


def _rules_of(terms: CategoryTerms, *, born: date, applies_from: date, before: Category = Category.MAIN) -> list[str]:
    known = (KnownAffiliation(starts_on=date(2010, 1, 1), ceased_on=None, categories=((date(2010, 1, 1), before),)),)
    found = check_new_terms(
        terms,
        dossier=DOSSIER,
        birth_date=born,
        claim=StarterClaim(starts=Quarter.of(applies_from), known=known),
        applies_from=applies_from,
        parameters=PARAMETERS,
    )
    return [breach.rule for breach in found]


@pytest.mark.parametrize("case", CHANGES["cases"], ids=lambda case: f"{case['to']} {case['born']} {case['from']}")
def test_a_change_of_category_is_held_to_the_day_of_birth(case: dict[str, Any]) -> None:
    terms = CategoryTerms(category=Category(case["to"]))
    before = Category(case.get("before", "main"))
    assert _rules_of(terms, born=case["born"], applies_from=case["from"], before=before) == case["expect"]


@pytest.mark.parametrize("category", [Category.SPOUSE_MINI, Category.SPOUSE_MAXI])
@pytest.mark.parametrize(("helped", "expected"), [(DOSSIER, ["helped.self"]), (UUID(int=2), []), (None, [])])
def test_a_helping_spouse_helps_somebody_else(category: Category, helped: UUID | None, expected: list[str]) -> None:
    terms = CategoryTerms(category=category, helped_dossier=helped)
    assert _rules_of(terms, born=date(1950, 5, 5), applies_from=date(2026, 7, 1)) == expected
