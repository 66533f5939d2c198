"""What a payer's words name, in a table anybody can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.billing.matching.rules import hints_of

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("payer_hints.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_what_a_text_names(case: dict[str, Any]) -> None:
    hints = hints_of(case["text"])
    quarter = None if hints.quarter is None else str(hints.quarter)
    assert (list(hints.reference_bases), list(hints.files), quarter) == (case["bases"], case["files"], case["quarter"])
