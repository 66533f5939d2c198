"""Layers of claims: cases of cases/claims.yaml, and what holds in any order of changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.billing.ledger.rules.claims import Layer, open_layers, standing_layers

CASES = yaml.load(Path(__file__).with_name("cases").joinpath("claims.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
FIRST_DAY = date(2023, 1, 5)


def cents(euros: str) -> int:
    """Read an amount of the table."""
    return int(Decimal(euros) * 100)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_open_belongs_to_the_newest_claims(case: dict[str, Any]) -> None:
    first = Layer(cents=cents(case["own"]), claimed_on=FIRST_DAY, supplement=False)
    changes = [(FIRST_DAY + timedelta(days=n), cents(euros)) for n, euros in enumerate(case["changes"], start=1)]
    found = open_layers(standing_layers(changes, first=first), open_cents=cents(case["open"]))
    told = [f"{'supplement' if layer.supplement else 'own'} {Decimal(layer.cents) / 100:.2f}" for layer in found]
    assert told == case["layers"]


@given(st.lists(st.integers(-50_000, 50_000), max_size=12), st.integers(0, 100_000))
def test_layers_add_up_to_what_was_claimed_and_never_go_below_nothing(differences: list[int], own: int) -> None:
    claimed, changes = own, []
    for n, difference in enumerate(differences):
        taken = max(difference, -claimed)
        claimed += taken
        changes.append((FIRST_DAY + timedelta(days=n), taken))
    layers = standing_layers(changes, first=Layer(cents=own, claimed_on=FIRST_DAY, supplement=False))
    assert sum(layer.cents for layer in layers) == claimed
    assert all(layer.cents > 0 for layer in layers)
    for open_cents in {0, claimed // 2, claimed}:
        assert sum(layer.cents for layer in open_layers(layers, open_cents=open_cents)) == open_cents
