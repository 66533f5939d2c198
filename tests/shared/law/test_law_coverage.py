"""What the law data lacks, as a list and on the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.law.cli import law
from shared.law.coverage import coverage
from shared.law.parameter_files import ParameterFileInvalid
from shared.law.parameters import ParameterMissing, Parameters

PARAMETERS = Parameters.load()
SCENARIO = Path(__file__).resolve().parents[3] / "samples" / "scenario.yaml"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(law, list(arguments), env={"COLUMNS": "160"})


def test_a_value_that_runs_out_is_told_apart_from_one_that_never_was() -> None:
    found = coverage(parameters=PARAMETERS, starts_on=date(2026, 11, 22), ends_on=date(2027, 6, 30))
    ending = {hole.name: hole for hole in found.ending}
    never = {hole.name for hole in found.holes if not hole.had_value_before}
    index = ending["contributions.indexNumerator"]
    assert (index.starts_on, index.ends_on) == (date(2027, 1, 1), date(2027, 6, 30))
    assert ending["contributions.ceiling1"].reason == "follows contributions.indexNumerator"
    assert "recovery.planMonthsLegalMax" in never
    assert "benefits.droitPasserelle.single" in never
    assert "contributions.rateBand1" not in ending.keys() | never


def test_a_hole_between_two_values_is_seen_with_its_reason() -> None:
    found = coverage(parameters=PARAMETERS, starts_on=date(2018, 1, 1), ends_on=date(2026, 12, 31))
    holes = [hole for hole in found.holes if hole.name == "contributions.revaluationDenominator"]
    assert [(hole.starts_on, hole.ends_on) for hole in holes] == [(date(2019, 1, 1), date(2021, 12, 31))]
    assert "2016, 2017 and 2018" in holes[0].reason


def test_every_hole_is_one_on_its_first_and_last_day() -> None:
    found = coverage(parameters=PARAMETERS, starts_on=date(2018, 1, 1), ends_on=date(2027, 12, 31))
    assert found.holes
    for hole in found.holes:
        for day in (hole.starts_on, hole.ends_on):
            with pytest.raises(ParameterMissing):
                PARAMETERS.fact(hole.name, on=day)


def test_a_scenario_closes_holes() -> None:
    scenario = Parameters.load(assumed=SCENARIO)
    found = coverage(parameters=scenario, starts_on=date(2026, 11, 22), ends_on=date(2027, 6, 30))
    assert "contributions.indexNumerator" not in {hole.name for hole in found.holes}
    assert found.certainties["assumed"] == 3


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        coverage(parameters=PARAMETERS, starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 31))
    assert _run("coverage", "--on", "2026-02-01", "--until", "2026-01-31").exit_code == 2


def test_coverage_on_the_command_line() -> None:
    result = _run("coverage", "--on", "2026-11-22", "--json")
    assert result.exit_code == 0
    document = json.loads(result.output)
    assert document["endsOn"] == "2027-11-22"
    assert "contributions.indexNumerator" in {hole["name"] for hole in document["ending"]}
    assert _run("coverage", "--on", "2026-11-22", "--check").exit_code == 1
    assert _run("coverage", "--on", "2026-11-22", "--until", "2026-12-31", "--check").exit_code == 0


def test_show_on_the_command_line() -> None:
    document = json.loads(_run("show", "contributions.ceiling", "--on", "2025-07-01", "--json").output)
    assert [(value["name"], value["value"]) for value in document["values"]] == [
        ("contributions.ceiling1", "73447.52"),
        ("contributions.ceiling2", "108238.40"),
    ]
    shown = _run("show", "recovery.last", "--on", "2025-07-01").output
    assert "RGS art. 46" in shown
    assert "1 months" in shown
    assert "The law on 2025-07-01" in _run("show", "--on", "2025-07-01").output
    assert "Without a value on 2027-01-01" in _run("show", "--on", "2027-01-01").output
    lines = _run("show", "--on", "2025-07-01").output.splitlines()
    assert any("benefits.droitPasserelle.additionalByPensionQuarters" in line for line in lines), "names are not broken"


def test_show_says_why_a_value_is_missing() -> None:
    shown = _run("show", "contributions.revaluationNum", "contributions.ceiling1", "--on", "2020-01-01").output
    assert "contributions.revaluationNumerator  has no value on 2020-01-01: the mean consumer price" in shown
    assert "60427.75" in shown
    document = json.loads(_run("show", "contributions.ceiling1", "--on", "2027-01-01", "--json").output)
    assert document["missing"] == ["contributions.ceiling1"]
    assert document["reasons"] == {"contributions.ceiling1": "it follows contributions.indexNumerator"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nothing.like.it"), "no parameter begins with nothing.like.it"),
        (("show", "--on", "soon"), "not a date such as 2026-01-01"),
    ],
)
def test_wrong_questions_get_clear_words(arguments: tuple[str, ...], words: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_fault_of_the_laws_own_data_is_not_laid_on_the_scenario(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken() -> Parameters:
        raise ParameterFileInvalid(tmp_path / "surcharges.yaml", "surcharges.yearlyRate", "values is a list")

    monkeypatch.setattr("shared.law.parameters._load_law", broken)
    result = _run("show", "surcharges.yearlyRate", "--on", "2026-01-01")
    assert result.exit_code == 1
    assert "the law's own data is wrong: surcharges.yaml: surcharges.yearlyRate: values is a list" in result.output
    assert "--scenario" not in result.output


@pytest.mark.parametrize("option", ["--on", "--until"])
@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_that_can_only_be_a_slip_of_the_pen_is_refused(option: str, day: str) -> None:
    result = _run("coverage", option, day)
    assert (result.exit_code, f"'{option}': '{day}' does not lie in the years 1900 to 2199" in result.output) == (
        2,
        True,
    )


@pytest.mark.parametrize("arguments", [("--on", "1900-01-01"), ("--on", "2199-12-31"), ("--until", "2199-12-31")])
def test_the_first_and_the_last_day_that_are_read(arguments: tuple[str, ...]) -> None:
    assert _run("coverage", *arguments).exit_code == 0


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe\x00binary", "is not UTF-8 text (byte 0)"),
        (b"a: [1\n", "is not YAML (line 2)"),
        (b"lastReview: 2026-01-01\x00", "is not YAML"),
        (b"lastReview: 2026-13-45", "is not YAML"),
        (b"lastReview: 2026-01-01\nparameters: {contributions.ceiling1: {unit: [EUR], values: 5}}", "unit is one of"),
        (b"lastReview: 2026-01-01\nparameters: {contributions.ceiling1: {unit: EUR, values: 5}}", "values is a list"),
    ],
)
def test_a_scenario_that_is_no_text_of_the_law_is_refused_by_name(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    result = _run("show", "--scenario", str(file))
    assert (result.exit_code, "mine.yaml" in result.output, fault in result.output) == (2, True, True), result.output
