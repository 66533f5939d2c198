"""Prescription against a table worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.recovery.clocks.rules.prescription import (
    Interruption,
    InterruptionKind,
    Prescriptions,
    PrincipalPart,
    prescription_from,
    prescription_of,
    prescriptions_of_parts,
)
from shared.contracts.vocabulary import AmountKind
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


PARTS = yaml.safe_load(Path(__file__).with_name("cases").joinpath("prescription_parts.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", PARTS["cases"], ids=lambda case: case["name"])
def test_a_contribution_and_its_supplement_prescribe_apart(case: dict[str, Any]) -> None:
    quarter = Quarter.parse(PARTS["quarter"])
    acts = [Interruption(kind=InterruptionKind(act["kind"]), on=act["date"]) for act in case.get("interruptions", ())]
    parts = prescriptions_of_parts(
        quarter=quarter,
        years=PARTS["years"],
        interruptions=acts,
        parts=[
            PrincipalPart(
                claimed_on=part["claimedOn"], regularisation=part["regularisation"], open_cents=part["openCents"]
            )
            for part in PARTS["parts"]
        ],
    )
    assert [one.prescription.prescribed_from for one in parts] == case["prescribedFrom"]
    whole = Prescriptions(
        quarters={quarter: prescription_of(quarter=quarter, years=5, interruptions=acts)}, parts={quarter: parts}
    )
    for day, open_cents, claimable in case["claimable"]:
        found = whole.unprescribed_cents(quarter=quarter, kind=AmountKind.PRINCIPAL, open_cents=open_cents, day=day)
        assert found == claimable, day


def test_a_fine_prescribes_five_years_after_it_was_final() -> None:
    # Final on 20 October 2026 and kept under 2026Q4: the contribution prescribes on 1 January 2032, the fine earlier.
    quarter = Quarter(2026, 4)
    prescriptions = Prescriptions(
        quarters={quarter: prescription_of(quarter=quarter, years=5, interruptions=[])},
        fines={quarter: prescription_from(starts_on=date(2026, 10, 20), years=5, interruptions=[])},
    )

    def left(kind: AmountKind, day: date) -> int:
        return prescriptions.unprescribed_cents(quarter=quarter, kind=kind, open_cents=500_00, day=day)

    assert [left(AmountKind.FINE, date(2031, 10, day)) for day in (19, 20)] == [500_00, 0]
    assert [left(AmountKind.SURCHARGE, date(2031, 12, 31)), left(AmountKind.SURCHARGE, date(2032, 1, 1))] == [500_00, 0]
