"""Files of cases: one answer a row in its order, wrong rows named by line, field and rule."""

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
        ('a,2025,,main,"30000.00,3.95', "(row)", "quotes"),
        ('a,2025,,main,"300"00,3.95', "(row)", "quotes"),
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
    ("row", "field", "rule"),
    [
        ("a,2025,,main,1,0,yes,,,", "first_quarter", "ofTheCategory"),
        ("a,2025,,complementary,1,0,,1,,", "political_mandate", "ofTheCategory"),
        ("a,2025,4,pensioner,1,0,,,true,", "opt_out", "ofTheCategory"),
        ("a,2025,,main,start,0,,,,n-3", "basis", "basisOfIncome"),
        ("a,2025,,main,1,0,,,,start", "basis", "basisOfStart"),
        ("a,2025,,main,1,0,no,0,false,definitive", "", ""),
        ("a,2025,,main,start,0,,,,start", "", ""),
    ],
)
def test_a_choice_that_does_not_apply_is_refused_in_its_row(tmp_path: Path, row: str, field: str, rule: str) -> None:
    path = tmp_path / "cases.csv"
    columns = "id,year,quarter,category,income,fee_rate,first_quarter,political_mandate,opt_out,basis"
    path.write_text(f"{columns}\n{row}\n", encoding="utf-8")
    result = _run("assess", "--input", str(path), "--json")
    [answer] = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert (result.exit_code, answer.get("field", ""), answer.get("rule", "")) == (1 if rule else 0, field, rule)


def test_columns_nobody_reads_are_told_once_and_hold_up_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "id,colour,year,quarter,category,income,fee_rate,colour,\n"
        "a,red,2025,,main,30000.00,3.95,blue,\nb,,2025,,main,30000.00,3.95,,\n",
        encoding="utf-8",
    )
    result = _run("assess", "--input", str(path), "--json")
    assert result.exit_code == 0
    assert [json.loads(line)["totalCents"] for line in result.stdout.splitlines()] == [159823, 159823]
    assert result.stderr.count("not read: 'colour', 'colour', ''") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--category", "main"),
        ("--year", "2025"),
        ("--income", "1"),
        ("--start",),
        ("--fee-rate", "0"),
        ("--quarters-subject", "4"),
        ("--opt-out",),
        ("--language", "fr"),
    ],
)
def test_a_file_of_cases_is_asked_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("id,year,quarter,category,income,fee_rate\na,2025,,main,1,0\n", encoding="utf-8")
    result = _run("assess", "--input", str(path), *arguments)
    assert result.exit_code == 2
    assert f"'{arguments[0]}'" in result.output


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


@pytest.mark.parametrize("character", ["\u2028", "\u0085", "\x0b", "\x0c", "\x1c"])
@pytest.mark.parametrize("misquoted", [[], ['d"x,2025,,main,"30000"z,3.95']], ids=["columns", "line by line"])
def test_only_a_line_feed_ends_a_row(tmp_path: Path, character: str, misquoted: list[str]) -> None:
    path = tmp_path / "cases.csv"
    rows = [f"b{character}c,2025,,main,30000.00,3.95", *misquoted, "e,2025,,main,bad,3.95"]
    path.write_bytes("\n".join(["id,year,quarter,category,income,fee_rate", *rows]).encode())
    result = _run("assess", "--input", str(path), "--json")
    first, *_, last = [json.loads(line) for line in result.stdout.split("\n") if line]
    assert (first["id"], first["totalCents"]) == (f"b{character}c", 159823)
    assert (last["id"], last["line"]) == ("e", len(rows) + 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # A quote that goes on over a line end: none of its lines is a row, and those after it keep their numbers.
        (['"a', 'b",2025,,main,30000,3.95'], [2, 3]),
        (['"a', "b,2025,,main,30000,3.95", 'c",2025,,main,30000,3.95'], [2, 3, 4]),
        (['a,2025,,main,30000,3.95,x,"y', 'z"'], [2, 3]),
        (['"a', '",2025,,main,30000,3.95'], [2, 3]),
        # One that no later line closes spoils its own line alone.
        (['"a,2025,,main,30000,3.95', "b,2025,,main,30000,3.95"], [2]),
        (['"a,2025,,main,30000,3.95', '"b",2025,,main,30000,3.95'], [2]),
        (["a,2025,,main,30000,3.95", '"b""",2025,,main,30000,3.95'], []),
    ],
)
def test_a_row_stands_on_one_line(tmp_path: Path, rows: list[str], expected: list[int]) -> None:
    path = tmp_path / "cases.csv"
    lines = ["id,year,quarter,category,income,fee_rate", *rows, "last,2025,,main,bad,3.95"]
    path.write_text("\n".join(lines), encoding="utf-8")
    answers = [json.loads(line) for line in _run("assess", "--input", str(path), "--json").stdout.splitlines()]
    refused = [(one["line"], one["rule"]) for one in answers if "rule" in one]
    assert refused == [*[(line, "quotes") for line in expected], (len(lines), "euros")]
    assert sum("totalCents" in one for one in answers) == len(rows) - len(expected)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id,year,category,income,fee_rate\n", "lacks the column quarter"),
        (b"id,year,year,quarter,category,income,fee_rate\n", "the column year twice"),
        (b"id;year;quarter;category;income;fee_rate\n", "separated by commas, not by semicolons as here"),
        (b"id,year\xff\n", "not UTF-8"),
        (b"id,year,quarter,category,income,fee_rate\ra,2025,,main,30000,3.95\r", "line 1 has a carriage return"),
        (b"id,year,quarter,category,income,fee_rate\na,2025,,main,1,0\rb,2025,,main,1,0\r", "line 2 has a carriage"),
        (
            b'id,year,quarter,category,income,fee_rate\n"a"b,2025,,main,1,0\n' + b"c" * 200_000 + b",2025,,main,1,0",
            "line 3 can't be read",
        ),
        (b'id,year,quarter,category,income,fee_rate,"note\na,2025,,main,1,0,"\n', "quote in its first line"),
        (b"", "lacks the column id"),
    ],
)
def test_a_wrong_file_is_refused_whole(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    result = _run("assess", "--input", str(path))
    assert result.exit_code == 2
    assert words in result.output
