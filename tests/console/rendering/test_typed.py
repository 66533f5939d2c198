"""Amounts and numbers as people type them."""

from __future__ import annotations

import pytest

from services.console.rendering.rules.typed import NotReadable, cents_of, number_of

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1234", 123_400),
        ("1.234", 123_400),
        ("1 234,56", 123_456),
        (f"1{NARROW}234,56 €", 123_456),
        ("1.234,56", 123_456),
        ("1,234.56", 123_456),
        ("1234.56", 123_456),
        ("12.345.678,90", 1_234_567_890),
        ("0,01", 1),
        ("-150,00", -15_000),
        ("EUR 30000", 3_000_000),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, cents: int) -> None:
    assert cents_of(typed) == cents


@pytest.mark.parametrize(
    "typed", ["", "abc", "1,2", "1,234,5", "1.23.456", "12,345.6", "1e3", "٣", "1.234.56", "9" * 12]
)
def test_what_is_no_amount_is_refused_and_not_guessed(typed: str) -> None:
    with pytest.raises(NotReadable):
        cents_of(typed)


def test_whole_numbers_are_read_and_nothing_else() -> None:
    assert number_of(" 2 026 ") == 2026
    for typed in ("", "-1", "1.5", "٣", "9" * 12):
        with pytest.raises(NotReadable):
            number_of(typed)
