"""Recording an opposition against a served warrant, and its judgment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.recovery.harness import Stage
from tests.recovery.planted import Planted, planted_case

LODGED = {"lodgedOn": "2026-09-30"}


async def served_case(desk: Stage, *, today: date = date(2026, 10, 10)) -> Planted:
    """Return a case whose warrant was served on 4 September: opposition until Monday 5 October."""
    planted = await planted_case(desk, mandated=True)
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update mandate set served_on = '2026-09-04', cost_cents = 18743 where case_id = %s", (planted.case_id,)
        )
    desk.clock.day = today
    return planted


@pytest.mark.parametrize(("lodged_on", "result"), [("2026-10-05", "inTime"), ("2026-10-06", "tooLate")])
async def test_an_opposition_is_recorded_once_and_shown(desk: Stage, lodged_on: str, result: str) -> None:
    planted = await served_case(desk)
    path = f"/v1/cases/{planted.case_id}/oppositions"
    first = await desk.post(path, {"lodgedOn": lodged_on}, role="collectionsAgent")
    assert first.json()["result"] == result, first.text
    assert (await desk.post(path, {"lodgedOn": lodged_on}, role="collectionsAgent")).status_code == 409
    case = await desk.get(f"/v1/cases/{planted.case_id}")
    assert case["opposition"] == {"lodgedOn": lodged_on}
    assert (
        len(await desk.rows("select 1 from dispatch where signal = 'hold_changed' and dossier = %s", planted.dossier))
        == 1
    )
    path = f"/v1/cases/{planted.case_id}/oppositionJudgments"
    judged = await desk.post(path, {"judgedOn": "2026-10-09", "judgment": "rejected"}, role="collectionsAgent")
    assert judged.status_code == 200, judged.text
    case = await desk.get(f"/v1/cases/{planted.case_id}")
    assert case["opposition"] == {"lodgedOn": lodged_on, "judgedOn": "2026-10-09", "judgment": "rejected"}
    again = await desk.post(path, {"judgedOn": "2026-10-09", "judgment": "upheld"}, role="collectionsAgent")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("oppositions", {"lodgedOn": "2026-09-03"}, "lodgedOn"),
        ("oppositions", {"lodgedOn": "2026-10-11"}, "lodgedOn"),
        ("oppositionJudgments", {"judgedOn": "2026-09-29", "judgment": "rejected"}, "judgedOn"),
        ("oppositionJudgments", {"judgedOn": "2026-10-11", "judgment": "rejected"}, "judgedOn"),
        ("oppositionJudgments", {"judgedOn": "2026-10-09", "judgment": "perhaps"}, "judgment"),
    ],
)
async def test_a_day_that_cannot_be_is_refused_by_field(
    desk: Stage, path: str, body: dict[str, Any], field: str
) -> None:
    planted = await served_case(desk)
    if path == "oppositionJudgments":
        await desk.post(f"/v1/cases/{planted.case_id}/oppositions", LODGED, role="collectionsAgent")
    answer = await desk.post(f"/v1/cases/{planted.case_id}/{path}", body, role="collectionsAgent")
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == [field]


async def test_what_was_not_served_cannot_be_opposed_nor_judged(desk: Stage) -> None:
    planted = await planted_case(desk, mandated=True)
    for path, body in (
        ("oppositions", {"lodgedOn": "2026-09-10"}),
        ("oppositionJudgments", {"judgedOn": "2026-09-10", "judgment": "rejected"}),
    ):
        answer = await desk.post(f"/v1/cases/{planted.case_id}/{path}", body, role="collectionsAgent")
        assert answer.status_code == 409
