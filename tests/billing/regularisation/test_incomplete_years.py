"""Incomplete years as pure rules: cases of cases/incomplete_years.yaml, worked by hand there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.assessment.rules import explain, law_from_document, law_json
from services.billing.dossier_facts.rules.facts import DossierFacts, KnownIncome, QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.reductions.rules.reductions import Finding, RequestKind, examine, provisional_bill, with_estimate
from services.billing.regularisation.rules import Regularised, regularise
from services.billing.subjects.rules import ActivityPeriod
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from tests.billing.regularisation.test_regularisation import cents, facts_of, told

TEXT = Path(__file__).with_name("cases").joinpath("incomplete_years.yaml").read_text("utf-8")
CASES = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - every value stays the text it is
LAW = AssessmentLaw(parameters=Parameters.load(), fee_rate_of=lambda _quarter: Decimal(0))


def activities(texts: list[str], *, goes_on: bool = False) -> tuple[ActivityPeriod, ...]:
    """Read activities written as first and last day; the second is a new beginning unless it goes on."""
    periods = []
    for place, text in enumerate(texts):
        first, last = text.split("/")
        periods.append(
            ActivityPeriod(
                starts_on=date.fromisoformat(first),
                ceased_on=date.fromisoformat(last) if last else None,
                cessation_reason="cessation" if last else None,
                first_activity=not (goes_on and place > 0),
            )
        )
    return tuple(periods)


def billed_as_reduced(facts: DossierFacts) -> DossierFacts:
    """The facts once every quarter of 2025 was billed on the estimate."""
    bill = provisional_bill(facts, year=2025, law=LAW, estimated=True)
    charges = {
        quarter: QuarterCharge(
            quarter=quarter,
            category="main",
            contribution_cents=answer.contribution_cents,
            fee_cents=answer.fee_cents,
            provisional_contribution_cents=answer.contribution_cents,
        )
        for quarter, answer in zip(bill.quarters, bill.answers, strict=True)
    }
    return replace(facts, charges=charges)


@pytest.mark.parametrize("case", CASES["estimates"], ids=lambda case: case["name"])
def test_an_estimate_is_of_the_quarters_it_was_made_for(case: dict[str, Any]) -> None:
    asked = replace(
        facts_of(2025, incomes=(told(2022, "30000.00"),)),
        periods=activities(case.get("known", case["activity"])),
        charges={},
    )
    granted = with_estimate(asked, year=2025, kind=RequestKind.REDUCTION, income_cents=cents(case["estimate"]))
    billed = billed_as_reduced(replace(granted, periods=activities(case["activity"])))
    assert {str(quarter): charge.contribution_cents for quarter, charge in billed.charges.items()} == {
        quarter: cents(euros) for quarter, euros in case["billed"].items()
    }
    known = replace(billed, incomes=(*billed.incomes, told(2025, case["income"])))
    (statement,) = regularise([(known, 2025)], law=LAW, issued_on=date(2027, 6, 23))
    assert isinstance(statement, Regularised)
    assert statement.quarters_subject == len(case["billed"])
    assert statement.definitive_cents - statement.previous_cents == cents(case["supplement"])
    assert statement.spared_cents == cents(case["spared"])
    assert (statement.surcharge_cents == 0) is (statement.spared_cents == 0)


@pytest.mark.parametrize("case", CASES["references"], ids=lambda case: case["name"])
def test_the_income_of_the_third_year_before_is_brought_to_a_whole_year(case: dict[str, Any]) -> None:
    facts = replace(
        facts_of(2026, incomes=(told(2023, case["income"], date(2025, 6, 1)),)),
        periods=activities(case["activity"], goes_on="goes_on" in case),
    )
    quarter = Quarter.parse("2026Q2")
    known = facts.known_subject(quarter, estimated=True)
    assert known is not None
    assert known.reference_quarters == int(case["quarters"])
    (answer,) = LAW.provisional([(quarter, known)])
    assert answer.problem == case.get("problem")
    if "billed" in case:
        assert answer.row["income_quarters"] == int(case["quarters"])
        assert answer.contribution_cents == cents(case["billed"])


@pytest.mark.parametrize(
    ("activity", "later", "euros", "problems"),
    [
        # 8,687.04 x 4 / 2 = 17,374.08, the least income of the main occupation in 2026; a cent less is 17,374.06.
        ("2015-01-01/2026-06-30", {}, "8687.04", []),
        ("2015-01-01/2026-06-30", {}, "8687.03", [Finding.BELOW_MINIMUM]),
        # From the third quarter on in complementary occupation, where any estimate is allowed; the quarters before are
        # billed on the minimum of the main occupation.
        ("2015-01-01/", {date(2026, 7, 1): Category.COMPLEMENTARY}, "3000.00", []),
        ("2015-01-01/", {date(2026, 7, 1): Category.SPOUSE_MAXI}, "7632.44", []),
        ("2015-01-01/", {date(2026, 7, 1): Category.SPOUSE_MAXI}, "7632.43", [Finding.BELOW_MINIMUM]),
    ],
)
def test_the_least_estimate_is_that_of_the_quarters_owed(
    activity: str, later: dict[date, Category], euros: str, problems: list[Finding]
) -> None:
    facts = facts_of(2026, incomes=(told(2023, "30000.00", date(2025, 6, 1)),), later=tuple(later.items()))
    found = examine(
        replace(facts, periods=activities([activity]), charges={}),
        year=2026,
        kind=RequestKind.REDUCTION,
        estimate_cents=cents(euros),
        evidence=["vatReturns"],
        overdue_cents=0,
        law=LAW,
    )
    assert list(found.problems) == problems


@pytest.mark.parametrize("case", CASES["earlier"], ids=lambda case: case["name"])
def test_the_latest_earlier_income_stands_in_revalued_from_its_own_year(case: dict[str, Any]) -> None:
    quarter, year = Quarter.parse(case["quarter"]), int(case["year"])
    late = told(quarter.year - 3, "90000.00", quarter.starts_on.replace(month=1, day=2))
    facts = facts_of(quarter.year, incomes=(told(year, case["income"], date(year + 2, 6, 1)), late))
    known = replace(facts, periods=activities([case.get("starts", "2015-01-01") + "/"])).known_subject(
        quarter, estimated=True
    )
    assert known is not None
    (answer,) = LAW.provisional([(quarter, known)])
    assert answer.problem == case.get("problem")
    if "billed" not in case:
        return
    row = answer.row
    assert (row["income_basis"], row["reference_income_cents"]) == (case["basis"], cents(case["revalued"]))
    assert answer.contribution_cents == cents(case["billed"])
    assert row["certainty"] == "inferred"
    lines = explain(row, law=LAW.of(quarter), language="en")
    assert str(year) in next(line.text for line in lines if line.article == "AR38 art. 11 §3, al. 2")
    (revalued,) = [line for line in lines if line.article == "AR38 art. 11 §3, al. 3"]
    assert revalued.amount_cents == cents(case["revalued"])
    law = LAW.of(quarter)
    assert law_from_document(json.loads(law_json(law))) == law


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.dates(date(2025, 1, 1), date(2025, 12, 31)), min_size=1, max_size=4, unique=True).map(sorted),
    income_cents=st.integers(1_000_000, 12_000_000),
    category=st.sampled_from(["main", "complementary", "spouseMaxi"]),
)
def test_a_right_estimate_never_leaves_a_supplement(days: list[date], income_cents: int, category: str) -> None:
    ends = [*(day.isoformat() for day in days), ""]
    texts = [f"{first}/{last}" for first, last in zip(ends[:-1:2], ends[1::2], strict=False)]
    facts = facts_of(2025, category=category, incomes=(told(2022, "90000.00"),))
    asked = replace(facts, periods=activities(texts), charges={})
    granted = with_estimate(asked, year=2025, kind=RequestKind.REDUCTION, income_cents=income_cents)
    billed = billed_as_reduced(granted)
    definitive = KnownIncome(year=2025, known_on=date(2027, 6, 1), income_cents=income_cents)
    known = replace(billed, incomes=(*billed.incomes, definitive))
    (statement,) = regularise([(known, 2025)], law=LAW, issued_on=date(2027, 6, 23))
    assert isinstance(statement, Regularised)
    assert (statement.difference_cents, statement.spared_cents) == (0, 0)
