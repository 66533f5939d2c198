"""Cases that run for years are not broken by today's code: their histories, written down earlier, are replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.recovery.cases.workflow import RecoveryCase
from tests.histories.decoding import FOLDER
from tests.recovery.cases.changed_procedure import CarelesslyChanged

HISTORIES = sorted((FOLDER / "recovery").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    """Return a golden history."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_every_way_of_a_case_was_written_down() -> None:
    assert {path.stem for path in HISTORIES} >= {
        "RecoveryCase-at-bailiff",
        "RecoveryCase-held",
        "RecoveryCase-paid",
        "RecoveryCase-refused-then-issued",
        "RecoveryCase-relieved",
        "RecoveryCase-withdrawn",
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_running_case_continues_with_this_code(path: Path) -> None:
    replayer = Replayer(workflows=[RecoveryCase], data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


async def test_a_careless_change_is_noticed() -> None:
    replayer = Replayer(workflows=[CarelesslyChanged], data_converter=pydantic_data_converter)
    with pytest.raises(Exception, match=r"[Nn]ondeterminis"):
        await replayer.replay_workflow(history(FOLDER / "recovery" / "RecoveryCase-paid.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_no_amount_and_nobody_s_name_is_in_a_history(path: Path) -> None:
    import base64
    import re

    text = path.read_text(encoding="utf-8")
    told = b" ".join(base64.b64decode(data) for data in re.findall(r'"data": "([A-Za-z0-9+/=]+)"', text))
    assert b"reminder" in told  # in clear here, so what is looked for would be seen
    for secret in (b"Exemplemont", b"Camille", b"85073003328", b"Cents", b"89042", b"95497"):
        assert secret not in told
