"""Who is believed about a quarter: the fund's ledger where it charged, the national register where nothing was due."""

from __future__ import annotations

import pytest

from services.benefits.claims.service.seen_facts import known_quarters
from services.benefits.clients import PaidQuarter
from shared.contracts.vocabulary import Category

#: Status and due cents in billing, what the register attests (None: nothing), whether the quarter then counts as paid.
BELIEVED = [
    ("paid", 90000, None, True),
    ("paid", 90000, False, True),
    ("open", 90000, None, False),
    ("open", 90000, True, False),
    ("open", 0, None, None),
    ("open", 0, True, True),
    ("waived", 90000, None, False),
    ("waived", 90000, True, True),
    ("waived", 90000, False, False),
    ("notDue", 0, None, False),
    ("notDue", 0, True, True),
    ("notDue", 0, False, False),
]


@pytest.mark.parametrize(("status", "due_cents", "attested", "paid"), BELIEVED)
def test_who_is_believed(status: str, due_cents: int, attested: bool | None, paid: bool | None) -> None:
    billed = PaidQuarter(
        quarter="2025Q2", category=Category.MAIN, due_cents=due_cents, paid_cents=0, waived_cents=0, status=status
    )
    register = [] if attested is None else [{"quarter": "2025Q2", "category": "main", "paid": attested}]
    [record] = known_quarters(attested=register, billed=[billed])
    assert record.paid is paid
