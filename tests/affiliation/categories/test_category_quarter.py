"""From which quarter a change of category counts, against a table worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.category_quarter import quarter_of_change
from shared.contracts.vocabulary import Category

CASES = yaml.safe_load((Path(__file__).parent / "cases/quarters_of_change.yaml").read_text(encoding="utf-8"))["cases"]


def category(name: str | None) -> Category | None:
    return None if name is None else Category(name)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_change_counts_from_the_quarter_the_law_names(case: dict[str, Any]) -> None:
    found = quarter_of_change(
        category=Category(case["category"]),
        changed_on=case["day"],
        current=category(case["current"]),
        following=category(case["following"]),
    )
    assert (found.rule if isinstance(found, Breach) else str(found)) == case.get("from", case.get("refused"))
