"""Quarters that are not due by a decision taken elsewhere: cases of cases/contribution_reliefs.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.benefits.quarters_not_due.rules import Relief, ReliefGround, problems_of, relief_law
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter

TEXT = Path(__file__).with_name("cases").joinpath("contribution_reliefs.yaml").read_text("utf-8")
CASES = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - every value stays the text it is
PARAMETERS = Parameters.load()
TODAY = date(2026, 11, 22)


def relief_from(case: dict[str, Any]) -> Relief:
    """Read a decision of the table."""
    days = {name: date.fromisoformat(case[key]) if key in case else None for name, key in _ENDS.items()}
    return Relief(
        ground=ReliefGround(case["ground"]),
        event_on=date.fromisoformat(case["event"]),
        quarters=tuple(Quarter.parse(text) for text in case["quarters"]),
        decided_on=date.fromisoformat(case.get("decided", "2026-11-20")),
        **days,
    )


_ENDS = {"resumed_on": "resumed", "ended_on": "ended"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_no_more_quarters_than_the_regulation_gives(case: dict[str, Any]) -> None:
    relief = relief_from(case)
    law = relief_law(relief.ground, event_on=relief.event_on, parameters=PARAMETERS)
    earlier = [relief_from(one) for one in case.get("earlier", [])]
    found = problems_of(relief, earlier=earlier, law=law, today=TODAY)
    assert [f"{problem.field} {problem.rule}" for problem in found] == case.get("refused", [])
    # What a refusal says is shown and may be logged: nothing of why or when somebody was ill.
    for problem in found:
        assert case["ground"] not in problem.detail.replace(".", "").split()
        assert case["event"] not in problem.detail


def test_before_the_regulation_gave_a_quarter_after_a_birth_nothing_is_guessed() -> None:
    with pytest.raises(ParameterMissing):
        relief_law(ReliefGround.MATERNITY, event_on=date(2016, 9, 30), parameters=PARAMETERS)
    assert relief_law(ReliefGround.MATERNITY, event_on=date(2016, 10, 1), parameters=PARAMETERS).maternity_quarters == 1
