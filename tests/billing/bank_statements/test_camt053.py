"""The reader of camt.053: right files in both versions, one file for each rule, and what must never be opened."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bank_statements.rules.camt053 import read_camt053
from services.billing.bank_statements.rules.formats import BankFormat, format_of, read_statements
from services.billing.bank_statements.rules.statement import BankFileRefused, ReferenceSource, payable_movements
from tests.billing.camt_writer import CamtStatement, Entry, camt053
from tests.billing.coda_writer import ACCOUNT, Line, StatementText, coda

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("camt_refusals.yaml").read_text("utf-8"))
REFERENCE = "000001200170"


def _right() -> CamtStatement:
    return CamtStatement(
        old_cents=100_00,
        entries=[
            Entry(cents=250_00, communication="INVOICE", counterparty="BE69999000020278"),
            Entry(cents=-50_00, communication="FEES", code="PMNT ICDT ESCT", value_date="2026-03-14"),
            Entry(cents=30_00, details=[Entry(cents=10_00, structured=REFERENCE), Entry(cents=20_00)]),
            Entry(cents=5_00, status="PDNG"),
        ],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_wrong_file_is_refused_with_its_line_and_rule(case: dict[str, Any]) -> None:
    content = camt053(_right())
    assert case["from"].encode() in content
    with pytest.raises(BankFileRefused) as refusal:
        read_camt053(content.replace(case["from"].encode(), case["to"].encode()))
    assert {"line": refusal.value.line, "rule": refusal.value.rule} == case["refused"]


def test_the_entry_is_named_where_the_whole_file_stands_on_one_line() -> None:
    content = camt053(_right()).replace(b"\n", b"").replace(b'"EUR">50.00', b'"EUR">50,00')
    with pytest.raises(BankFileRefused) as refusal:
        read_camt053(content)
    assert (refusal.value.line, refusal.value.rule) == (1, "amountField")
    assert refusal.value.detail.startswith("entry 2: Amt:")


@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_say_the_same(version: str) -> None:
    (statement,) = read_camt053(camt053(_right(), version=version))
    assert (statement.account, statement.sequence, statement.pending) == (ACCOUNT, 1, 1)
    assert (statement.old_balance_cents, statement.new_balance_cents) == (100_00, 330_00)
    assert (statement.old_balance_date, statement.closing_date) == (date(2026, 3, 15), date(2026, 3, 16))
    assert [movement.cents for movement in statement.movements] == [250_00, -50_00, 30_00, 10_00, 20_00]
    first = statement.movements[0]
    assert (first.counterparty_account, first.counterparty_name, first.communication) == (
        "BE69999000020278",
        "PAYER",
        "INVOICE",
    )
    assert [movement.payment for movement in statement.movements] == [True, False, True, True, True]
    assert statement.movements[1].value_date == date(2026, 3, 14)


def test_transactions_replace_the_entry_they_add_up_to() -> None:
    (statement,) = read_camt053(camt053(_right()))
    assert [movement.cents for movement in payable_movements(statement.movements)] == [250_00, -50_00, 10_00, 20_00]


def test_transactions_that_do_not_add_up_leave_the_entry_whole() -> None:
    entry = Entry(cents=30_00, details=[Entry(cents=10_00), Entry(cents=19_99)])
    (statement,) = read_camt053(camt053(CamtStatement(entries=[entry])))
    assert [movement.cents for movement in payable_movements(statement.movements)] == [30_00]


def test_a_reversal_is_no_payment() -> None:
    entries = [
        Entry(cents=45_00, reversal=True, code="PMNT ICDT RRTN", counterparty="BE69999000020278", return_reason="AC04"),
        Entry(cents=-10_00, reversal=True, structured=REFERENCE, counterparty="BE69999000020278"),
    ]
    (statement,) = read_camt053(camt053(CamtStatement(entries=entries)))
    given_back, taken_back = statement.movements
    assert (given_back.reversal, given_back.payment, given_back.return_reason) == (True, False, "AC04")
    assert (given_back.counterparty_account, taken_back.counterparty_account) == ("BE69999000020278",) * 2
    assert (taken_back.cents, taken_back.reversal, taken_back.reference) == (-10_00, True, REFERENCE)


@pytest.mark.parametrize(
    ("written", "structured", "reference"),
    [
        (REFERENCE, REFERENCE, REFERENCE),
        ("+++000/0012/00170+++", REFERENCE, REFERENCE),
        ("000001200171", "000001200171", None),
        ("RF18 5390 0754 7034", "RF18539007547034", None),
    ],
)
def test_a_structured_reference_is_kept_as_written_and_used_when_it_is_right(
    written: str, structured: str, reference: str | None
) -> None:
    (statement,) = read_camt053(camt053(CamtStatement(entries=[Entry(cents=1, structured=written)])))
    movement = statement.movements[0]
    assert (movement.structured, movement.reference) == (structured, reference)


def test_a_reference_typed_in_free_text_is_found() -> None:
    entry = Entry(cents=1, communication="cotisation +++000/0012/00170+++")
    movement = read_camt053(camt053(CamtStatement(entries=[entry])))[0].movements[0]
    assert (movement.reference, movement.reference_source) == (REFERENCE, ReferenceSource.TYPED)
    assert movement.structured is None


def test_interest_of_the_bank_is_no_payment() -> None:
    (statement,) = read_camt053(camt053(CamtStatement(entries=[Entry(cents=1, code="ACMT MCOP INTR")])))
    assert not statement.movements[0].payment


def test_a_moment_shortly_before_midnight_keeps_its_brussels_day() -> None:
    content = camt053(CamtStatement(entries=[Entry(cents=1)]))
    for moment, day in (("2026-06-30T22:30:00+00:00", 1), ("2026-07-01T23:30:00+02:00", 1), ("2026-07-01T23:30:00", 1)):
        changed = content.replace(b"<ValDt><Dt>2026-03-15</Dt>", f"<ValDt><DtTm>{moment}</DtTm>".encode())
        assert read_camt053(changed)[0].movements[0].value_date == date(2026, 7, day)


def test_several_statements_must_follow_each_other() -> None:
    first = CamtStatement(entries=[Entry(cents=5_00)], sequence=11)
    second = CamtStatement(entries=[Entry(cents=2_00)], old_cents=5_00, sequence=12, day="2026-03-17")
    assert [statement.closing_balance_cents for statement in read_camt053(camt053(first, second))] == [5_00, 7_00]
    second.sequence = 14
    with pytest.raises(BankFileRefused) as refusal:
        read_camt053(camt053(first, second))
    assert refusal.value.rule == "statementSequence"
    second.sequence, second.old_cents = None, 4_99
    with pytest.raises(BankFileRefused) as refusal:
        read_camt053(camt053(first, second))
    assert refusal.value.rule == "balanceContinuity"


def test_a_statement_without_entries_is_read() -> None:
    (statement,) = read_camt053(camt053(CamtStatement(entries=[], old_cents=7_00)))
    assert (statement.movements, statement.closing_balance_cents) == ((), 7_00)


_BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "prolog",
    [
        f'<!DOCTYPE Document [<!ENTITY e0 "x">{_BOMB}]>\n',
        '<!DOCTYPE Document [<!ENTITY f SYSTEM "file:///etc/hostname">]>\n',
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/camt.dtd">\n',
        "<!DOCTYPE Document>\n",
    ],
)
def test_a_document_type_is_refused_before_anything_of_it_is_used(prolog: str) -> None:
    entity = "&e9;" if "e9" in prolog else "&f;" if "ENTITY f" in prolog else "x"
    content = camt053(CamtStatement(entries=[Entry(cents=1, communication=entity)]), prolog=prolog)
    with pytest.raises(BankFileRefused) as refusal:
        read_camt053(content)
    assert refusal.value.rule == "documentType"


def test_the_format_is_told_from_the_file() -> None:
    xml, text = camt053(_right()), coda(StatementText(lines=[Line(cents=5)]))
    assert format_of(io.BytesIO(xml)) is BankFormat.CAMT053
    assert format_of(io.BytesIO(b"\xef\xbb\xbf\r\n" + xml)) is BankFormat.CAMT053
    assert format_of(io.BytesIO(text)) is BankFormat.CODA
    assert [movement.cents for movement in read_statements(text)[0].movements] == [5]


@given(st.binary(max_size=60), st.integers(0, 3500), st.integers(0, 40))
def test_damaged_files_are_read_or_refused_and_never_crash(noise: bytes, position: int, length: int) -> None:
    content = camt053(_right())
    damaged = content[:position] + noise[:length] + content[position + length :]
    try:
        statements = read_camt053(damaged)
    except BankFileRefused:
        return
    for statement in statements:
        moved = sum(movement.cents for movement in statement.movements if movement.detail == 0)
        assert statement.old_balance_cents + moved == statement.closing_balance_cents
