"""The conditions of the droit passerelle, case by case; expectations are written by hand in cases/*.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.benefits.claims.rules.entitlement import (
    Allowance,
    entitled_months,
    law_on,
    month_amount_cents,
    monthly_amount_name,
)
from services.benefits.claims.rules.facts import AskedOf, Ground, Outcome
from services.benefits.droit_passerelle.rules import (
    RULE_NAMES,
    application_deadline,
    assess,
    fact_allowance,
    has_something_to_grant,
    is_forced_interruption,
    relief_quarters,
)
from tests.benefits.droit_passerelle.facts import CLAIMS, LAW, PARAMETERS, claim_facts

CASES = Path(__file__).parent / "cases"
ALLOWANCES = yaml.safe_load((CASES / "allowance.yaml").read_text(encoding="utf-8"))
MONTHS = yaml.safe_load((CASES / "months.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CLAIMS["cases"], ids=lambda case: case["name"])
def test_claim(case: dict[str, Any]) -> None:
    facts = claim_facts(case.get("change"), case.get("quarters"))
    assessment = assess(facts=facts, law=law_on(parameters=PARAMETERS, fact_on=facts.fact_on))
    assert assessment.verdict == case["verdict"]
    assert [result.rule for result in assessment.failed()] == case.get("against", [])
    missing = assessment.missing()
    assert [one.rule for one in missing if one.asked_of is AskedOf.APPLICANT] == case.get("applicant", [])
    assert [one.rule for one in missing if one.asked_of is AskedOf.STAFF] == case.get("staff", [])
    assert assessment.waits_for_applicant() == bool(case.get("applicant"))


def test_every_rule_answers_and_names_its_article() -> None:
    results = assess(facts=claim_facts(), law=LAW).results
    assert tuple(result.rule for result in results) == RULE_NAMES
    assert all("art." in result.article for result in results)
    assert all(result.asked_of is None for result in results if result.outcome is not Outcome.MAYBE)


def test_last_day_to_apply_is_the_end_of_the_second_quarter_after_the_fact() -> None:
    assert application_deadline(fact_on=date(2026, 1, 1), law=LAW) == date(2026, 9, 30)
    assert application_deadline(fact_on=date(2026, 3, 31), law=LAW) == date(2026, 9, 30)
    assert application_deadline(fact_on=date(2026, 4, 1), law=LAW) == date(2026, 12, 31)


def test_grounds_are_those_of_the_law_and_only_forced_ones_waive_contributions() -> None:
    economic = set(PARAMETERS.words("benefits.droitPasserelle.economicDifficultyGrounds", on=date(2026, 3, 10)))
    assert {ground.value for ground in Ground} == set(LAW.forced_grounds) | economic
    assert is_forced_interruption(ground=Ground.BANKRUPTCY, law=LAW)
    assert not is_forced_interruption(ground=Ground.INTEGRATION_INCOME, law=LAW)


@pytest.mark.parametrize(
    ("received_months", "received_quarters", "pension_quarters", "months", "quarters"), ALLOWANCES["cases"]
)
def test_how_long_one_fact_gives_rights(
    received_months: int, received_quarters: int, pension_quarters: int | None, months: int, quarters: int
) -> None:
    facts = claim_facts(
        {
            "previousMonths": received_months,
            "previousQuarters": received_quarters,
            "pensionQuarters": pension_quarters,
        }
    )
    assert fact_allowance(facts=facts, law=LAW) == Allowance(months=months, quarters=quarters)
    assert len(relief_quarters(facts=facts, law=LAW)) == quarters
    assert has_something_to_grant(facts=facts, law=LAW) == (months > 0 or quarters > 0)


@pytest.mark.parametrize("case", MONTHS["cases"], ids=lambda case: case["name"])
def test_months(case: dict[str, Any]) -> None:
    months = entitled_months(
        fact_on=case["factOn"],
        interruption_ends_before=case.get("endsBefore"),
        granted_months=case.get("grantedMonths", 12),
        law=LAW,
    )
    parts = {one.month: one.parts for one in months}
    if "months" in case:
        assert {one.month: [one.parts, one.full, one.payable_from] for one in months} == case["months"]
    for month, count in {**case.get("first", {}), **case.get("last", {})}.items():
        assert parts[month] == count
    if "first" in case:
        assert list(parts)[: len(case["first"])] == list(case["first"])
    if "last" in case:
        assert list(parts)[-1] == list(case["last"])[-1]
    if "total" in case:
        assert sum(parts.values()) == case["total"]


def test_no_fact_is_ever_worth_more_than_twelve_months() -> None:
    for offset in range(366 * 2):
        fact_on = date.fromordinal(date(2027, 1, 1).toordinal() + offset)
        months = entitled_months(fact_on=fact_on, interruption_ends_before=None, granted_months=12, law=LAW)
        assert 46 <= sum(one.parts for one in months) <= 48, fact_on
        assert [one.month for one in months] == sorted({one.month for one in months}), fact_on


@pytest.mark.parametrize(("parts", "monthly", "other", "paid"), MONTHS["amounts"])
def test_amounts_agree_with_the_published_ones(parts: int, monthly: int, other: int, paid: int) -> None:
    assert month_amount_cents(parts=parts, monthly_cents=monthly, replacement_income_cents=other, law=LAW) == paid


@pytest.mark.parametrize("case", MONTHS["relief"], ids=lambda case: case["name"])
def test_quarters_with_kept_rights(case: dict[str, Any]) -> None:
    facts = claim_facts(
        {
            "factOn": case["factOn"],
            "interruptionEndsBefore": case.get("endsBefore"),
            "previousQuarters": case.get("previousQuarters", 0),
        }
    )
    assert [str(quarter) for quarter in relief_quarters(facts=facts, law=LAW)] == case["quarters"]


def test_the_higher_amount_needs_the_word_of_the_insurer() -> None:
    assert monthly_amount_name(dependant=True, attested=False) == "benefits.droitPasserelle.single"
    assert monthly_amount_name(dependant=True, attested=True) == "benefits.droitPasserelle.dependant"
    assert monthly_amount_name(dependant=False, attested=True) == "benefits.droitPasserelle.single"
