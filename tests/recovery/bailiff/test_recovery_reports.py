"""What the bailiff reports: taken in once, refused with the field and the rule, and kept; only partners report."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from tests.recovery.harness import Stage
from tests.recovery.planted import Planted, planted_case
from tests.recovery.reports import delivery, fields, latest_report, reports_about, service


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
