"""What partners report: taken in once, refused with the field and the rule, and kept either way."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import httpx
import pytest

from tests.recovery.harness import Stage
from tests.recovery.planted import SHA256, Planted, planted_case


def delivery(planted: Planted, **changes: Any) -> dict[str, Any]:
    """Return a good report of the post, changed as asked; None leaves a field out."""
    body = {
        "reference": str(planted.letter_id),
        "documentSha256": SHA256,
        "outcome": "delivered",
        "on": "2026-07-01",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def service(planted: Planted, **changes: Any) -> dict[str, Any]:
    """Return a good report of the bailiff, changed as asked; None leaves a field out."""
    body = {
        "mandateId": str(planted.mandate_id),
        "kind": "served",
        "servedOn": "2026-09-04",
        "costCents": 18_743,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def fields(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return which field broke which rule."""
    return [(issue["name"], issue["type"].rpartition(":")[2]) for issue in answer.json()["issues"]]


async def reports_about(desk: Stage, reference: uuid.UUID) -> list[dict[str, Any]]:
    """Return what was kept of the reports that name a reference, in the order they came."""
    return await desk.rows(
        "select partner, reported_by, accepted, refusal from partner_report where content like %s order by report_id",
        f"%{reference}%",
    )


async def latest_report(desk: Stage) -> dict[str, Any]:
    """Return the report that was kept last."""
    [row] = await desk.rows("select accepted, refusal, content from partner_report order by report_id desc limit 1")
    return row


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


async def test_a_service_is_taken_in_once_with_its_costs(desk: Stage) -> None:
    planted = await planted_case(desk, mandated=True)
    for _ in range(2):
        answer = await desk.post("/v1/bailiffReports", service(planted), role="partner", subject="bailiff")
        assert answer.status_code == 200, answer.text
    [served] = await desk.facts("warrant-served", planted.dossier)
    assert (served["servedOn"], served["quarters"]) == ("2026-09-04", ["2026Q1"])
    [costs] = await desk.facts("costs-charged", planted.dossier)
    assert (costs["quarter"], costs["costCents"]) == ("2026Q1", 18_743)
    [step] = await desk.rows("select step, done_on from case_step where case_id = %s", planted.case_id)
    assert step == {"step": "service", "done_on": date(2026, 9, 4)}


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"mandateId": str(uuid.uuid4())}, ("mandateId", "referencedResourceNotFound")),
        ({"servedOn": None}, ("servedOn", "requiredInput")),
        ({"costCents": None}, ("costCents", "requiredInput")),
        ({"costCents": -1}, ("costCents", "schemaViolation")),
        ({"costCents": "18743"}, ("costCents", "schemaViolation")),
        ({"servedOn": "2026-08-20"}, ("servedOn", "outOfRange")),
        ({"servedOn": "2026-09-11"}, ("servedOn", "outOfRange")),
        ({"kind": "notServed"}, ("on", "requiredInput")),
        ({"kind": "notServed", "on": "2026-09-04"}, ("reason", "requiredInput")),
    ],
)
async def test_a_wrong_service_report_is_refused_by_field_and_rule(
    desk: Stage, changes: dict[str, Any], issue: tuple[str, str]
) -> None:
    planted = await planted_case(desk, mandated=True)
    answer = await desk.post("/v1/bailiffReports", service(planted, **changes), role="partner", subject="bailiff")
    assert answer.status_code == 400
    assert fields(answer) == [issue]
    assert await desk.facts("warrant-served", planted.dossier) == []


async def test_a_warrant_that_was_not_served_is_kept_with_its_reason(desk: Stage) -> None:
    planted = await planted_case(desk, mandated=True)
    body = {"mandateId": str(planted.mandate_id), "kind": "notServed", "on": "2026-09-04", "reason": "moved"}
    for _ in range(2):
        answer = await desk.post("/v1/bailiffReports", body, role="partner", subject="bailiff")
        assert answer.status_code == 200, answer.text
    later = await desk.post("/v1/bailiffReports", service(planted), role="partner", subject="bailiff")
    assert later.status_code == 409
    [mandate] = await desk.rows("select failed_on, failure, served_on from mandate where case_id = %s", planted.case_id)
    assert mandate == {"failed_on": date(2026, 9, 4), "failure": "moved", "served_on": None}


@pytest.mark.parametrize("ending", ["withdrawn", "closed"])
async def test_a_service_after_the_end_charges_nothing_until_a_person_decides(desk: Stage, ending: str) -> None:
    planted = await planted_case(desk, mandated=True)
    change = {
        "withdrawn": "update mandate set withdrawn_on = '2026-09-02' where case_id = %s",
        "closed": "update recovery_case set status = 'closed', accepts_debts = false, outcome = 'paid', "
        "closed_on = '2026-09-02', remaining_days = null where case_id = %s",
    }[ending]
    async with desk.database.transaction() as connection:
        await connection.execute(change, (planted.case_id,))
    for _ in range(2):
        answer = await desk.post("/v1/bailiffReports", service(planted), role="partner", subject="bailiff")
        assert answer.status_code == 200, answer.text
    for fact in ("warrant-served", "costs-charged"):
        assert await desk.facts(fact, planted.dossier) == []
    [task] = await desk.rows("select kind, role, due_on, details from task where dossier = %s", planted.dossier)
    assert (task["kind"], task["role"], task["due_on"]) == ("warrantServedTooLate", "teamLead", date(2026, 9, 17))
    assert (task["details"]["servedOn"], task["details"]["costCents"]) == ("2026-09-04", 18_743)
    [mandate] = await desk.rows("select served_on, cost_cents from mandate where case_id = %s", planted.case_id)
    assert mandate == {"served_on": None, "cost_cents": None}
    other = service(planted, costCents=18_744)
    assert (await desk.post("/v1/bailiffReports", other, role="partner", subject="bailiff")).status_code == 409


