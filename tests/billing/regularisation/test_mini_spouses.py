"""Whose income a mini spouse contributes on (RGS art. 11 par. 2), and when nobody's can be taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.billing.dossier_facts.rules.facts import DossierFacts, KnownIncome
from services.billing.forecast.rules.forecast import forecast
from services.billing.forecast.rules.quarters import LineKind
from services.billing.regularisation.rules import NotRegularised, Regularised, regularise
from services.billing.subjects.rules import CategoryOptions
from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter
from tests.billing.regularisation.test_regularisation import LAW, facts_of

HELPED, OTHER = UUID(int=9), UUID(int=8)
BEGAN = date(2015, 1, 1)
#: Told on time to count for 2026 by the third year before, and as the definitive income of 2023.
INCOMES = (
    KnownIncome(year=2023, known_on=date(2025, 6, 1), income_cents=30_000_00),
    KnownIncome(year=2024, known_on=date(2026, 6, 1), income_cents=40_000_00),
)
OWN = (KnownIncome(year=2024, known_on=date(2026, 6, 1), income_cents=60_000_00),)


def _helped(dossier: UUID = HELPED, category: str = "main") -> DossierFacts:
    return replace(facts_of(2024, category=category, incomes=INCOMES), dossier=dossier)


def _spouse(
    links: dict[date, UUID | None], *, later: tuple[tuple[date, Category], ...] = (), helped: str = "main"
) -> DossierFacts:
    facts = facts_of(2024, category="spouseMini", incomes=OWN, later=later)
    return replace(
        facts,
        options={day: CategoryOptions(helped_dossier=link) for day, link in links.items()},
        helped={HELPED: _helped(category=helped), OTHER: _helped(OTHER), facts.dossier: facts},
    )


MAXI_FROM_JULY = ((date(2024, 7, 1), Category.SPOUSE_MAXI),)
OTHER_FROM_JULY = ((date(2024, 7, 1), Category.SPOUSE_MINI),)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (_spouse({}), "helpedUnknown"),
        (_spouse({BEGAN: UUID(int=7)}), "helpedUnknown"),
        (_spouse({BEGAN: HELPED}, helped="spouseMini"), "helpedIsMiniSpouse"),
        (_spouse({BEGAN: UUID(int=1)}), "helpedIsMiniSpouse"),  # their own dossier
        (_spouse({BEGAN: HELPED}, later=MAXI_FROM_JULY), "incomesOfSeveral"),
        (_spouse({BEGAN: HELPED, date(2024, 7, 1): OTHER}, later=OTHER_FROM_JULY), "incomesOfSeveral"),
        (_spouse({BEGAN: HELPED, date(2024, 7, 1): None}, later=OTHER_FROM_JULY), "helpedUnknown"),
    ],
)
def test_a_year_without_one_known_income_says_truthfully_why(facts: DossierFacts, reason: str) -> None:
    (outcome,) = regularise([(facts, 2024)], law=LAW, issued_on=date(2026, 6, 15))
    assert isinstance(outcome, NotRegularised)
    assert outcome.reason == reason
    assert "2024" in outcome.detail


def test_the_same_helped_person_told_again_is_one_person() -> None:
    facts = _spouse({BEGAN: HELPED, date(2024, 7, 1): HELPED}, later=OTHER_FROM_JULY)
    (outcome,) = regularise([(facts, 2024)], law=LAW, issued_on=date(2026, 6, 15))
    assert isinstance(outcome, Regularised)
    # 40,000.00 x 0.79 % / 4 = 79.00, the helped person's income and not the 60,000.00 of the spouse.
    assert [one.contribution_cents for one in outcome.quarters] == [79_00] * 4


@pytest.mark.parametrize(
    ("helped", "expected"),
    [({BEGAN: HELPED}, None), ({BEGAN: UUID(int=1)}, "helpedIsMiniSpouse"), ({}, "helpedUnknown")],
)
def test_nobody_is_billed_as_the_helper_of_a_mini_spouse(helped: dict[date, UUID | None], expected: str | None) -> None:
    known = _spouse(helped).known_subject(Quarter(2026, 1), estimated=True)
    assert known is not None
    assert known.helped == expected
    if expected is None:
        assert (known.income_year, known.income_cents) == (2023, 30_000_00)
    (answer,) = LAW.provisional([(Quarter(2026, 1), known)])
    # 30,000.00 x 1.07236269 = 32,170.88; x 0.79 % / 4 = 63.54.
    assert answer.contribution_cents == (63_54 if expected is None else 0)
    assert (answer.problem is None) is (expected is None)


def test_a_forecast_goes_by_the_income_of_the_helped_person() -> None:
    told = _spouse({BEGAN: HELPED})
    untold = replace(told, incomes=(), helped={HELPED: replace(_helped(), incomes=INCOMES[:1])})
    for facts, expected, income_cents in ((told, {}, 40_000_00), (untold, {2024: 50_000_00}, 50_000_00)):
        lines = forecast(facts, today=date(2026, 6, 15), expected_incomes=expected, law=LAW)
        (line,) = [line for line in lines if line.kind is LineKind.REGULARISATION and line.about == "2024"]
        assert line.income_cents == income_cents
    changed = forecast(
        _spouse({BEGAN: HELPED}, later=MAXI_FROM_JULY), today=date(2026, 6, 15), expected_incomes={}, law=LAW
    )
    (unknown,) = [line for line in changed if line.kind is LineKind.REGULARISATION and line.about == "2024"]
    assert (unknown.amount_cents, unknown.income_cents) == (None, None)
    assert "several" in unknown.note
