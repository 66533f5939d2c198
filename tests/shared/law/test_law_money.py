"""Rounding and writing of money against a table worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.law.money import (
    NotWholeCents,
    cents_from_euro,
    divide_half_up,
    euro_text,
    format_euro,
    round_half_up,
    rounded_cents_from_euro,
)

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "rounding.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES["round"], ids=lambda case: case["number"])
def test_a_half_is_rounded_away_from_zero(case: dict[str, Any]) -> None:
    assert round_half_up(Decimal(case["number"])) == case["expected"]


@pytest.mark.parametrize("case", CASES["divide"], ids=lambda case: f"{case['numerator']}/{case['denominator']}")
def test_a_rounded_division_stays_in_integers(case: dict[str, Any]) -> None:
    assert divide_half_up(case["numerator"], case["denominator"]) == case["expected"]


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_division_agrees_with_decimal_rounding(numerator: int, denominator: int) -> None:
    doubled = 2 * numerator
    quotient = divide_half_up(numerator, denominator)
    assert abs(doubled - 2 * quotient * denominator) <= denominator
    assert divide_half_up(-numerator, denominator) == -quotient


def test_division_refuses_a_denominator_that_is_not_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        divide_half_up(1, 0)


@pytest.mark.parametrize("case", CASES["written"], ids=lambda case: case["text"])
def test_amounts_are_written_for_files_and_for_readers(case: dict[str, Any]) -> None:
    assert euro_text(case["cents"]) == case["text"]
    for language in ("fr", "nl", "de", "en"):
        assert format_euro(case["cents"], language).replace("\u00a0", " ") == case[language]
        assert " " not in format_euro(case["cents"], language)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        format_euro(1, "it")


def test_euros_become_cents_without_silent_rounding() -> None:
    assert cents_from_euro(Decimal("17374.08")) == 1737408
    with pytest.raises(NotWholeCents):
        cents_from_euro(Decimal("0.005"))
    assert rounded_cents_from_euro(Decimal("0.005")) == 1


@given(st.integers(-(10**12), 10**12))
def test_written_amounts_can_be_read_again(cents: int) -> None:
    assert cents_from_euro(Decimal(euro_text(cents))) == cents
