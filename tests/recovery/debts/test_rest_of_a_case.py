"""When a case has got all it asked for, and only what was booked later is left."""

from __future__ import annotations

from datetime import date

import pytest

from services.recovery.debts.rules import OpenItem, is_left_for_later
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

PRINCIPAL, SURCHARGE = AmountKind.PRINCIPAL, AmountKind.SURCHARGE


@pytest.mark.parametrize(
    ("still_open", "booked_cents", "left"),
    [
        pytest.param({}, 2_671, False, id="nothing is open: the case is simply paid"),
        pytest.param({SURCHARGE: 2_671}, 0, False, id="the surcharge was on the last reminder"),
        pytest.param({SURCHARGE: 2_671}, 2_671, True, id="exactly what was booked later"),
        pytest.param({PRINCIPAL: 2_671}, 2_671, True, id="the payment went to the surcharge first"),
        pytest.param({PRINCIPAL: 2_672}, 2_671, False, id="one cent of what was asked is open"),
        pytest.param({SURCHARGE: 2_670}, 2_671, True, id="one cent of the later surcharge was paid too"),
        pytest.param({PRINCIPAL: 1_000, SURCHARGE: 1_671}, 2_671, True, id="spread over two kinds"),
        pytest.param({SURCHARGE: 1_000, AmountKind.COST: 500}, 2_671, False, id="costs of the warrant are open"),
        pytest.param({SURCHARGE: 1_000, AmountKind.INTEREST: 1}, 2_671, False, id="interest of the title is open"),
    ],
)
def test_what_is_left_for_a_later_case(still_open: dict[AmountKind, int], booked_cents: int, left: bool) -> None:
    items = [
        OpenItem(quarter=Quarter.parse("2026Q1"), kind=kind, open_cents=cents, due_on=date(2026, 3, 31))
        for kind, cents in still_open.items()
    ]
    assert is_left_for_later(items=items, booked_cents=booked_cents) is left
