"""The reasons of an amount: read from its own computation, in four languages, and readable again after storage."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.billing.assessment.rules import (
    ExplanationDiffers,
    assess_one,
    explain,
    explanation_document,
    identified_law,
    law_from_document,
    law_json,
    quarter_law,
    stored_row,
)
from services.billing.assessment.rules.explanation import BILLED_AMOUNTS, STORED_INPUTS
from services.billing.assessment.rules.words import CATEGORY_WORDS, SENTENCES
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
QUARTER = Quarter(2026, 1)
LAW = quarter_law(quarter=QUARTER, parameters=PARAMETERS)
CITED: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "explanations.yaml").read_text(encoding="utf-8")
)["cases"]


def _one(category: str, income_cents: int | None, basis: str, **options: Any) -> dict[str, Any]:
    return assess_one(
        category=category,
        income_cents=income_cents,
        income_basis=basis,
        quarter=QUARTER,
        parameters=PARAMETERS,
        fee_rate=Decimal("0.0425"),
        **options,
    )


def test_document_holds_every_step_with_its_law() -> None:
    document = explanation_document(_one("main", 8000000, "n-3", income_quarters=3), law=LAW)
    assert document["annualisedIncomeCents"] == 10666667
    assert document["referenceIncomeCents"] == 11438536  # 106,666.67 x 676.50 / 630.85 = 114,385.36
    assert document["band1IncomeCents"] == document["ceiling1Cents"] == 7502454
    assert document["band2IncomeCents"] == document["ceiling2Cents"] - document["ceiling1Cents"]
    assert (document["rateBand1"], document["rateBand2"], document["feeRate"]) == ("0.205", "0.1416", "0.0425")
    assert "AR38 art. 12 §1" in document["articles"]
    assert "AR38 art. 11 §3" in document["articles"]
    names = {parameter["name"] for parameter in document["parameters"]}
    assert {"contributions.ceiling1", "contributions.rateBand1", "contributions.revaluationDenominator"} <= names
    assert all(parameter["certainty"] and parameter["source"] for parameter in document["parameters"])
    assert document["certainty"] == "inferred", "the denominator of 2026 was inferred"


def test_a_loss_of_the_equivalence_names_the_article_that_then_holds() -> None:
    document = explanation_document(_one("article37", 2500000, "definitive"), law=LAW)
    assert document["adjustment"] == "equivalenceLost"
    assert "AR38 art. 12 §1" in document["articles"]


@pytest.mark.parametrize("case", CITED, ids=lambda case: f"{case['category']}: {case['why']}")
def test_each_step_names_the_article_and_the_numbers_it_applies(case: dict[str, Any]) -> None:
    quarter = Quarter.parse(case.get("quarter", str(QUARTER)))
    law = quarter_law(quarter=quarter, parameters=PARAMETERS)
    flags = ("first_quarter", "political_mandate", "old_age_opt_out")
    row = assess_one(
        category=case["category"],
        income_cents=int(Decimal(case["income"]) * 100) if "income" in case else None,
        income_basis=case.get("basis", "definitive"),
        quarter=quarter,
        parameters=PARAMETERS,
        fee_rate=Decimal("0.0425"),
        **{flag: True for flag in flags if case.get(flag)},
    )
    lines = explain(row, law=law, language="en")
    assert lines[0].article == case["rule"]
    steps = [
        f"{line.article} by {' '.join(name.removeprefix('contributions.') for name in line.parameters)}"
        for line in lines
        if line.parameters
    ]
    assert steps == case["steps"]
    document = explanation_document(row, law=law)
    assert document["articles"][: len(case["rule"].split("; "))] == case["rule"].split("; ")
    cited = [one["name"].removeprefix("contributions.") for one in document["parameters"]]
    ceilings_and_rates = 4
    assert cited[ceilings_and_rates:] == case["measured"]
    certainties = ["official", "published", "inferred", "assumed"]
    least_sure = max((one["certainty"] for one in document["parameters"]), key=certainties.index)
    assert document["certainty"] == least_sure, "the certainty of an amount is that of the numbers it cites"


def test_the_table_of_citations_has_every_category_and_every_choice_within_one() -> None:
    missing = {str(category) for category in Category} - {case["category"] for case in CITED}
    assert missing == set(), "give it a case in cases/explanations.yaml"
    for flag in ("first_quarter", "political_mandate", "old_age_opt_out"):
        assert any(case.get(flag) for case in CITED), flag
    assert {case.get("basis", "definitive") for case in CITED} == {"definitive", "start", "n-3"}


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
@pytest.mark.parametrize(
    ("category", "income_cents", "basis", "options"),
    [
        ("main", 8000000, "n-3", {"income_quarters": 3}),
        ("main", None, "start", {}),
        ("main", 100, "definitive", {}),
        ("primoStarter", None, "start", {"first_quarter": True}),
        ("complementary", 100, "estimated", {}),
        ("student", 1000000, "definitive", {}),
        ("article37", 2500000, "definitive", {}),
        ("spouseMaxi", 2500000, "definitive", {}),
        ("spouseMini", 2500000, "definitive", {}),
        ("pensioner", 2500000, "definitive", {}),
        ("beyondPensionAge", 2500000, "definitive", {}),
        ("beyondPensionAge", 100, "definitive", {"old_age_opt_out": True}),
    ],
)
def test_every_amount_is_explained_in_every_language(
    category: str, income_cents: int | None, basis: str, options: dict[str, Any], language: str
) -> None:
    row = _one(category, income_cents, basis, **options)
    lines = explain(row, law=LAW, language=language)
    assert CATEGORY_WORDS[language][category] in lines[0].text
    assert lines[-1].amount_cents == row["total_cents"]
    assert all(line.article for line in lines)
    assert not any("{" in line.text for line in lines)


def test_steps_in_words() -> None:
    lines = [
        line.text.replace("\u00a0", " ")
        for line in explain(_one("student", 1000000, "definitive"), law=LAW, language="en")
    ]
    assert "Only the part of the income above 8,687.04 EUR counts: 1,312.96 EUR." in lines
    assert "Part of the income at 20.50 %: 1,312.96 EUR." in lines
    # 1,312.96 x 20.5 % = 269.1568, / 4 = 67.2892; fee 4.25 % = 2.8598
    assert "A quarter of the yearly contribution, for 2026Q1: 67.29 EUR." in lines
    assert "Management fee of 4.25 %: 2.86 EUR." in lines
    assert "To pay: 70.15 EUR." in lines


def test_languages_have_the_same_sentences_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for language, sentences in SENTENCES.items():
        assert sentences.keys() == SENTENCES["en"].keys()
        assert set(CATEGORY_WORDS[language]) == {str(category) for category in Category}
        for key, text in sentences.items():
            assert places(text) == places(SENTENCES["en"][key]), f"{language} {key}"


@pytest.mark.parametrize(
    ("category", "income_cents", "basis", "options"),
    [
        ("main", 3000000, "n-3", {}),
        ("main", 8000000, "n-3", {"income_quarters": 3}),
        ("complementary", None, "start", {}),
        ("primoStarter", None, "start", {"first_quarter": True}),
    ],
)
def test_kept_contributions_are_explained_by_what_they_were_assessed_from(
    category: str, income_cents: int | None, basis: str, options: dict[str, Any]
) -> None:
    row = _one(category, income_cents, basis, **options)
    kept = {name: row[name] for name in (*STORED_INPUTS, *BILLED_AMOUNTS) if name != "first_quarter"}
    kept["first_quarter"] = options.get("first_quarter", False)
    again = stored_row(kept, law=law_from_document(json.loads(law_json(LAW))))
    assert explain(again, law=LAW, language="fr") == explain(row, law=LAW, language="fr")
    assert explanation_document(again, law=LAW) == explanation_document(row, law=LAW)
    with pytest.raises(ExplanationDiffers, match="contribution_cents"):
        stored_row({**kept, "contribution_cents": kept["contribution_cents"] + 1}, law=LAW)


def test_a_law_is_kept_whole_and_other_numbers_have_another_id() -> None:
    identity, text = identified_law(LAW)
    assert law_from_document(json.loads(text)) == LAW
    assert identified_law(quarter_law(quarter=QUARTER, parameters=Parameters.load()))[0] == identity
    assert identified_law(replace(LAW, ceiling1_cents=LAW.ceiling1_cents + 1))[0] != identity
    assert identified_law(quarter_law(quarter=Quarter(2025, 4), parameters=PARAMETERS))[0] != identity


def test_an_assumed_starting_amount_is_told() -> None:
    scenario = Parameters.load(assumed=Path(__file__).resolve().parents[3] / "samples" / "scenario.yaml")
    law = quarter_law(quarter=QUARTER, parameters=scenario)
    row = assess_one(
        category="beyondPensionAge",
        income_cents=None,
        income_basis="start",
        quarter=QUARTER,
        parameters=scenario,
        fee_rate=Decimal("0.0425"),
    )
    assert row["certainty"] == "assumed"
    assert row["contribution_cents"] == 89042  # least income of 2026, 17,374.08 x 20.5 % / 4
    parameters = explanation_document(row, law=law)["parameters"]
    assert "contributions.startBaseBeyondPensionAge" in {parameter["name"] for parameter in parameters}
