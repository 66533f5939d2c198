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
        (("--category", "main", "--year", "2025", "--income", "1.234"), 2, "not an amount in euros"),
        (("--category", "main", "--year", "2025", "--income", "1e5"), 2, "not an amount in euros"),
        (("--category", "main", "--year", "2025", "--start", "--fee-rate", "395"), 2, "not a rate in percent"),
    ],
)
def test_wrong_questions_get_clear_words(arguments: tuple[str, ...], code: int, words: str) -> None:
    result = _run("assess", *arguments)
    assert result.exit_code == code
    assert words in result.output


def test_a_file_of_cases_is_answered_line_by_line_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "id,year,quarter,category,income,fee_rate\n"
        "a,2025,,main,30000.00,3.95\n"
        "b,2023,2023Q1,complementary,start,3.95\n"
        "c,2030,,main,1,0\n"
        "d,2025,4,beyond-pension-age,0,4.10\n"
        "e,2025,,knight,1,0\n"
        "f,2025,,main,lots,0\n"
        "g,2024,3,pensioner,25000.00,3.95\n",
        encoding="utf-8",
    )
    result = _run("assess", "--input", str(path), "--json")
    assert result.exit_code == 1, "some could not be assessed"
    answers = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert [answer["id"] for answer in answers] == list("abcdefg")
    totals = [answer.get("totalCents") for answer in answers]
    assert totals == [159823, 9672, None, 90745, None, None, 95504]
    refusals = [answers[position] for position in (2, 4, 5)]
    assert [(one["line"], one["field"], one["rule"]) for one in refusals] == [
        (4, "year", "law"),
        (6, "category", "category"),
        (7, "income", "euros"),
    ]
    assert "indexNumerator has no value on 2030-01-01" in refusals[0]["problem"]
    assert refusals[1]["problem"].startswith("line 6: category: 'knight' is no category: main, primo-starter")
    assert "'lots' is neither an amount in euros" in refusals[2]["problem"]


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("a,2025,,main,30000,00,3.95", "(row)", "columns"),  # a decimal comma without quotes
        ('a,2025,,main,"30000,00",3.95', "income", "euros"),
        ("a,2025,,main,30000", "fee_rate", "percent"),
        ("a,2025,,main,,3.95", "income", "euros"),
        ("a,2025,,main,1e5,3.95", "income", "euros"),
        ("a,2025,,main,1.234,3.95", "income", "euros"),
        ("a,2025,,main,1000000000000,3.95", "income", "euros"),
        ("a,2025,,main,-,3.95", "income", "euros"),
        ("a,2025,,main,٣,3.95", "income", "euros"),
        ("a,2025,,main,9999999999.99,3.95", "", ""),
        ("a,2025,,main,1,-1", "fee_rate", "percent"),
        ("a,2025,,main,1,100", "fee_rate", "percent"),
        ('a,2025,,main,1,"3,95"', "fee_rate", "percent"),
        ("a,25.0,,main,1,0", "year", "wholeNumber"),
        ("a,0,,main,1,0", "year", "wholeNumber"),
        ("a,,,main,1,0", "year", "wholeNumber"),
        ("a,2025,5,main,1,0", "quarter", "quarter"),
        ("a,2025,2025Q5,main,1,0", "quarter", "quarter"),
        ("a,2025,2024Q4,main,1,0", "quarter", "ofTheYear"),
        ("a,2025,,,1,0", "category", "category"),
        ("a,2017,,main,1,0", "year", "law"),
        ("a,2025,4,beyond-pension-age,start,0", "year", "law"),
    ],
)
def test_a_wrong_row_is_named_by_line_field_and_rule(tmp_path: Path, row: str, field: str, rule: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        f"id,year,quarter,category,income,fee_rate\r\n\r\n{row}\r\nb,2025,q4,mainn,1,0\r\n", encoding="utf-8"
    )
    result = _run("assess", "--input", str(path), "--json")
    assert result.exit_code == 1
    first, second = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert first["id"] == "a"
    if rule:
        assert (first["line"], first["field"], first["rule"]) == (3, field, rule)
        assert first["problem"].startswith("line 3: ")
    else:
        assert first["annualContributionCents"] > 0
    assert (second["id"], second["line"], second["field"]) == ("b", 4, "category")


