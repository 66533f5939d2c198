"""Days and counts just on this side of a rule of benefits and just on the other; what each message must say."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.benefits.claims.rules.entitlement import (
    Allowance,
    allowance,
    grant_ends_before,
    has_full_calendar_months,
    law_on,
)
from services.benefits.quarters_not_due.rules import Relief, ReliefGround, problems_of, relief_law
from services.benefits.transmissions.rules import Duty, Notice, is_first_contribution, message_body
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
LAW = law_on(parameters=PARAMETERS, fact_on=date(2026, 1, 15))
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("duty", "quarter", "more"),
    [
        (Duty.AFFILIATION, None, {}),
        (Duty.CESSATION, None, {"endDate": "2026-06-30"}),
        (Duty.CESSATION, "2026Q2", {"endDate": "2026-06-30", "yearQuarter": "2026Q2"}),
        (Duty.FIRST_CONTRIBUTION, None, {"contributionDate": "2026-06-30", "exempted": True}),
    ],
)
def test_each_message_says_what_its_duty_asks_and_no_more(
    duty: Duty, quarter: str | None, more: dict[str, str | bool]
) -> None:
    notice = Notice(
        transmission_id=UUID("0195d4a0-0000-5000-8000-000000000009"),
        duty=duty,
        insurer="319",
        file_number=1234567,
        category=Category.MAIN,
        starts_on=date(2026, 1, 1),
        happened_on=date(2026, 6, 30),
        quarter=None if quarter is None else Quarter.parse(quarter),
        relieved=True,
    )
    always = {
        "ticket": "0195d4a0-0000-5000-8000-000000000009",
        "kind": duty.value,
        "fundNumber": "999",
        "insurer": "319",
        "fileNumber": "1234567",
        "ssin": "00000000097",
        "category": "main",
        "startDate": "2026-01-01",
        "sentOn": "2026-07-01",
    }
    body = message_body(notice=notice, fund_number="999", ssin="00000000097", sent_on=date(2026, 7, 1))
    assert body == {**always, **more}


@pytest.mark.parametrize(
    ("quarter", "starts_on", "taken_over", "first"),
    [
        ("2026Q3", "2026-01-01", False, True),
        ("2026Q1", "2026-03-31", True, True),
        ("2026Q2", "2026-03-31", True, False),
        ("2026Q1", "2026-04-01", True, True),
    ],
)
def test_the_first_contribution_of_somebody_taken_over_is_that_of_the_quarter_of_the_start(
    quarter: str, starts_on: str, *, taken_over: bool, first: bool
) -> None:
    start = date.fromisoformat(starts_on)
    assert is_first_contribution(quarter=Quarter.parse(quarter), starts_on=start, taken_over=taken_over) is first


@pytest.mark.parametrize(
    ("event_on", "decided_on", "resumed_on", "ended_on", "refused"),
    [
        ("2026-01-02", "2026-11-20", None, None, []),
        ("2026-01-02", "2026-11-21", None, None, ["decidedOn outOfRange"]),
        ("2026-01-02", "2026-01-02", None, None, []),
        ("2026-01-03", "2026-01-02", None, None, ["eventOn invalidPeriod"]),
        ("2026-01-02", "2026-11-20", "2026-01-02", None, ["resumedOn invalidPeriod"]),
        ("2026-01-02", "2026-11-20", "2026-01-01", None, ["resumedOn invalidPeriod"]),
        ("2026-01-02", "2026-11-20", "2026-03-31", None, []),
        ("2026-01-02", "2026-11-20", None, "2026-01-02", ["endedOn invalidPeriod"]),
        ("2026-01-02", "2026-11-20", None, "2026-01-03", []),
        ("2026-01-02", "2026-11-20", "2026-03-31", "2026-03-31", ["endedOn exclusive"]),
    ],
)
def test_a_decision_on_illness_has_days_that_can_follow_each_other(
    event_on: str, decided_on: str, resumed_on: str | None, ended_on: str | None, refused: list[str]
) -> None:
    relief = Relief(
        ground=ReliefGround.ILLNESS,
        event_on=date.fromisoformat(event_on),
        resumed_on=None if resumed_on is None else date.fromisoformat(resumed_on),
        ended_on=None if ended_on is None else date.fromisoformat(ended_on),
        quarters=(Quarter(2026, 1),),
        decided_on=date.fromisoformat(decided_on),
    )
    law = relief_law(relief.ground, event_on=relief.event_on, parameters=PARAMETERS)
    found = problems_of(relief, earlier=[], law=law, today=TODAY)
    assert [f"{problem.field} {problem.rule}" for problem in found] == refused


@pytest.mark.parametrize(
    ("months", "quarters", "pension_quarters", "expected"),
    [
        (0, 0, None, (12, 4)),
        (1, 0, None, (11, 4)),
        (1, 0, 12, (12, 4)),
        (12, 4, 11, (3, 1)),
        (0, 4, None, (12, 0)),
        (0, 4, 12, (12, 1)),
        (0, 1, 12, (12, 4)),
        (12, 4, 12, (4, 1)),
        (13, 5, None, (0, 0)),
    ],
)
def test_pension_quarters_add_to_what_was_received_before(
    months: int, quarters: int, pension_quarters: int | None, expected: tuple[int, int]
) -> None:
    found = allowance(previous_months=months, previous_quarters=quarters, pension_quarters=pension_quarters, law=LAW)
    assert found == Allowance(months=expected[0], quarters=expected[1])


@pytest.mark.parametrize(
    ("starts_on", "ends_before", "full"),
    [
        ("2026-02-01", "2026-03-01", True),
        ("2026-02-01", "2026-02-28", False),
        ("2026-01-31", "2026-03-01", True),
        ("2026-01-31", "2026-02-28", False),
        ("2026-01-02", "2026-02-28", False),
        ("2026-01-01", None, True),
    ],
)
def test_a_whole_calendar_month_lies_in_the_interruption_or_not(
    starts_on: str, ends_before: str | None, *, full: bool
) -> None:
    end = None if ends_before is None else date.fromisoformat(ends_before)
    assert has_full_calendar_months(starts_on=date.fromisoformat(starts_on), ends_before=end, months=1) is full


@pytest.mark.parametrize(
    ("fact_on", "interrupted_before", "ends_before"),
    [
        ("2026-01-15", None, "2026-02-15"),
        ("2026-01-31", None, "2026-03-01"),
        ("2026-01-28", None, "2026-02-28"),
        ("2026-01-15", "2026-02-14", "2026-02-14"),
        ("2026-01-15", "2026-02-16", "2026-02-15"),
    ],
)
def test_a_grant_runs_from_date_to_date(fact_on: str, interrupted_before: str | None, ends_before: str) -> None:
    until = None if interrupted_before is None else date.fromisoformat(interrupted_before)
    found = grant_ends_before(fact_on=date.fromisoformat(fact_on), interruption_ends_before=until, months=1)
    assert found == date.fromisoformat(ends_before)
