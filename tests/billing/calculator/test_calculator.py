"""The calculator's verbs: right amounts in cents, reasons for people, and clear words for wrong questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.billing.calculator.__main__ import calculator


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(calculator, list(arguments), env={"COLUMNS": "200"})


def _json(*arguments: str) -> dict[str, Any]:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.output)
    return document


@pytest.mark.parametrize(
    ("arguments", "annual", "quarter", "fee", "total"),
    [
        # 30,000.00 x 20.5 % = 6,150.00; / 4 = 1,537.50; x 3.95 % = 60.73
        (
            ("--category", "main", "--year", "2025", "--income", "30000.00", "--fee-rate", "3.95"),
            615000,
            153750,
            6073,
            159823,
        ),
        # published by UCM for 2025: 100.35
        (("--category", "complementary", "--year", "2025", "--start", "--fee-rate", "4.05"), 38576, 9644, 391, 10035),
        # published by Securex: 907.45 from the fourth quarter of 2025
        (
            (
                "--category",
                "beyond-pension-age",
                "--year",
                "2025",
                "--quarter",
                "4",
                "--income",
                "0",
                "--fee-rate",
                "4.10",
            ),
            348682,
            87171,
            3574,
            90745,
        ),
        # 2022: 387.947 less the cut of 100.00; the cut began in the second quarter
        (("--category", "primo-starter", "--year", "2022", "--start", "--first-quarter"), 155179, 28795, 0, 28795),
        # opting out began in the fourth quarter of 2025: 10,000.00 x 20.5 % = 2,050.00; / 4 = 512.50
        (
            ("--category", "beyond-pension-age", "--year", "2025", "--income", "10000", "--opt-out"),
            205000,
            51250,
            0,
            51250,
        ),
        # a loss: least income of 2026, 17,374.08 x 20.5 % / 4
        (("--category", "main", "--year", "2026", "--income", "-250.50"), 356169, 89042, 0, 89042),
        # 15,000 over three quarters counts as 20,000: x 20.5 % / 4
        (
            ("--category", "main", "--year", "2025", "--income", "15000", "--quarters-subject", "3"),
            410000,
            102500,
            0,
            102500,
        ),
    ],
)
def test_one_contribution(arguments: tuple[str, ...], annual: int, quarter: int, fee: int, total: int) -> None:
    document = _json("assess", *arguments)
    assert document["annualContributionCents"] == annual
    assert document["quarterContributionCents"] == quarter
    assert document["managementFeeCents"] == fee
    assert document["totalCents"] == total
    assert document["explanation"]["parameters"]


def test_the_reasons_are_printed_for_people() -> None:
    result = _run("assess", "--category", "student", "--year", "2026", "--income", "5000", "--language", "fr")
    assert result.exit_code == 0
    assert "étudiant indépendant" in result.output
    assert "aucune cotisation n'est due" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--category", "main", "--year", "2027", "--income", "1"), 1, "indexNumerator has no value on 2027-01-01"),
        (("--category", "main", "--year", "2020", "--income", "1", "--basis", "n-3"), 1, "were not found"),
        (("--category", "main", "--year", "2025", "--quarter", "7", "--income", "1"), 2, "number from 1 to 4"),
        (("--category", "main", "--year", "2025", "--quarter", "2024Q1", "--income", "1"), 2, "does not lie in 2025"),
        (("--category", "main", "--year", "99999", "--income", "1"), 2, "--year"),
        (("--category", "main", "--year", "2025", "--income", "10000000000.01"), 1, "not plausible"),
        (("--category", "main", "--year", "2025", "--income", "30000,00"), 2, "not an amount in euros"),
        (("--category", "main", "--year", "2025", "--income", "1", "--quarters-subject", "5"), 2, "--quarters-subject"),
        (("--category", "main", "--year", "2025"), 2, "give --income, or --start"),
        (("--category", "main", "--year", "2025", "--income", "1", "--start"), 2, "give --income, or --start"),
        (("--category", "main", "--income", "1"), 2, "--year is needed"),
        (("--category", "knight", "--year", "2025", "--start"), 2, "knight"),
        (
            ("--category", "beyond-pension-age", "--year", "2025", "--quarter", "3", "--income", "1", "--opt-out"),
            2,
            "nothing to opt out of",
        ),
        (
            ("--category", "beyond-pension-age", "--year", "2024", "--income", "1", "--opt-out"),
            2,
            "nothing to opt out of",
        ),
        (("--category", "main", "--year", "2025", "--income", "1.234"), 2, "not an amount in euros"),
        (("--category", "main", "--year", "2025", "--income", "1e5"), 2, "not an amount in euros"),
        (("--category", "main", "--year", "2025", "--start", "--fee-rate", "395"), 2, "not a rate in percent"),
    ],
)
def test_wrong_questions_get_clear_words(arguments: tuple[str, ...], code: int, words: str) -> None:
    result = _run("assess", *arguments)
    assert result.exit_code == code
    assert words in result.output


@pytest.mark.parametrize(
    ("arguments", "option", "words"),
    [
        (("--category", "main", "--income", "1", "--first-quarter"), "--first-quarter", "--category primo-starter"),
        (("--category", "main", "--start", "--political-mandate"), "--political-mandate", "--category article-37"),
        (("--category", "pensioner", "--start", "--opt-out"), "--opt-out", "--category beyond-pension-age"),
        (("--category", "main", "--start", "--basis", "n-3"), "--basis", "leave --basis out"),
        (("--category", "main", "--start", "--basis", "definitive"), "--basis", "leave --basis out"),
    ],
)
def test_an_option_that_says_nothing_about_the_question_is_refused(
    arguments: tuple[str, ...], option: str, words: str
) -> None:
    result = _run("assess", "--year", "2025", *arguments, "--json")
    assert result.exit_code == 2
    assert f"'{option}'" in result.output
    assert words in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "annual", "due"),
    [
        # 20,000 x 20.5 % = 4,100.00 for a whole year; three quarters of 1,025.00
        (("--category", "main", "--income", "15000", "--quarters-subject", "3"), 410000, 307500),
        # 17,008.88 x 20.5 % = 3,486.82 a year, / 4 = 871.71 a quarter: four of them are 3,486.84
        (("--category", "main", "--start"), 348682, 348684),
        (("--category", "main", "--start", "--quarters-subject", "1"), 348682, 87171),
        # 8,783.48 x 20.5 % / 4 = 450.15, three of them less the cut of 25.01 x 662.28 / 142.75 = 116.03 once
        (("--category", "primo-starter", "--start", "--first-quarter", "--quarters-subject", "3"), 180061, 123442),
        # the older year had two quarters, this one has four: 20,000 x 662.28 / 606.30 = 21,846.61, x 20.5 % = 4,478.56
        (("--category", "main", "--income", "10000", "--basis", "n-3", "--quarters-subject", "2"), 447856, 447856),
    ],
)
def test_what_the_quarters_of_a_year_come_to(arguments: tuple[str, ...], annual: int, due: int) -> None:
    document = _json("assess", "--year", "2025", *arguments)
    assert (document["annualContributionCents"], document["dueForYearCents"]) == (annual, due)


LATE = ("surcharges", "--amount", "1000.00", "--quarter", "2025Q3", "--until", "2026-06-30")


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        # Late, and the income known: from the quarter itself, and 7 % on 1 January (RGS art. 44 par. 3, 44bis par. 3).
        (
            ("2025-07-01", "2026-05-02", "--income-known"),
            ["2025-09-30", "2025-12-31", "2026-01-01", "2026-03-31", "2026-06-30"],
        ),
        # Late on an income of three years before: no 7 % yet.
        (("2021-07-01", "2026-05-02"), ["2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"]),
        # In time, and claimed late by the fund.
        (("2021-07-01", "2021-06-20", "--claimed-on", "2026-05-02"), ["2026-06-30"]),
        # A beginner in time, claimed in the quarter: one more quarter.
        (
            ("2025-07-01", "2025-06-20", "--beginner", "--claimed-on", "2025-07-05"),
            ["2025-12-31", "2026-01-01", "2026-03-31", "2026-06-30"],
        ),
    ],
)
def test_surcharges_by_how_somebody_affiliated(moment: tuple[str, ...], days: list[str]) -> None:
    started_on, affiliated_on, *more = moment
    document = _json(*LATE, "--started-on", started_on, "--affiliated-on", affiliated_on, *more)
    assert [line["date"] for line in document["lines"]] == days


def test_surcharges() -> None:
    document = _json("surcharges", "--amount", "2000.00", "--quarter", "2024Q1", "--until", "2024-12-31")
    assert document["totalCents"] == 24000
    assert [line["date"] for line in document["lines"]] == ["2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"]
    document = _json(
        "surcharges",
        "--amount",
        "890.42",
        "--quarter",
        "2026Q1",
        "--until",
        "2026-12-31",
        "--paid",
        "2026-04-01:890.42",
    )
    assert document["totalCents"] == 2671
    result = _run("surcharges", "--amount", "890.42", "--quarter", "2026Q1", "--until", "2026-12-31")
    assert "Total: 106.84" in result.output.replace("\u00a0", " ")  # 4 x 26.71; the 7 % comes on 1 January


@pytest.mark.parametrize(
    ("more", "why"),
    [
        # Claimed in the first quarter: the last day of March closes it (RGS art. 44 par. 1).
        (("--until", "2026-03-30"), "the first closing that counts is of 2026Q1, on 2026-03-31"),
        # A beginner in time has one more quarter from the notice (RGS art. 44 par. 2).
        (
            ("--until", "2026-06-29", "--started-on", "2026-01-01", "--affiliated-on", "2025-12-31", "--beginner"),
            "the first closing that counts is of 2026Q2, on 2026-06-30",
        ),
        (("--until", "2026-12-31", "--paid", "2026-03-31:1000"), "Nothing was open at the first closing"),
        (
            ("--until", "2026-12-31", "--title-on", "2026-03-31"),
            "The title of 2026-03-31 came before",
        ),
    ],
)
def test_an_empty_list_of_surcharges_says_why(more: tuple[str, ...], why: str) -> None:
    asked = ("surcharges", "--amount", "1000.00", "--quarter", "2026Q1", *more)
    result = _run(*asked)
    assert (result.exit_code, "Total: 0.00" in result.output.replace("\u00a0", " ")) == (0, True)
    assert why in " ".join(result.output.split())
    document = _json(*asked)
    assert (document["lines"], document["totalCents"]) == ([], 0)
    assert why in document["reason"]


def test_the_day_itself_of_the_first_closing_bears_its_surcharge() -> None:
    document = _json("surcharges", "--amount", "1000.00", "--quarter", "2026Q1", "--until", "2026-03-31")
    assert (document["totalCents"], "reason" in document) == (30_00, False)


def test_company_contribution() -> None:
    document = _json("company-contribution", "--year", "2024", "--balance-total", "900000")
    assert (document["amountCents"], document["dueDate"]) == (96752, "2024-12-31")
    document = _json("company-contribution", "--year", "2025", "--paid-on", "2026-03-01")
    assert (document["amountCents"], document["interestCents"]) == (39973, 1200)
    assert [(one["month"], one["amountCents"]) for one in document["interest"]] == [
        ("2026-01", 400),  # 399.73 x 1 % = 3.9973 for each month begun
        ("2026-02", 400),
        ("2026-03", 400),
    ]
    result = _run("company-contribution", "--year", "2019")
    assert result.exit_code == 1
    assert "company.contributionSmall has no value on 2019-01-01" in result.output


def test_a_scenario_is_named_as_assumed() -> None:
    scenario = Path(__file__).resolve().parents[3] / "samples" / "scenario.yaml"
    document = _json("assess", "--category", "main", "--year", "2027", "--start", "--scenario", str(scenario))
    assert document["explanation"]["certainty"] == "assumed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("company-contribution", "--year", "0", "--balance-total", "1"), "--year"),
        (("company-contribution", "--year", "2024", "--balance-total", "-5"), "not below zero"),
        (("company-contribution", "--year", "2024", "--created-on", "2030-01-01"), "did not exist in 2024"),
        (("company-contribution", "--year", "2024", "--paid-on", "2020-01-01"), "before that year"),
        (("surcharges", "--amount", "-1", "--quarter", "2024Q1", "--until", "2024-12-31"), "not below zero"),
        (("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "2023-12-31"), "--until"),
        (
            ("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "2024-12-31", "--paid", "2024-05-20"),
            "--paid",
        ),
        (
            ("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "2024-12-31", "--paid", "2024-05-20:0"),
            "pays nothing",
        ),
        (
            ("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "2024-12-31", "--paid", "9999-12-31:1"),
            "years 1900 to 2199",
        ),
        (("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "9999-12-31"), "'--until': '9999-12-31'"),
        (("surcharges", "--amount", "1", "--quarter", "2024Q1", "--until", "2200-01-01"), "years 1900 to 2199"),
        ((*LATE, "--title-on", "9999-12-31"), "--title-on"),
        (("company-contribution", "--year", "2024", "--paid-on", "9999-12-31"), "'--paid-on': '9999-12-31'"),
        (("company-contribution", "--year", "2024", "--created-on", "0001-01-01"), "--created-on"),
        ((*LATE, "--started-on", "2025-07-01"), "--affiliated-on"),
        ((*LATE, "--kind", "starter", "--started-on", "2025-07-01", "--affiliated-on", "2025-07-01"), "--kind"),
        ((*LATE, "--started-on", "2025-10-01", "--affiliated-on", "2025-07-01"), "--started-on"),
        (
            (*LATE, "--started-on", "2025-07-01", "--affiliated-on", "2025-08-01", "--claimed-on", "2025-07-05"),
            "--claimed-on",
        ),
    ],
)
def test_what_cannot_have_happened_is_refused_with_the_option_and_why(arguments: tuple[str, ...], told: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert told in result.output