@pytest.mark.parametrize(
    ("row", "options"),
    [
        (
            "main,2025,Q1,30000.00,3.95,,,,,",
            "--category main --year 2025 --quarter 1 --income 30000.00 --fee-rate 3.95",
        ),
        (
            "main,2026,2026Q2,-0.05,4.2575,n-3,3,,,",
            "--category main --year 2026 --quarter 2 --income -0.05 --fee-rate 4.2575 --basis n-3 --quarters-subject 3",
        ),
        (
            "primo-starter,2022,,START,0,,,yes,,",
            "--category primo-starter --year 2022 --start --first-quarter --fee-rate 0",
        ),
        (
            "article-37,2025,,2500,4.05,,,,true,",
            "--category article-37 --year 2025 --income 2500 --political-mandate --fee-rate 4.05",
        ),
        (
            "beyond-pension-age,2025,4,2500.5,4.1,,,,,1",
            "--category beyond-pension-age --year 2025 --quarter 4 --income 2500.5 --opt-out --fee-rate 4.1",
        ),
    ],
)
def test_a_row_of_a_file_is_answered_as_the_question_alone(tmp_path: Path, row: str, options: str) -> None:
    path = tmp_path / "cases.csv"
    columns = "category,year,quarter,income,fee_rate,basis,quarters_subject,first_quarter,political_mandate,opt_out,id"
    path.write_text(f'{columns}\n{row},"7,""x"""\n', encoding="utf-8")
    from_file = _json("assess", "--input", str(path))
    alone = _json("assess", *options.split())
    assert from_file.pop("id") == '7,"x"'
    for document in (from_file, alone):  # a line of a file leaves the article and source of a parameter out
        document["explanation"]["parameters"] = [
            (one["name"], one["value"], one["certainty"]) for one in document["explanation"]["parameters"]
        ]
    assert from_file == alone


def test_many_rows_keep_their_order_over_categories_quarters_and_slices(tmp_path: Path) -> None:
    rows = [
        f"{position},{2019 + position % 8},{'' if position % 3 else 1 + position % 4},"
        f"{('main', 'student', 'pensioner', 'nobody')[position % 4]},{position}.5,3.95"
        for position in range(120_000)
    ]
    path = tmp_path / "cases.csv"
    path.write_text("id,year,quarter,category,income,fee_rate\n" + "\n".join(rows), encoding="utf-8")
    result = _run("assess", "--input", str(path))
    lines = [line for line in result.output.splitlines() if ": " in line]
    assert [line.partition(":")[0] for line in lines] == [str(position) for position in range(120_000)]
    assert sum("is no category" in line for line in lines) == 30_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id,year,category,income,fee_rate\n", "lacks the column quarter"),
        (b"id,year,quarter,category,income,fee_rate,colour\n", "unknown column colour"),
        (b"id,year,year,quarter,category,income,fee_rate\n", "the column year twice"),
        (b"id;year;quarter;category;income;fee_rate\n", "separated by commas"),
        (b"id,year\xff\n", "not UTF-8"),
        (b"", "lacks the column id"),
    ],
)
def test_a_wrong_file_is_refused_whole(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    result = _run("assess", "--input", str(path))
    assert result.exit_code == 2
    assert words in result.output


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


def test_company_contribution() -> None:
    document = _json("company-contribution", "--year", "2024", "--balance-total", "900000")
    assert (document["amountCents"], document["dueDate"]) == (96752, "2024-12-31")
    document = _json("company-contribution", "--year", "2025", "--paid-on", "2026-03-01")
    assert (document["amountCents"], document["interestCents"]) == (39973, 1200)
    result = _run("company-contribution", "--year", "2019")
    assert result.exit_code == 1
    assert "company.contributionSmall has no value on 2019-01-01" in result.output


def test_a_scenario_is_named_as_assumed() -> None:
    scenario = Path(__file__).resolve().parents[2] / "samples" / "scenario.yaml"
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
    ],
)
def test_what_cannot_have_happened_is_refused_with_the_option_and_why(arguments: tuple[str, ...], told: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert told in result.output
