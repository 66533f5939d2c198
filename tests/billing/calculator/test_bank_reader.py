"""``bank read``: what programs get from a statement, and what people are told of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.billing.calculator.__main__ import calculator
from tests.billing.camt_writer import CamtStatement, Entry, camt053
from tests.billing.coda_writer import ACCOUNT, Line, StatementText, changed, coda

REFERENCE = "000001200170"


def _read(folder: Path, content: bytes, *options: str) -> Result:
    file = folder / "statement"
    file.write_bytes(content)
    return CliRunner().invoke(calculator, ["bank", "read", str(file), *options], env={"COLUMNS": "200"})


def _statements(folder: Path, content: bytes) -> list[dict[str, Any]]:
    result = _read(folder, content, "--json")
    assert result.exit_code == 0, result.output
    statements: list[dict[str, Any]] = json.loads(result.stdout)["statements"]
    return statements


def test_a_coded_statement_with_a_total_and_its_details(tmp_path: Path) -> None:
    total = Line(
        cents=30_00, code="20150000", details=[Line(cents=10_00, code="60150000"), Line(cents=20_00, code="60150000")]
    )
    payment = Line(cents=250_00, structured=REFERENCE, counterparty="BE69999000020278")
    content = coda(StatementText(old_cents=100_00, sequence=7, lines=[payment, total, Line(cents=-1_00)]))
    (statement,) = _statements(tmp_path, content)
    assert {key: statement[key] for key in ("account", "sequence", "oldBalanceCents", "newBalanceCents")} == {
        "account": ACCOUNT,
        "sequence": 7,
        "oldBalanceCents": 100_00,
        "newBalanceCents": 379_00,
    }
    assert [row["amountCents"] for row in statement["transactions"]] == [250_00, 10_00, 20_00, -1_00]
    assert statement["movements"] == 3
    first = statement["transactions"][0]
    assert (first["valueDate"], first["communication"], first["structured"], first["counterpartyAccount"]) == (
        "2026-03-15",
        REFERENCE,
        REFERENCE,
        "BE69999000020278",
    )


def test_a_camt_file_of_two_statements(tmp_path: Path) -> None:
    first = CamtStatement(entries=[Entry(cents=5_00, communication="FREE"), Entry(cents=1, status="PDNG")], sequence=1)
    second = CamtStatement(entries=[], old_cents=5_00, sequence=2)
    statements = _statements(tmp_path, camt053(first, second))
    assert [(row["oldBalanceCents"], row["newBalanceCents"]) for row in statements] == [(0, 5_00), (5_00, 5_00)]
    (transaction,) = statements[0]["transactions"]
    assert (transaction["communication"], transaction["structured"]) == ("FREE", None)
    assert statements[0]["pending"] == 1


def test_a_statement_without_movements_ends_as_it_began(tmp_path: Path) -> None:
    records = StatementText(lines=[], old_cents=7_00).records()
    content = "\n".join([records[0], records[1], records[-1][:16] + "000001" + records[-1][22:]]).encode()
    (statement,) = _statements(tmp_path, content)
    assert (statement["newBalanceCents"], statement["newBalanceStated"]) == (7_00, False)
    assert statement["transactions"] == []


def test_a_wrong_file_is_refused_with_its_line_and_rule(tmp_path: Path) -> None:
    content = changed(coda(StatementText(lines=[Line(cents=5)])), 4, 43, "000000000000010")
    result = _read(tmp_path, content, "--json")
    assert result.exit_code == 2
    fault = json.loads(result.stdout)["refusal"]
    assert (fault["line"], fault["rule"]) == (4, "balance")
    assert "line 4: balance" in result.stderr


def test_people_see_a_table(tmp_path: Path) -> None:
    result = _read(tmp_path, coda(StatementText(lines=[Line(cents=12_34, communication="HELLO")])))
    assert result.exit_code == 0
    assert ACCOUNT in result.stdout
    assert "HELLO" in result.stdout
    assert "12.34" in result.stdout


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\x14\x00", b"%PDF-1.7\n"])
def test_a_file_that_is_no_statement_is_told_so(tmp_path: Path, content: bytes) -> None:
    result = _read(tmp_path, content)
    assert (result.exit_code, "not a bank statement (CODA or camt.053)" in result.output) == (2, True), result.output
