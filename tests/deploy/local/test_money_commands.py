"""The verbs explain, forecast and advise ask the right thing, show every amount, and refuse with field and rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.local import money_commands
from deploy.local.fund_api import ProblemError

DOSSIER = "01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f"
ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/forecasts/query": {
        "on": "2026-03-20",
        "openCents": 0,
        "creditCents": 1282_24,
        "totalCents": 1145_88,
        "lines": [
            {
                "kind": "contribution",
                "dueOn": "2027-03-31",
                "about": "2027Q1",
                "amountCents": 1145_88,
                "basis": "assumedLaw",
                "article": "RGS art. 42",
                "incomeCents": 20_000_00,
                "lawOf": "2026Q1",
                "note": "",
            },
            {
                "kind": "regularisation",
                "dueOn": "2027-09-30",
                "about": "2025",
                "basis": "unknown",
                "article": "AR38 art. 11 par. 5",
                "note": "give an income",
            },
        ],
    },
    f"/v1/explanations/{DOSSIER}": {
        "quarters": [
            {
                "quarter": "2026Q1",
                "chargedCents": 961_71,
                "openCents": 0,
                "amounts": [
                    {
                        "kind": "reduction",
                        "bookedOn": "2026-03-09",
                        "amountCents": -413_36,
                        "steps": [{"text": "Income of the year as you estimate it", "article": "AR38 art. 11 §3"}],
                    }
                ],
            }
        ]
    },
    "/v1/reductionAdvice/query": {
        "savedCents": 1653_44,
        "statementOn": "2028-06-30",
        "findings": {"legalCents": 5500_28, "askedCents": 3846_84, "problems": ["evidenceMissing", "belowMinimum"]},
        "scenarios": [
            {
                "incomeCents": 40_000_00,
                "definitiveCents": 8548_52,
                "supplementCents": 4701_68,
                "supplementWithoutCents": 3048_24,
                "sparedCents": 1586_04,
                "surchargeCents": 396_50,
            }
        ],
    },
}


ANSWERS_IN_ORDER = (f"/v1/explanations/{DOSSIER}", "/v1/forecasts/query", "/v1/reductionAdvice/query")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, Any]]]:
    """Answer from memory, and note what was asked."""
    questions: list[tuple[str, str, dict[str, Any]]] = []

    async def answer(_instance: str, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        questions.append((method, path, content))
        return ANSWERS[path]

    monkeypatch.setattr(money_commands, "_answer", answer)
    return questions


def run(command: Any, *arguments: str) -> Result:
    """Run a verb on a wide screen."""
    return CliRunner().invoke(command, arguments, env={"COLUMNS": "200"})


def test_a_forecast_shows_amounts_and_says_what_is_not_known(asked: list[tuple[str, str, dict[str, Any]]]) -> None:
    result = run(money_commands.forecast, DOSSIER, "--income", "2025=28000.00", "--income", "2026=36000")
    assert result.exit_code == 0, result.output
    expected = [{"year": 2025, "incomeCents": 28_000_00}, {"year": 2026, "incomeCents": 36_000_00}]
    assert asked == [("POST", "/v1/forecasts/query", {"dossier": DOSSIER, "expectedIncomes": expected})]
    for text in ("1,145.88", "law of 2026Q1", "not known", "give an income", "credit 1,282.24"):
        assert text in result.output


def test_an_explanation_shows_each_step(asked: list[tuple[str, str, dict[str, Any]]]) -> None:
    result = run(money_commands.explain, DOSSIER, "--quarter", "2026Q1", "--language", "fr")
    assert result.exit_code == 0, result.output
    assert asked == [("GET", f"/v1/explanations/{DOSSIER}", {"language": "fr", "quarter": "2026Q1"})]
    for text in ("reduction, 2026-03-09", "-413.36", "as you estimate it", "charged 961.71"):
        assert text in result.output


def test_advice_shows_what_is_saved_risked_and_against_the_law(asked: list[tuple[str, str, dict[str, Any]]]) -> None:
    result = run(money_commands.advise, DOSSIER, "--year", "2026", "--income", "18000.00", "--if", "40000.00")
    assert result.exit_code == 0, result.output
    (question,) = asked
    assert question[2] == {
        "dossier": DOSSIER,
        "year": 2026,
        "estimateCents": 18_000_00,
        "incomesCents": [40_000_00],
    }
    for text in ("1,653.44 less now", "396.50", "4,701.68", "stands against it: belowMinimum."):
        assert text in result.output


@pytest.mark.parametrize("named", ["0000008", "8"])
def test_the_file_number_on_letters_names_a_dossier(
    monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str, dict[str, Any]]], named: str
) -> None:
    async def dossier_of(_instance: str, file_number: int) -> str:
        return {8: DOSSIER}[file_number]

    monkeypatch.setattr(money_commands, "dossier_of", dossier_of)
    assert run(money_commands.explain, named).exit_code == 0
    assert run(money_commands.forecast, named).exit_code == 0
    assert run(money_commands.advise, named, "--year", "2026", "--income", "18000.00").exit_code == 0
    assert [path for _, path, _ in asked] == list(ANSWERS_IN_ORDER)
    assert [content.get("dossier", DOSSIER) for _, _, content in asked] == [DOSSIER] * 3


def test_programs_get_json(asked: list[tuple[str, str, dict[str, Any]]]) -> None:
    result = run(money_commands.forecast, DOSSIER, "--json")
    assert json.loads(result.output) == ANSWERS["/v1/forecasts/query"]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (money_commands.forecast, ["nobody"], "is neither a file number nor the UUID of a dossier"),
        (money_commands.forecast, [DOSSIER, "--income", "2026"], "is not a year and an income"),
        (money_commands.forecast, [DOSSIER, "--income", "2026=1,5"], "is not an amount in euros"),
        (money_commands.advise, [DOSSIER, "--year", "2021", "--income", "1"], "2022<=x<=2100"),
        (money_commands.advise, [DOSSIER, "--income", "1"], "--year"),
    ],
)
def test_a_wrong_word_is_refused_with_its_field(command: Any, arguments: list[str], said: str) -> None:
    result = run(command, *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_what_billing_refuses_ends_with_field_and_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_instance: str, _method: str, path: str, _content: dict[str, Any]) -> dict[str, Any]:
        problem = {"detail": "The input is not valid.", "issues": [{"name": "year", "detail": "no law of 2030"}]}
        raise ProblemError(service="billing", path=path, status=400, problem=problem)

    monkeypatch.setattr(money_commands, "_answer", refuse)
    result = run(money_commands.explain, DOSSIER)
    assert result.exit_code == 2
    assert "year: no law of 2030" in result.output
