"""Files of rows: refused whole when they cannot be read, and row by row with line, field and rule otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.billing.companies.rules import balance_file
from services.billing.companies.rules.balance_file import read_balances
from services.billing.incomes import rules as incomes
from services.billing.incomes.rules import read_incomes
from services.billing.received_files.rules import RowFileRefused

READERS: dict[str, tuple[Callable[[bytes], Any], tuple[str, ...]]] = {
    "incomes": (read_incomes, incomes.HEADER),
    "balances": (read_balances, balance_file.HEADER),
}


def _header(kind: str) -> bytes:
    return ";".join(READERS[kind][1]).encode()


def test_balance_sheets_are_read_line_by_line() -> None:
    content = (
        b"file_number;financial_year_end;balance_total;known_on\n"
        b"1;2024-12-31;879163.44;2025-08-01\n"
        b"2;2024-12-31;;2025-08-01\n"
        b"0;2024-12-31;1;2025-08-01\n"
        b"3;2024-12-31;1,00;2025-08-01\n"
        b"4;2024-12-31;1;2024-12-30\n"
        b"5;2024-12-31;1\n"
        b"6;31/12/2024;1;2025-08-01\n"
        b"7;20241231;1;2025-08-01\n"
    )
    lines, rejects = read_balances(content)
    assert [line.balance_total_cents for line in lines] == [879_163_44, None]
    assert [(reject.line, reject.field, reject.rule) for reject in rejects] == [
        (4, "file_number", "range"),
        (5, "balance_total", "amount"),
        (6, "known_on", "invalidPeriod"),
        (7, "line", "columns"),
        (8, "financial_year_end", "date"),
        (9, "financial_year_end", "date"),
    ]


def test_incomes_are_read_line_by_line() -> None:
    content = (
        "\ufefffile_number;year;income;known_on\r\n"
        "1;2022;-250.50;2024-05-31\r\n"
        "\r\n"
        " 2 ;2022; 0.00 ;2024-05-31\r\n"
        f"{'9' * 5000};2022;1.00;2024-05-31\r\n"
        "3;1959;1.00;2024-05-31\r\n"
        "4;2022;1.5;2024-05-31\r\n"
        "5;2022;1.00;2024-02-30\r\n"
        "6;2022;1.00;2024-05-31;7\r\n"
        "٣;2022;1.00;2024-05-31\r\n"
    ).encode()
    lines, rejects = read_incomes(content)
    assert [(line.file_number, line.income_cents) for line in lines] == [(1, -250_50), (2, 0)]
    assert [(reject.line, reject.field, reject.rule) for reject in rejects] == [
        (5, "file_number", "range"),
        (6, "year", "range"),
        (7, "income", "amount"),
        (8, "known_on", "date"),
        (9, "line", "columns"),
        (10, "file_number", "range"),
    ]


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfe", "encoding"),
        (b"", "header"),
        (b"a;b\n", "header"),
        (b"HEADER\n1;" + b"x" * 200_000 + b";1;1\n", "rows"),
    ],
)
def test_an_unreadable_file_is_refused_whole(kind: str, content: bytes, rule: str) -> None:
    with pytest.raises(RowFileRefused) as caught:
        READERS[kind][0](content.replace(b"HEADER", _header(kind)))
    assert caught.value.rule == rule


@pytest.mark.parametrize("kind", sorted(READERS))
def test_a_file_with_its_header_alone_says_nothing(kind: str) -> None:
    assert READERS[kind][0](_header(kind)) == ([], [])
    assert READERS[kind][0](_header(kind) + b"\r\r\n") == ([], [])
