"""Primo-starters: who may be one, until when, and what is told in advance; against tables worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.affiliation.categories.rules.categories import (
    CategoryTerms,
    KnownAffiliation,
    ReportedCategory,
    category_in,
    changes_by_law,
    check_terms,
)
from services.affiliation.categories.rules.primo_starter import StarterClaim, check_primo_starter, reduced_until
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

CASES = Path(__file__).parent / "cases"
STARTERS = yaml.safe_load((CASES / "primo_starters.yaml").read_text(encoding="utf-8"))["cases"]
FOLLOWING = yaml.safe_load((CASES / "what_follows.yaml").read_text(encoding="utf-8"))["cases"]
PARAMETERS = Parameters.load()


def known(row: dict[str, Any]) -> KnownAffiliation:
    """Return an earlier affiliation of the table."""
    changes = [(row["from"], row["category"]), *((day, category) for day, category in row.get("then", ()))]
    return KnownAffiliation(
        starts_on=row["from"],
        ceased_on=row.get("to"),
        categories=tuple((day, Category(category)) for day, category in changes),
    )


@pytest.mark.parametrize("case", STARTERS, ids=lambda case: case["name"])
def test_who_is_a_primo_starter_and_until_when(case: dict[str, Any]) -> None:
    starts = Quarter.parse(case["starts"])
    claim = StarterClaim(
        starts=starts,
        artist=case.get("artist", False),
        sickness_quarters=case.get("sickness", 0),
        known=tuple(known(row) for row in case.get("known", ())),
    )
    # The last day of the quarter in which they still must be one: the law of that quarter decides.
    still_in = Quarter.parse(case.get("still_in", case["starts"]))
    found = check_primo_starter(claim, parameters=PARAMETERS, on=still_in.last_day, still_in=still_in)
    assert [breach.rule for breach in found] == ([case["refused"]] if "refused" in case else [])
    if "until" in case:
        assert str(reduced_until(claim, parameters=PARAMETERS, on=still_in.last_day)) == case["until"]


def terms(category: str) -> CategoryTerms:
    """Return a category with nothing besides."""
    return CategoryTerms(category=Category(category))


@pytest.mark.parametrize("case", FOLLOWING, ids=lambda case: case["name"])
def test_what_follows_by_law_is_told_once(case: dict[str, Any]) -> None:
    reported = [
        ReportedCategory(applies_from=row[0], terms=terms(row[1]), reduced_until=row[2] if len(row) > 2 else None)
        for row in case["reported"]
    ]
    told = {day: terms(category) for day, category in case.get("told", ())}
    changes = changes_by_law(reported=reported, told=told)
    assert changes == [(day, terms(category)) for day, category in case["expect"]]
    assert changes_by_law(reported=reported, told={**told, **dict(changes)}) == []


def test_the_latest_affiliation_tells_the_category_of_a_quarter() -> None:
    first = known({"from": date(2024, 1, 1), "to": date(2025, 2, 1), "category": "main"})
    second = known({"from": date(2025, 3, 1), "category": "complementary"})
    found = [category_in((first, second), quarter=Quarter(2025, number)) for number in (1, 2)]
    assert found == [Category.COMPLEMENTARY, Category.COMPLEMENTARY]
    assert category_in((first, second), quarter=Quarter(2024, 4)) is Category.MAIN
    assert category_in((first, second), quarter=Quarter(2023, 4)) is None


@pytest.mark.parametrize(
    ("terms", "rules"),
    [
        (CategoryTerms(category=Category.ARTICLE_37, political_mandate=True), []),
        (CategoryTerms(category=Category.COMPLEMENTARY, political_mandate=True), ["politicalMandate.category"]),
        (CategoryTerms(category=Category.BEYOND_PENSION_AGE, old_age_opt_out=True), []),
        (CategoryTerms(category=Category.PENSIONER, old_age_opt_out=True), ["oldAgeOptOut.category"]),
        (CategoryTerms(category=Category.SPOUSE_MINI, helped_dossier=UUID(int=1)), []),
        (CategoryTerms(category=Category.MAIN, helped_dossier=UUID(int=1)), ["helped.category"]),
    ],
)
def test_what_belongs_to_a_category(terms: CategoryTerms, rules: list[str]) -> None:
    assert [breach.rule for breach in check_terms(terms)] == rules
