"""What fines can be, and from when they can be claimed, against the figures of the law."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.recovery.institute_decisions.rules import Infringement, final_on_earliest, fine_bounds
from shared.law.parameters import ParameterMissing, Parameters

PARAMETERS = Parameters.load()
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "fines.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['infringement']} {case['day']} {case['least']}")
def test_least_and_highest(case: dict[str, Any]) -> None:
    bounds = fine_bounds(
        infringement=Infringement(case["infringement"]),
        again=case.get("again", False),
        mitigated=case.get("mitigated", False),
        on=case["day"],
        parameters=PARAMETERS,
    )
    assert (bounds.least_cents, bounds.highest_cents) == (
        int(Decimal(case["least"]) * 100),
        int(Decimal(case["highest"]) * 100),
    )
    assert bounds.article == case["article"]


def test_what_the_law_did_not_fine_yet_has_no_amount() -> None:
    with pytest.raises(ParameterMissing, match="fineUnregisteredPartnerMin"):
        fine_bounds(
            infringement=Infringement.UNREGISTERED_PARTNER,
            again=False,
            mitigated=False,
            on=date(2024, 6, 30),
            parameters=PARAMETERS,
        )


def test_a_fine_is_final_two_months_after_the_decision_at_the_earliest() -> None:
    assert final_on_earliest(decided_on=date(2026, 8, 20), parameters=PARAMETERS) == date(2026, 10, 20)
    assert final_on_earliest(decided_on=date(2025, 12, 31), parameters=PARAMETERS) == date(2026, 2, 28)
