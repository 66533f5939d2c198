"""The law data: computed amounts against compiled and published ones, and the refusal to guess."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.law.money import round_half_up
from shared.law.parameter_files import ParameterFileInvalid
from shared.law.parameters import (
    Certainty,
    Parameter,
    ParameterMissing,
    Parameters,
    ParameterUnitError,
    PublishedFigure,
    _load_law,
)

ROOT = Path(__file__).resolve().parents[3]
TABLE: dict[str, dict[int, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "thresholds.yaml").read_text(encoding="utf-8")
)
PARAMETERS = Parameters.load()
COLUMNS = (
    "ceiling1",
    "ceiling2",
    "minimumIncomeMain",
    "minimumIncomePrimoStarter",
    "minimumIncomeSpouseMaxi",
    "thresholdComplementary",
    "thresholdPensioner",
    "limitArticle37",
    "studentLowerIncome",
    "firstQuarterCutPrimoStarter",
)
PUBLISHED = [(parameter, figure) for parameter in PARAMETERS.by_name.values() for figure in parameter.published]


@pytest.mark.parametrize("year", sorted(TABLE["years"]))
def test_computed_amounts_agree_with_the_compiled_table(year: int) -> None:
    for column, expected in zip(COLUMNS, TABLE["years"][year], strict=True):
        name, on = f"contributions.{column}", date(year, 6, 30)
        if expected == "-":
            with pytest.raises(ParameterMissing):
                PARAMETERS.decimal(name, on=on)
        else:
            assert PARAMETERS.decimal(name, on=on) == Decimal(expected), name


@pytest.mark.parametrize("year", sorted(TABLE["withholding"]))
def test_withholding_amounts_agree_with_the_compiled_table(year: int) -> None:
    limit, fine = TABLE["withholding"][year]
    assert PARAMETERS.decimal("affiliation.withholdingDebtLimit", on=date(year, 12, 1)) == Decimal(limit)
    assert PARAMETERS.decimal("affiliation.withholdingFineMax", on=date(year, 12, 1)) == Decimal(fine)


@pytest.mark.parametrize(("parameter", "figure"), PUBLISHED, ids=[f"{p.name}-{f.valid_from}" for p, f in PUBLISHED])
def test_every_published_figure_agrees_with_the_computed_one(parameter: Parameter, figure: PublishedFigure) -> None:
    assert PARAMETERS.decimal(parameter.name, on=figure.valid_from) == figure.value
    assert PARAMETERS.decimal(parameter.name, on=figure.valid_to) == figure.value
    if figure.printed_as is not None:
        assert "prints" in figure.source, "a figure printed otherwise says so"


def test_published_figures_are_there_for_every_year() -> None:
    assert {figure.valid_from.year for _, figure in PUBLISHED} == set(range(2018, 2027))
    assert len(PUBLISHED) >= 25


@pytest.mark.parametrize("year", range(2018, 2027))
def test_student_lower_income_is_half_of_the_least_income_without_rounding_up(year: int) -> None:
    half = PARAMETERS.decimal("contributions.minimumIncomeMain", on=date(year, 1, 1)) / 2
    lower = PARAMETERS.decimal("contributions.studentLowerIncome", on=date(year, 1, 1))
    assert lower == half.quantize(Decimal("0.01"), rounding=ROUND_DOWN)


@pytest.mark.parametrize("year", [2018, 2022, 2023, 2024, 2025, 2026])
def test_revaluation_fraction_gives_the_eight_printed_decimals(year: int) -> None:
    on = date(year, 1, 1)
    numerator = PARAMETERS.decimal("contributions.revaluationNumerator", on=on)
    denominator = PARAMETERS.decimal("contributions.revaluationDenominator", on=on)
    coefficient = PARAMETERS.decimal("contributions.revaluationCoefficient", on=on)
    assert abs(numerator / denominator - coefficient) < Decimal("0.00000001")
    assert numerator == PARAMETERS.decimal("contributions.indexNumerator", on=on)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_company_amounts_follow_from_base_and_index(year: int) -> None:
    on = date(year, 1, 1)
    fraction = PARAMETERS.decimal("company.indexNumerator", on=on) / PARAMETERS.decimal(
        "company.indexDenominator", on=on
    )
    for amount in ("contributionSmall", "contributionLarge", "balanceTotalLimit"):
        computed = (PARAMETERS.decimal(f"company.base.{amount}", on=on) * fraction).quantize(Decimal("0.01"))
        assert computed == PARAMETERS.decimal(f"company.{amount}", on=on), amount


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("contributions.ceiling1", date(2027, 1, 1)),
        ("contributions.ceiling1", date(2017, 12, 31)),
        ("contributions.revaluationDenominator", date(2020, 1, 1)),
        ("benefits.droitPasserelle.single", date(2026, 1, 1)),
        ("recovery.planMonthsLegalMax", date(2026, 1, 1)),
        ("contributions.noSuchParameter", date(2026, 1, 1)),
    ],
)
def test_a_missing_value_is_an_error_that_names_parameter_and_date(name: str, on: date) -> None:
    with pytest.raises(ParameterMissing) as caught:
        PARAMETERS.fact(name, on=on)
    expected = "contributions.indexNumerator" if name.endswith("ceiling1") else name
    assert caught.value.name == expected
    assert expected in str(caught.value)
    assert on.isoformat() in str(caught.value)


def test_known_gaps_say_why() -> None:
    with pytest.raises(ParameterMissing, match="the amounts of 2026 were not found"):
        PARAMETERS.cents("benefits.droitPasserelle.single", on=date(2026, 3, 1))


def test_every_value_has_article_source_certainty_and_review() -> None:
    for parameter in PARAMETERS.by_name.values():
        assert parameter.description, parameter.name
        for value in parameter.values:
            assert value.article, parameter.name
            assert value.source, parameter.name
            assert value.last_review >= date(2026, 11, 22), parameter.name


def test_certainty_of_a_computed_amount() -> None:
    official = PARAMETERS.fact("contributions.thresholdComplementary", on=date(2024, 1, 1))
    published = PARAMETERS.fact("contributions.ceiling1", on=date(2026, 1, 1))
    inferred = PARAMETERS.fact("contributions.limitArticle37", on=date(2026, 1, 1))
    assert (official.certainty, published.certainty, inferred.certainty) == ("official", "published", "inferred")
    assert official.valid_to == date(2024, 12, 31)
    assert official.ends_before == date(2025, 1, 1)
    assert "405.60 x 656.54 / 142.75" in official.source


def test_units_are_respected() -> None:
    on = date(2026, 1, 1)
    assert PARAMETERS.cents("contributions.minimumIncomeMain", on=on) == 1737408
    assert PARAMETERS.integer("recovery.lastReminderMonths", on=on) == 1
    assert PARAMETERS.text("affiliation.deadline", on=on) == "beforeStart"
    assert "debtor" in PARAMETERS.words("recovery.rollMandatoryFields", on=on)
    for read, name in (
        (PARAMETERS.cents, "contributions.rateBand1"),
        (PARAMETERS.integer, "contributions.rateBand1"),
        (PARAMETERS.decimal, "affiliation.deadline"),
        (PARAMETERS.text, "contributions.rateBand1"),
        (PARAMETERS.words, "contributions.rateBand1"),
    ):
        with pytest.raises(ParameterUnitError, match=name):
            read(name, on=on)


def test_scenario_fills_only_what_the_law_leaves_open() -> None:
    scenario = Parameters.load(assumed=ROOT / "samples" / "scenario.yaml")
    fact = scenario.fact("benefits.droitPasserelle.dependant", on=date(2026, 5, 1))
    assert (fact.value, fact.certainty) == (Decimal("2047.18"), Certainty.ASSUMED)
    assert "2025 carried over" in fact.note
    assert scenario.fact("contributions.ceiling1", on=date(2027, 1, 1)).certainty is Certainty.ASSUMED
    assert scenario.decimal("contributions.ceiling1", on=date(2026, 1, 1)) == Decimal("75024.54")
    with pytest.raises(ParameterMissing):
        PARAMETERS.cents("benefits.droitPasserelle.dependant", on=date(2026, 5, 1))


def _file(tmp_path: Path, content: dict[str, Any]) -> Path:
    path = tmp_path / "assumed.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def _assumption(**row: Any) -> dict[str, Any]:
    values = {"value": "1.00", "from": date(2027, 1, 1), "to": date(2027, 12, 31), "note": "because", **row}
    entry = {
        "unit": "EUR",
        "description": "d",
        "article": "a",
        "source": "s",
        "certainty": "assumed",
        "values": [values],
    }
    return {"lastReview": date(2026, 11, 22), "parameters": {"benefits.droitPasserelle.single": entry}}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"from": date(2025, 6, 1)}, "already has a value"),
        ({"certainty": "official"}, "is assumed"),
        ({"note": ""}, "says why"),
        ({"value": 1.5}, "quoted decimal"),
        ({"value": "abc"}, "not a decimal"),
        ({"from": "soon"}, "from is a date"),
        ({"to": date(2026, 1, 1), "from": date(2027, 1, 1)}, "ends before it begins"),
        ({"certainty": "maybe"}, "certainty is one of"),
        ({"surprise": 1}, "unknown key surprise"),
    ],
)
def test_a_wrong_scenario_is_refused_by_name(tmp_path: Path, row: dict[str, Any], fault: str) -> None:
    with pytest.raises(ParameterFileInvalid, match=fault) as caught:
        Parameters.load(assumed=_file(tmp_path, _assumption(**row)))
    assert "benefits.droitPasserelle.single" in str(caught.value)


def test_an_assumption_among_the_law_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.law.parameters.DATA_FOLDER", _file(tmp_path, _assumption()).parent)
    with pytest.raises(ParameterFileInvalid, match=r"benefits\.droitPasserelle\.single: an assumption is no law"):
        _load_law.__wrapped__()


def test_an_assumption_about_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    content = _assumption()
    content["parameters"]["benefits.noSuchThing"] = content["parameters"].pop("benefits.droitPasserelle.single")
    with pytest.raises(ParameterFileInvalid, match="no parameter of the law"):
        Parameters.load(assumed=_file(tmp_path, content))


@pytest.mark.parametrize(
    ("fund", "on", "contribution_cents", "total_cents"),
    [
        ("liantis", date(2025, 1, 1), 871_71, 906_14),  # published by Liantis
        ("ucm", date(2025, 1, 1), 871_71, 907_01),  # UCM
        ("acerta", date(2025, 1, 1), 871_71, 898_30),  # Acerta
        ("securex", date(2025, 10, 1), 871_71, 907_45),  # Securex
        ("groupS", date(2023, 1, 1), 840_97, 873_77),  # Group S
    ],
)
def test_management_fees_give_the_amounts_the_funds_published(
    fund: str, on: date, contribution_cents: int, total_cents: int
) -> None:
    rate = PARAMETERS.decimal(f"managementFees.{fund}", on=on)
    assert contribution_cents + round_half_up(contribution_cents * rate) == total_cents
