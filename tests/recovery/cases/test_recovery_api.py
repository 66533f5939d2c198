"""What people do to cases over HTTP: who may, what is refused, and what is written down."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from tests.recovery.harness import Stage
from tests.recovery.people import QUARTER
from tests.recovery.planted import planted_case

CONTACT = {"madeOn": "2026-07-02", "channel": "telephone", "outcome": "reached"}
HOLD = {"reason": "hardship", "until": "2026-07-31", "legalBasis": "policy of the fund"}
RESUMPTION = {"decision": "tryAgain", "reason": "looked at again"}
CONTEST = {"sentOn": "2026-07-02", "quarters": [QUARTER]}
ACTIONS: dict[str, dict[str, Any]] = {
    "contacts": CONTACT,
    "holds": HOLD,
    "resumptions": RESUMPTION,
    "contests": CONTEST,
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_only_collections_work_on_cases(desk: Stage, action: str) -> None:
    for role in ("affiliationAgent", "benefitsAgent", "finance", "auditor", "operator", "service", "partner"):
        answer = await desk.post(f"/v1/cases/{uuid.uuid4()}/{action}", ACTIONS[action], role=role)
        assert answer.status_code == 403, role


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_unknown_case_is_not_found(desk: Stage, action: str) -> None:
    desk.clock.day = date(2026, 7, 3)
    answer = await desk.post(f"/v1/cases/{uuid.uuid4()}/{action}", ACTIONS[action], role="collectionsAgent")
    assert answer.status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
async def test_nothing_is_done_to_a_closed_case(desk: Stage, action: str) -> None:
    planted = await planted_case(desk)
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update recovery_case set status = 'closed', outcome = 'paid', closed_on = '2026-07-01', "
            "accepts_debts = false where case_id = %s",
            (planted.case_id,),
        )
    answer = await desk.post(f"/v1/cases/{planted.case_id}/{action}", ACTIONS[action], role="collectionsAgent")
    assert answer.status_code == 409


async def test_a_contact_is_recorded_once_and_attempts_as_often_as_they_happen(desk: Stage) -> None:
    planted = await planted_case(desk)
    path = f"/v1/cases/{planted.case_id}/contacts"
    for _ in range(2):
        attempt = await desk.post(path, {**CONTACT, "outcome": "notReached"}, role="collectionsAgent")
        assert attempt.status_code == 200
    assert await desk.facts("contact-made", planted.dossier) == []
    assert (await desk.post(path, CONTACT, role="collectionsAgent")).status_code == 200
    assert (await desk.post(path, CONTACT, role="collectionsAgent")).status_code == 409
    assert len(await desk.facts("contact-made", planted.dossier)) == 1


@pytest.mark.parametrize(
    ("body", "role", "status", "field"),
    [
        ({**CONTACT, "madeOn": "2026-07-04"}, "collectionsAgent", 400, "madeOn"),
        ({**CONTACT, "channel": "pigeon"}, "collectionsAgent", 400, "channel"),
        ({**CONTACT, "note": "speaks of 85.07.30-033.28"}, "collectionsAgent", 400, "note"),
        ({**CONTACT, "note": "BE71 0961 2345 6769"}, "collectionsAgent", 400, "note"),
        ({**CONTACT, "outcome": "exceptionJustified"}, "teamLead", 400, "note"),
        ({**CONTACT, "outcome": "exceptionJustified", "note": "in hospital"}, "collectionsAgent", 403, None),
        ({**CONTACT, "outcome": "exceptionJustified", "note": "unknown abroad"}, "teamLead", 200, None),
    ],
)
async def test_the_rules_of_a_contact(
    desk: Stage, body: dict[str, Any], role: str, status: int, field: str | None
) -> None:
    planted = await planted_case(desk)
    answer = await desk.post(f"/v1/cases/{planted.case_id}/contacts", body, role=role)
    assert answer.status_code == status
    if field is not None:
        assert [issue["name"] for issue in answer.json()["issues"]] == [field]


@pytest.mark.parametrize("until", ["2026-07-02", "2026-10-02"])
async def test_a_hold_has_an_end_that_is_neither_past_nor_far(desk: Stage, until: str) -> None:
    planted = await planted_case(desk)
    answer = await desk.post(f"/v1/cases/{planted.case_id}/holds", {**HOLD, "until": until}, role="collectionsAgent")
    assert answer.status_code == 400
    [issue] = answer.json()["issues"]
    # Today is 3 July; ninety days later it is 1 October.
    assert (issue["name"], "2026-10-01" in issue["detail"]) == ("until", True)


async def test_a_contest_in_time_blocks_the_warrant_a_late_one_does_not(desk: Stage) -> None:
    planted = await planted_case(desk)
    path = f"/v1/cases/{planted.case_id}/contests"
    unknown = await desk.post(path, {**CONTEST, "quarters": ["2025Q4"]}, role="collectionsAgent")
    assert unknown.status_code == 400
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update registered_letter set outcome = 'delivered', reported_on = '2026-07-01', "
            "notified_on = '2026-07-01' where case_id = %s",
            (planted.case_id,),
        )
    desk.clock.day = date(2026, 8, 10)
    late = await desk.post(path, {**CONTEST, "sentOn": "2026-08-04"}, role="collectionsAgent")
    assert late.json()["result"] == "tooLate"
    [row] = await desk.rows("select in_time from contest where case_id = %s", planted.case_id)
    assert row == {"in_time": False}


async def test_nothing_can_be_resumed_that_did_not_fail(desk: Stage) -> None:
    planted = await planted_case(desk)
    for decision in ("tryAgain", "deemNotified"):
        answer = await desk.post(
            f"/v1/cases/{planted.case_id}/resumptions",
            {**RESUMPTION, "decision": decision},
            role="collectionsAgent",
        )
        assert answer.status_code == 409


async def test_a_case_shows_when_its_debts_prescribe_and_who_looked(desk: Stage) -> None:
    planted = await planted_case(desk)
    case = await desk.get(f"/v1/cases/{planted.case_id}")
    [debt] = case["debts"]
    assert (debt["quarter"], debt["prescribedFrom"]) == (QUARTER, "2032-01-01")
    assert debt["interruptions"] == [{"kind": "registeredLetter", "on": "2026-06-29"}]
    # From 3 July 2026 to 1 January 2032.
    assert debt["daysLeft"] == 2008
    reads = await desk.rows("select actor, action from audit_entry where dossier = %s", planted.dossier)
    assert reads == [{"actor": "tester", "action": "case.read"}]


async def test_the_checker_names_a_case_that_sleeps(desk: Stage) -> None:
    planted = await planted_case(desk)
    sleeping = await desk.get("/v1/cases/exceptions")
    [item] = [item for item in sleeping["items"] if item["caseId"] == str(planted.case_id)]
    assert set(item["problems"]) == {"noComingDate", "noLiveProcedure"}


async def test_lists_are_filtered_and_paged(desk: Stage) -> None:
    planted = await planted_case(desk)
    mine = f"/v1/cases?dossier={planted.dossier}"
    page = await desk.get(f"{mine}&status=open&pageSize=1")
    assert [case["caseId"] for case in page["items"]] == [str(planted.case_id)]
    assert "nextAfter" not in page
    first = await desk.get("/v1/cases?pageSize=1")
    assert first["nextAfter"] == first["items"][0]["caseId"]
    for nothing in ("status=closed", "nextStep=warrant", "nextBefore=2026-04-01", f"after={planted.case_id}"):
        assert (await desk.get(f"{mine}&{nothing}"))["items"] == []


async def test_the_document_of_the_api_names_every_operation(desk: Stage) -> None:
    document = (await desk.http.get("/v1/doc/openapi.json")).json()
    assert document["openapi"] == "3.0.3"
    assert {"/cases", "/cases/{caseId}", "/deliveryReports", "/bailiffReports", "/summary"} <= set(document["paths"])
    body = document["paths"]["/deliveryReports"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["required"]) == {"reference", "documentSha256", "outcome", "on"}
