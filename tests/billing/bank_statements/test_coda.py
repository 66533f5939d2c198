"""The reader of coded statements: right files, and one file for each rule that a wrong one breaks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bank_statements.rules.coda import read_coda
from services.billing.bank_statements.rules.statement import (
    BankFileRefused,
    ReferenceSource,
    payable_movements,
    typed_reference,
)
from tests.billing.coda_writer import ACCOUNT, Line, StatementText, changed, coda

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("coda_refusals.yaml").read_text("utf-8"))


def _right() -> StatementText:
    return StatementText(
        old_cents=100_00,
        lines=[
            Line(cents=250_00, communication="INVOICE", information="MESSAGE OF THE BANK"),
            Line(cents=-50_00, communication="FEES", code="00101000", counterparty="BE69999000020278"),
            Line(
                cents=30_00,
                code="20150000",
                details=[Line(cents=10_00, code="60150000"), Line(cents=20_00, code="60150000")],
            ),
        ],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_wrong_file_is_refused_with_its_line_and_rule(case: dict[str, Any]) -> None:
    content = coda(_right())
    lines = content.split(b"\n")
    if "at" in case:
        content = changed(content, case["line"], case["at"], case["text"])
    elif "cut" in case:
        lines[case["line"] - 1] = lines[case["line"] - 1][: case["cut"]]
        content = b"\n".join(lines)
    elif "insert" in case:
        lines.insert(case["line"] - 1, case["insert"].encode())
        content = b"\n".join(lines)
    else:
        del lines[case["line"] - 1]
        content = b"\n".join(lines)
    with pytest.raises(BankFileRefused) as refusal:
        read_coda(content)
    assert {"line": refusal.value.line, "rule": refusal.value.rule} == case["refused"]


def test_the_right_file_is_read() -> None:
    (statement,) = read_coda(coda(_right()))
    assert statement.account == ACCOUNT
    assert (statement.old_balance_cents, statement.new_balance_cents) == (100_00, 330_00)
    assert statement.sequence == 1
    assert statement.closing_date == date(2026, 3, 16)
    assert [movement.cents for movement in statement.movements] == [250_00, -50_00, 30_00, 10_00, 20_00]
    assert statement.movements[0].information == ("MESSAGE OF THE BANK",)
    assert statement.movements[1].counterparty_account == "BE69999000020278"


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BankFileRefused) as refusal:
        read_coda(b"\r\n\x1a")
    assert refusal.value.rule == "emptyFile"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
def test_line_ends_do_not_matter(line_end: str) -> None:
    assert read_coda(coda(_right(), line_end=line_end)) == read_coda(coda(_right()))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
@pytest.mark.parametrize("name", ["AUXILIA", "AFFILIÉ"])
@pytest.mark.parametrize("movements", [0, 1, 2])
def test_a_short_file_without_line_ends_is_read_as_one_with_them(movements: int, name: str, encoding: str) -> None:
    # Header, old balance, new balance and trailer: four records and one for each movement.
    statement = StatementText(lines=[Line(cents=5)] * movements)
    unbroken = coda(statement, line_end="").decode("iso-8859-1").replace("AUXILIA", name).encode(encoding)
    assert read_coda(unbroken) == read_coda(coda(statement))


def test_one_line_that_is_no_number_of_whole_records_is_refused_with_its_length() -> None:
    with pytest.raises(BankFileRefused) as refusal:
        read_coda(coda(StatementText(lines=[]), line_end="").rstrip()[:130])
    assert (refusal.value.line, refusal.value.rule) == (1, "recordLength")
    assert "130" in str(refusal.value)


def test_accents_in_either_encoding_count_as_one_character() -> None:
    statement = StatementText(lines=[Line(cents=5, communication="AFFILIÉ À L'ÉTÉ")])
    text = coda(statement).decode("iso-8859-1")
    in_latin, in_utf8 = read_coda(text.encode("iso-8859-1")), read_coda(text.encode("utf-8"))
    assert in_latin == in_utf8
    assert in_latin[0].movements[0].communication == "AFFILIÉ À L'ÉTÉ"


def test_details_that_add_up_replace_their_total() -> None:
    (statement,) = read_coda(coda(_right()))
    assert [movement.cents for movement in payable_movements(statement.movements)] == [250_00, -50_00, 10_00, 20_00]


def test_details_that_do_not_add_up_leave_the_total_whole() -> None:
    lines = [Line(cents=30_00, code="20150000", details=[Line(cents=10_00, code="60150000")])]
    (statement,) = read_coda(coda(StatementText(lines=lines)))
    assert [movement.cents for movement in payable_movements(statement.movements)] == [30_00]


def test_details_of_a_detail_are_counted_once() -> None:
    parts = [
        Line(cents=10_00, code="60150000"),
        Line(cents=16_00, code="70150000"),
        Line(cents=12_00, code="90150000"),
        Line(cents=4_00, code="90150000"),
    ]
    (statement,) = read_coda(coda(StatementText(lines=[Line(cents=26_00, code="20150000", details=parts)])))
    assert [movement.cents for movement in payable_movements(statement.movements)] == [10_00, 12_00, 4_00]


def test_a_structured_reference_is_found() -> None:
    reference = "000001200170"
    (statement,) = read_coda(coda(StatementText(lines=[Line(cents=5, structured=reference)])))
    assert statement.movements[0].reference == reference
    assert statement.movements[0].reference_source is ReferenceSource.STRUCTURED


def test_a_structured_reference_with_wrong_check_digits_is_kept_but_not_used() -> None:
    (statement,) = read_coda(coda(StatementText(lines=[Line(cents=5, structured="000001200171")])))
    assert statement.movements[0].communication == "000001200171"
    assert statement.movements[0].reference is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COTISATION +++000/0012/00170+++ MERCI", "000001200170"),
        ("***000/0012/00170***", "000001200170"),
        ("000001200170", "000001200170"),
        ("+++000/0012/00171+++", None),
        ("A1000001200170", None),
        ("+++000/0012/00170+++ OR +++010/8068/17183+++", None),
        ("NO NUMBER", None),
    ],
)
def test_a_reference_a_payer_typed_counts_when_it_is_the_only_right_one(text: str, found: str | None) -> None:
    assert typed_reference(text) == found


def test_movement_numbers_wrap_around_after_9999() -> None:
    lines = [Line(cents=1) for _ in range(10_001)]
    (statement,) = read_coda(coda(StatementText(lines=lines)))
    assert [statement.movements[position].sequence for position in (0, 9998, 9999, 10_000)] == [1, 9999, 0, 1]


def test_a_value_date_the_bank_does_not_know_is_absent() -> None:
    (statement,) = read_coda(coda(StatementText(lines=[Line(cents=1, value_date="000000")])))
    assert statement.movements[0].value_date is None


def test_a_statement_without_movements_has_no_new_balance() -> None:
    records = StatementText(lines=[], old_cents=7_00).records()
    trailer = records[-1][:16] + "000001" + records[-1][22:]
    (statement,) = read_coda("\n".join([records[0], records[1], trailer]).encode())
    assert statement.new_balance_cents is None
    assert statement.closing_balance_cents == 7_00


def test_balances_of_a_separate_application_are_not_compared() -> None:
    content = coda(StatementText(lines=[Line(cents=5)], application="00001"))
    (statement,) = read_coda(changed(content, 4, 43, "000000000000000"))
    assert statement.separate_application


def test_a_payer_whose_account_is_a_bank_account_number_of_before() -> None:
    statement = StatementText(lines=[Line(cents=1)], account="999000010174")
    content = changed(coda(statement), 2, 2, "0")
    zone = "999000010174 EUR0BE                  "
    content = changed(changed(content, 2, 6, zone), 4, 5, zone)
    (read,) = read_coda(content)
    assert (read.account, read.currency) == ("999000010174", "EUR")


def test_several_statements_follow_each_other() -> None:
    first = StatementText(lines=[Line(cents=5_00)], sequence=11, more_follow=True)
    second = StatementText(lines=[Line(cents=2_00)], old_cents=5_00, sequence=12, day="170326", old_day="160326")
    statements = read_coda(coda(first, second))
    assert [statement.closing_balance_cents for statement in statements] == [5_00, 7_00]


@pytest.mark.parametrize(
    ("sequence", "old_cents", "rule"), [(13, 5_00, "statementSequence"), (12, 4_99, "balanceContinuity")]
)
def test_a_statement_must_follow_the_one_before(sequence: int, old_cents: int, rule: str) -> None:
    first = StatementText(lines=[Line(cents=5_00)], sequence=11, more_follow=True)
    second = StatementText(lines=[Line(cents=2_00)], old_cents=old_cents, sequence=sequence, day="170326")
    with pytest.raises(BankFileRefused) as refusal:
        read_coda(coda(first, second))
    assert (refusal.value.line, refusal.value.rule) == (7, rule)


def test_numbering_starts_again_with_the_year() -> None:
    first = StatementText(lines=[Line(cents=5)], sequence=250, day="311226", old_day="301226", more_follow=True)
    second = StatementText(lines=[Line(cents=5)], old_cents=5, sequence=1, day="040127", old_day="311226")
    assert len(read_coda(coda(first, second))) == 2


def test_whole_files_strung_together_are_read_one_after_the_other() -> None:
    first = coda(StatementText(lines=[Line(cents=5)]))
    second = coda(StatementText(lines=[Line(cents=7)], old_cents=5, sequence=2))
    assert [statement.new_balance_cents for statement in read_coda(first + second)] == [5, 12]


@given(st.binary(max_size=400), st.integers(0, 11 * 129), st.integers(0, 40))
def test_damaged_files_are_read_or_refused_and_never_crash(noise: bytes, position: int, length: int) -> None:
    content = coda(_right())
    damaged = content[:position] + noise[:length] + content[position + length :]
    try:
        statements = read_coda(damaged)
    except BankFileRefused:
        return
    for statement in statements:
        moved = sum(movement.cents for movement in statement.movements if movement.detail == 0)
        if statement.new_balance_cents is not None and not statement.separate_application:
            assert statement.old_balance_cents + moved == statement.new_balance_cents
