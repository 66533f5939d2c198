"""Procedures that run are not broken by today's code: their histories, written down earlier, are replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.affiliation.companies.workflow import CompanyAffiliation
from services.affiliation.declarations.workflow import AffiliationApplication
from tests.affiliation.changed_procedure import CarelesslyChanged
from tests.histories.decoding import FOLDER

HISTORIES = sorted((FOLDER / "affiliation").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    """Return a golden history."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_every_way_a_procedure_can_end_was_written_down() -> None:
    assert {path.stem for path in HISTORIES} >= {
        "AffiliationApplication-confirmed",
        "AffiliationApplication-completed",
        "AffiliationApplication-refused",
        "AffiliationApplication-withdrawn",
        "CompanyAffiliation-linked",
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_running_procedure_continues_with_this_code(path: Path) -> None:
    replayer = Replayer(workflows=[AffiliationApplication, CompanyAffiliation], data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


async def test_a_careless_change_is_noticed() -> None:
    replayer = Replayer(workflows=[CarelesslyChanged], data_converter=pydantic_data_converter)
    with pytest.raises(Exception, match=r"[Nn]ondeterminis"):
        await replayer.replay_workflow(history(FOLDER / "affiliation" / "AffiliationApplication-confirmed.json"))
