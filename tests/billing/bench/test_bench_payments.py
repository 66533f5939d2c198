"""The statement the bench of payments books: as a bank writes it, read by the reader of production."""

from __future__ import annotations

import io
from pathlib import Path

from services.billing.bank_statements.rules.formats import read_statements, stream_statements
from services.billing.bank_statements.rules.statement import Statement
from services.billing.bench.payments import ACCOUNT, invented_payment
from services.billing.bench.statement_file import write_statements


def test_a_statement_of_invented_payments_is_read(tmp_path: Path) -> None:
    file = tmp_path / "statement.cod"
    write_statements(file, account=ACCOUNT, payments=1_003, payment=invented_payment)
    (statement,) = read_statements(file.read_bytes())
    assert len(statement.movements) == 1_003
    assert all(movement.payment and movement.reference for movement in statement.movements)
    # 1000 of the first 1003 numbers end in a digit of their own: 101 pay a part (1, 11, ...), 101 too much (2, 12, ...)
    assert sum(movement.cents == 300_00 for movement in statement.movements) == 101
    assert sum(movement.cents == 1_000_00 for movement in statement.movements) == 101
    assert sum(movement.cents == 928_26 for movement in statement.movements) == 801
    strangers = [movement for movement in statement.movements if movement.reference[7:10] == "999"]  # type: ignore[index]
    assert [movement.sequence for movement in strangers] == [1000]


def test_what_no_statement_can_count_goes_to_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "statement.cod"
    write_statements(file, account=ACCOUNT, payments=301, payment=lambda _: ("000001200170", 1), most=300)
    found = [part for part in stream_statements(io.BytesIO(file.read_bytes())) if isinstance(part, Statement)]
    assert [(one.sequence, one.old_balance_cents, one.closing_balance_cents) for one in found] == [
        (1, 0, 300),
        (2, 300, 301),
    ]
