"""What the post reports: taken in once, refused with the field and the rule, and kept either way."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from tests.recovery.harness import Stage
from tests.recovery.planted import planted_case
from tests.recovery.reports import delivery, fields, latest_report, reports_about


async def test_a_delivery_is_taken_in_once_however_often_it_is_told(desk: Stage) -> None:
    planted = await planted_case(desk)
    for _ in range(3):
        answer = await desk.post("/v1/deliveryReports", delivery(planted), role="partner", subject="post")
        assert (answer.status_code, answer.json()) == (200, {"accepted": True})
    [served] = await desk.facts("last-reminder-served", planted.dossier)
    assert served["contestBefore"] == "2026-08-04"
    [letter] = await desk.rows("select outcome, notified_on from registered_letter where case_id = %s", planted.case_id)
    assert letter == {"outcome": "delivered", "notified_on": date(2026, 7, 1)}
    waking = await desk.rows("select signal from dispatch where dossier = %s and signal is not null", planted.dossier)
    assert len(waking) == 1
    [kept] = await reports_about(desk, planted.letter_id)
    assert kept == {"partner": "post", "reported_by": "post", "accepted": True, "refusal": None}


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"reference": str(uuid.uuid4())}, ("reference", "referencedResourceNotFound")),
        ({"documentSha256": "0" * 64}, ("documentSha256", "equalExpected")),
        ({"on": "2026-06-28"}, ("on", "outOfRange")),
        ({"on": "2026-07-04"}, ("on", "outOfRange")),
        ({"on": "yesterday"}, ("on", "schemaViolation")),
        ({"on": None}, ("on", "schemaViolation")),
        ({"outcome": "eaten"}, ("outcome", "schemaViolation")),
        ({"color": "blue"}, ("color", "schemaViolation")),
    ],
)
async def test_a_wrong_delivery_report_is_refused_by_field_and_rule_and_kept(
    desk: Stage, changes: dict[str, Any], issue: tuple[str, str]
) -> None:
    planted = await planted_case(desk)
    answer = await desk.post("/v1/deliveryReports", delivery(planted, **changes), role="partner", subject="post")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert fields(answer) == [issue]
    kept = await latest_report(desk)
    assert not kept["accepted"]
    assert issue[0] in kept["refusal"]
    assert await desk.facts("last-reminder-served", planted.dossier) == []


async def test_what_is_not_even_json_is_kept_too(desk: Stage) -> None:
    headers = {**desk.acting_as("partner", subject="post"), "Content-Type": "application/json"}
    answer = await desk.http.post("/v1/deliveryReports", content=b"\xff\x00 rain", headers=headers)
    assert answer.status_code == 400
    kept = await latest_report(desk)
    assert (kept["content"], kept["accepted"]) == ("\ufffd\ufffd rain", False)


async def test_a_report_before_the_receipt_is_asked_again_later_and_then_taken_in(desk: Stage) -> None:
    planted = await planted_case(desk, deposited=False)
    early = await desk.post("/v1/deliveryReports", delivery(planted), role="partner", subject="post")
    assert early.status_code == 409
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update registered_letter set deposited_on = '2026-06-29', receipt = 'P1', given_to = 'post' "
            "where letter_id = %s",
            (planted.letter_id,),
        )
    later = await desk.post("/v1/deliveryReports", delivery(planted), role="partner", subject="post")
    assert later.status_code == 200
    kept = await reports_about(desk, planted.letter_id)
    assert [row["accepted"] for row in kept] == [False, True]


async def test_a_second_story_about_the_same_letter_is_a_conflict(desk: Stage) -> None:
    planted = await planted_case(desk)
    await desk.post("/v1/deliveryReports", delivery(planted), role="partner", subject="post")
    answer = await desk.post("/v1/deliveryReports", delivery(planted, outcome="lost"), role="partner", subject="post")
    assert answer.status_code == 409


async def test_a_second_day_of_the_same_delivery_is_a_conflict(desk: Stage) -> None:
    planted = await planted_case(desk)
    first = await desk.post("/v1/deliveryReports", delivery(planted), role="partner", subject="post")
    assert first.status_code == 200
    other = delivery(planted, on="2026-07-02")
    answer = await desk.post("/v1/deliveryReports", other, role="partner", subject="post")
    assert answer.status_code == 409, "the month of RGS art. 46 runs from that day"