async def served_too_late(desk: Stage) -> tuple[Planted, str]:
    """Let a warrant be served after its mandate was taken back; returns where its costs are decided."""
    planted = await planted_case(desk, mandated=True)
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update mandate set withdrawn_on = '2026-09-02' where mandate_id = %s", (planted.mandate_id,)
        )
    answer = await desk.post("/v1/bailiffReports", service(planted), role="partner", subject="bailiff")
    assert answer.status_code == 200, answer.text
    return planted, f"/v1/cases/{planted.case_id}/lateServices/{planted.mandate_id}/decision"


@pytest.mark.parametrize(
    ("decision", "charged"), [("chargeDebtor", [("2026Q1", 18_743, "2026-09-10")]), ("bearByFund", [])]
)
async def test_a_team_lead_decides_once_who_bears_the_costs_of_a_late_service(
    desk: Stage, decision: str, charged: list[tuple[str, int, str]]
) -> None:
    planted, path = await served_too_late(desk)
    [late] = (await desk.get(f"/v1/cases/{planted.case_id}"))["lateServices"]
    assert (late["servedOn"], late["costCents"], late.get("decision")) == ("2026-09-04", 18_743, None)
    body = {"decision": decision, "reason": "the debtor paid after the bailiff had left"}
    for _ in range(2):
        answer = await desk.post(path, body, role="teamLead", subject="lead")
        assert answer.status_code == 200, answer.text
    facts = await desk.facts("costs-charged", planted.dossier)
    assert [(fact["quarter"], fact["costCents"], fact["occurredOn"]) for fact in facts] == charged
    [late] = (await desk.get(f"/v1/cases/{planted.case_id}"))["lateServices"]
    assert (late["decision"], late["decidedBy"], late["decidedOn"]) == (decision, "lead", "2026-09-10")
    assert late["reason"] == body["reason"]
    [task] = await desk.rows("select resolution from task where dossier = %s", planted.dossier)
    assert task["resolution"] == decision
    other = {"decision": "bearByFund" if charged else "chargeDebtor", "reason": "on second thoughts"}
    assert (await desk.post(path, other, role="teamLead")).status_code == 409
    assert len(await desk.facts("costs-charged", planted.dossier)) == len(charged)


async def test_costs_of_a_late_service_are_a_team_leads_and_of_its_own_case(desk: Stage) -> None:
    _planted, path = await served_too_late(desk)
    body = {"decision": "chargeDebtor", "reason": "the debtor caused them"}
    for role in ("collectionsAgent", "operator", "service"):
        assert (await desk.post(path, body, role=role)).status_code == 403
    elsewhere = path.replace(path.split("/")[3], str(uuid.uuid4()))
    assert (await desk.post(elsewhere, body, role="teamLead")).status_code == 404
    refused = await desk.post(path, {**body, "decision": "halves"}, role="teamLead")
    assert (refused.status_code, fields(refused)) == (400, [("decision", "schemaViolation")])


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("/v1/deliveryReports", "bailiff"),
        ("/v1/deliveryReports", "postal"),
        ("/v1/bailiffReports", "post"),
        ("/v1/bailiffReports", "mutuality"),
    ],
)
async def test_a_partner_reports_only_its_own_work(desk: Stage, path: str, subject: str) -> None:
    planted = await planted_case(desk, mandated=True)
    body = delivery(planted) if path == "/v1/deliveryReports" else service(planted)
    assert (await desk.post(path, body, role="partner", subject=subject)).status_code == 403
    assert await reports_about(desk, planted.letter_id) == await reports_about(desk, planted.mandate_id) == []
    assert await desk.facts("costs-charged", planted.dossier) == []


@pytest.mark.parametrize("role", ["collectionsAgent", "teamLead", "service", "auditor", "operator"])
async def test_only_partners_report(desk: Stage, role: str) -> None:
    planted = await planted_case(desk)
    for path, body in (("/v1/deliveryReports", delivery(planted)), ("/v1/bailiffReports", service(planted))):
        assert (await desk.post(path, body, role=role)).status_code == 403


@pytest.mark.parametrize(
    ("path", "partner", "name"),
    [("/v1/deliveryReports", "post", "reference"), ("/v1/bailiffReports", "bailiff", "mandateId")],
)
async def test_a_partner_reports_only_what_was_given_to_it(desk: Stage, path: str, partner: str, name: str) -> None:
    planted = await planted_case(desk, mandated=True)
    async with desk.database.transaction() as connection:
        for table in ("registered_letter", "mandate"):
            await connection.execute(
                f"update {table} set given_to = 'somebodyElse' where case_id = %s", (planted.case_id,)
            )
    body = delivery(planted) if path == "/v1/deliveryReports" else service(planted)
    answer = await desk.post(path, body, role="partner", subject=partner)
    assert answer.status_code == 400
    [issue] = answer.json()["issues"]
    assert issue["in"] == "body"
    assert issue["name"] == name
    assert (await latest_report(desk))["accepted"] is False, "what was refused is kept"
    assert await desk.facts("costs-charged", planted.dossier) == []
    assert await desk.facts("last-reminder-served", planted.dossier) == []
