"""Files for the national institute: sums worked by hand, and a reader that notices what is missing."""

from __future__ import annotations

from datetime import date

import pytest

from services.billing.institute_files.rules import (
    InstituteFileInvalid,
    StatisticsLine,
    TransferLine,
    check_transfer_file,
    statistics_file,
    transfer_file,
)

LINES = [
    TransferLine(quarter="2026Q1", kind="fee", movements=2, cents=75_68),
    TransferLine(quarter="2026Q1", kind="principal", movements=2, cents=1780_84),
    TransferLine(quarter="2025Q4", kind="surcharge", movements=1, cents=-26_71),
    TransferLine(quarter="2025Q4", kind="fine", movements=1, cents=200_00),
]


def test_a_day_says_what_belongs_to_whom() -> None:
    content = transfer_file(booked_on=date(2026, 3, 31), lines=LINES)
    assert content.decode().splitlines() == [
        "booking_date;destination;quarter;kind;movements;cents",
        "2026-03-31;fund;2026Q1;fee;2;7568",
        "2026-03-31;institute;2025Q4;surcharge;1;-2671",
        "2026-03-31;institute;2026Q1;principal;2;178084",
        "2026-03-31;state;2025Q4;fine;1;20000",
        # 1,780.84 - 26.71 = 1,754.13 for the institute; 75.68 - 26.71 + 1,780.84 + 200.00 = 2,029.81 in all.
        "TOTAL;175413;;;4;202981",
    ]
    assert check_transfer_file(content) == 1754_13


def test_a_day_without_movement_says_so() -> None:
    assert check_transfer_file(transfer_file(booked_on=date(2026, 3, 31), lines=[])) == 0


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"2026-03-31;fund;2026Q1;fee;2;7568\n", b"", "lines"),
        (b"178084", b"178085", "sum"),
        (b"TOTAL;175413", b"TOTAL;175414", "sum"),
        (b"TOTAL", b"SUM", "header"),
    ],
)
def test_a_file_that_was_touched_is_noticed(old: bytes, new: bytes, rule: str) -> None:
    content = transfer_file(booked_on=date(2026, 3, 31), lines=LINES).replace(old, new, 1)
    with pytest.raises(InstituteFileInvalid) as caught:
        check_transfer_file(content)
    assert caught.value.rule == rule


def test_a_quarter_has_a_line_for_each_category() -> None:
    lines = [
        StatisticsLine(category="student", contributions=1, charged_cents=10, paid_cents=4, open_cents=6),
        StatisticsLine(category="main", contributions=2, charged_cents=20, paid_cents=20, open_cents=0),
    ]
    assert statistics_file(quarter="2026Q1", lines=lines).decode().splitlines() == [
        "quarter;category;contributions;charged_cents;paid_cents;open_cents",
        "2026Q1;main;2;20;20;0",
        "2026Q1;student;1;10;4;6",
        "TOTAL;2;3;30;24;6",
    ]
