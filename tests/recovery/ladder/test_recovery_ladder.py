"""The ladder against a table of dates worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recovery.clocks.rules.holds import Hold, count_forward, elapsed_days
from services.recovery.ladder.rules.outlook import outlook
from services.recovery.ladder.rules.picture import (
    LadderLaw,
    LetterOutcome,
    Mandate,
    OutlookKind,
    Picture,
    RegisteredLetter,
    RollState,
    RollStatus,
)
from services.recovery.ladder.rules.ways_out import Obstacle
from shared.law.fund import Fund

TABLE = yaml.safe_load(Path(__file__).with_name("cases").joinpath("ladder.yaml").read_text(encoding="utf-8"))
POLICY = replace(
    Fund.load(Path(__file__).resolve().parents[3] / "samples/fund.yaml").on(date(2026, 4, 1)).policy,
    reminder_after_days=TABLE["policy"]["reminder"],
    statement_after_days=TABLE["policy"]["statement"],
    contact_after_days=TABLE["policy"]["contact"],
    last_reminder_after_days=TABLE["policy"]["lastReminder"],
    roll_after_days=TABLE["policy"]["roll"],
    review_after_days=TABLE["policy"]["review"],
    post_silent_after_days=TABLE["policy"]["postSilent"],
    bailiff_silent_after_days=TABLE["policy"]["bailiffSilent"],
)
LAW = LadderLaw(
    contest_months=TABLE["law"]["contestMonths"],
    opposition_months=TABLE["law"]["oppositionMonths"],
)


def picture_of(facts: dict[str, Any]) -> Picture:
    """Build the picture a row of the table describes; `notifiedOn` stands for the whole ladder up to then."""
    if "notifiedOn" in facts:
        steps = {"reminder": date(2026, 4, 14), "statement": date(2026, 5, 15), "contact": date(2026, 6, 1)}
        letter = {"attempt": 1, "made": date(2026, 6, 29), "deposited": date(2026, 6, 29), "outcome": "delivered"}
        facts = {**facts, **steps, "letter": {**letter, "notified": facts["notifiedOn"]}}
    return Picture(
        opened_on=TABLE["openedOn"],
        reminder_on=facts.get("reminder"),
        statement_on=facts.get("statement"),
        contact_asked_on=facts.get("contact"),
        letter=_letter(facts.get("letter")),
        roll=_roll(facts.get("roll")),
        warrant_on=facts.get("warrant"),
        payable_until=facts.get("payableUntil"),
        mandate=_mandate(facts.get("mandate")),
        opposition_ended_on=facts.get("oppositionEnded"),
        obstacles=tuple(Obstacle(reason=reason, article="by hand") for reason in facts.get("obstacles", ())),
        holds=tuple(
            Hold(starts_on=hold["from"], ends_before=hold["before"], reason=hold["reason"])
            for hold in facts.get("holds", ())
        ),
    )


def _letter(facts: dict[str, Any] | None) -> RegisteredLetter | None:
    if facts is None:
        return None
    return RegisteredLetter(
        attempt=facts["attempt"],
        made_on=facts["made"],
        try_again_on=facts.get("tryAgain"),
        deposited_on=facts.get("deposited"),
        outcome=LetterOutcome(facts["outcome"]) if "outcome" in facts else None,
        notified_on=facts.get("notified"),
        resumed=facts.get("resumed", False),
    )


def _roll(facts: dict[str, Any] | None) -> RollState | None:
    if facts is None:
        return None
    return RollState(
        attempt=facts["attempt"],
        requested_on=facts["requested"],
        status=RollStatus(facts["status"]),
        resumed=facts.get("resumed", False),
    )


def _mandate(facts: dict[str, Any] | None) -> Mandate | None:
    if facts is None:
        return None
    return Mandate(
        attempt=facts["attempt"],
        try_again_on=facts.get("tryAgain"),
        sent_on=facts.get("sent"),
        served_on=facts.get("served"),
        failed_on=facts.get("failed"),
        resumed=facts.get("resumed", False),
    )


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_next_step_is_the_one_worked_out_by_hand(case: dict[str, Any]) -> None:
    answer = outlook(picture=picture_of(case.get("given", {})), policy=POLICY, law=LAW, today=case["today"])
    names = {"remainingDays": "remaining_days", "day": "on"}
    found = {name: getattr(answer, names.get(name, name)) for name in case["expect"]}
    assert found == case["expect"]


@given(
    starts=st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6
    ),
    days=st.integers(0, 120),
)
def test_a_wait_always_lasts_its_days_without_those_of_holds(starts: list[tuple[int, int]], days: int) -> None:
    since = date(2026, 3, 31)
    holds = [
        Hold(starts_on=since + timedelta(days=first), ends_before=since + timedelta(days=end), reason="any")
        for first, end in starts
    ]
    day = count_forward(since=since, days=days, holds=holds)
    passed = elapsed_days(since=since, until=day, holds=holds)
    assert not any(hold.covers(day) for hold in holds)
    assert passed in {days, days + 1}
    assert (day - since).days >= days


@given(offset=st.integers(0, 1400))
@settings(deadline=None)
def test_an_open_case_always_has_a_next_date(offset: int) -> None:
    today = TABLE["openedOn"] + timedelta(days=offset)
    for case in TABLE["cases"]:
        answer = outlook(picture=picture_of(case.get("given", {})), policy=POLICY, law=LAW, today=today)
        if answer.kind is OutlookKind.DUE:
            assert answer.on <= today
        else:
            assert answer.on > today


def test_whatever_is_blocked_is_somebody_s_task() -> None:
    for case in TABLE["cases"]:
        answer = outlook(picture=picture_of(case.get("given", {})), policy=POLICY, law=LAW, today=case["today"])
        assert (answer.task is None) or answer.kind in {OutlookKind.BLOCKED, OutlookKind.AWAITING}
        if answer.kind is OutlookKind.BLOCKED:
            assert answer.task
