"""Prescription against a table worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.recovery.domain.prescription import Interruption, InterruptionKind, prescription_of
from shared.law.quarter import Quarter

TABLE = yaml.safe_load(Path(__file__).with_name("cases").joinpath("prescription.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_prescription_is_the_one_worked_out_by_hand(case: dict[str, Any]) -> None:
    found = prescription_of(
        quarter=Quarter.parse(case["quarter"]),
        years=TABLE["years"],
        interruptions=[
            Interruption(kind=InterruptionKind(act["kind"]), on=act["date"]) for act in case.get("interruptions", ())
        ],
        regularisation=case.get("regularisation", False),
    )
    assert found.prescribed_from == case["prescribedFrom"]
    assert len(found.interruptions) == case.get("counted", 0)
    assert found.is_prescribed(case["prescribedFrom"])
    assert not found.is_prescribed(case["prescribedFrom"] - timedelta(days=1))


def test_nothing_is_prescribed_in_its_own_year() -> None:
    found = prescription_of(quarter=Quarter(2026, 1), years=5, interruptions=[])
    assert not found.is_prescribed(date(2026, 12, 31))
