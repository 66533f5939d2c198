"""Procedures that run are not broken by today's code: their histories, written down earlier, are replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.benefits.droit_passerelle.workflow import DroitPasserelleClaim
from services.benefits.payouts.workflow import PayoutRun
from services.benefits.transmissions.workflow import MutualityTransmission
from tests.benefits.changed_procedure import CarelesslyChanged
from tests.histories.decoding import FOLDER, told_in

HISTORIES = sorted((FOLDER / "benefits").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    """Return a golden history."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_the_ways_procedures_can_go_were_written_down() -> None:
    assert {path.stem for path in HISTORIES} >= {
        "DroitPasserelleClaim-completed",
        "DroitPasserelleClaim-late",
        "DroitPasserelleClaim-lost-letter",
        "DroitPasserelleClaim-paid",
        "DroitPasserelleClaim-silence",
        "MutualityTransmission-acknowledged",
        "MutualityTransmission-closed",
        "MutualityTransmission-corrected",
        "MutualityTransmission-down",
        "MutualityTransmission-late",
        "PayoutRun-bank-down",
        "PayoutRun-withdrawn",
        "PayoutRun-nothing-due",
        "PayoutRun-refused",
        "PayoutRun-silent-lead",
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_running_procedure_continues_with_this_code(path: Path) -> None:
    replayer = Replayer(
        workflows=[DroitPasserelleClaim, MutualityTransmission, PayoutRun], data_converter=pydantic_data_converter
    )
    await replayer.replay_workflow(history(path))


async def test_a_careless_change_is_noticed() -> None:
    replayer = Replayer(workflows=[CarelesslyChanged], data_converter=pydantic_data_converter)
    with pytest.raises(Exception, match=r"[Nn]ondeterminis"):
        await replayer.replay_workflow(history(FOLDER / "benefits" / "MutualityTransmission-acknowledged.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_no_history_holds_who_somebody_is_or_what_is_paid(path: Path) -> None:
    told = told_in(path)
    assert b"2026-" in told, "in clear here, so what is looked for would be seen"
    for secret in (b"85073003328", b"BE71096123456769", b"Exemplemont", b"Camille", b"Exemple", b"Cents", b"125327"):
        assert secret not in told


def test_what_a_history_tells_would_be_seen() -> None:
    told = told_in(FOLDER / "benefits" / "DroitPasserelleClaim-silence.json")
    assert b"no proof of the bankruptcy after a reminder" in told
