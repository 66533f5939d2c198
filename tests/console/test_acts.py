"""What people do: each form is one call that the service's own document knows, and nothing is said in addresses."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from services.console.api.act_tables import ACTS
from services.console.api.acts import PAGES_AGAIN
from services.console.api.dossiers import PURPOSES
from tests.console.acts_done import DONE, ID
from tests.console.world import SAME_ORIGIN, Browser, Examples, FakeServices, document_of


@pytest.mark.parametrize(("route", "fields", "call", "back"), DONE, ids=[one[0] for one in DONE])
async def test_an_act_is_one_call_and_leads_back(
    route: str, fields: dict[str, Any], call: tuple[str, str, str], back: str
) -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead")
    typed: dict[str, Any] = {
        name: f"{value // 100},{value % 100:02d}" if name.endswith("Cents") else value for name, value in fields.items()
    }
    response = await browser.post(route.replace("{}", ID), **typed)
    assert response.status_code == 303, response.text
    assert response.headers["location"] == f"{back}?done=1"
    assert [one[:3] for one in services.calls] == [call]
    assert services.calls[0][3] == (fields or None)
    assert "This is written down." in (await browser.get(response.headers["location"])).text


def test_every_act_is_tried_here() -> None:
    assert len(DONE) == len(ACTS)


def test_a_form_that_can_be_wrong_has_a_page_to_show_it_again() -> None:
    assert {act.again for act in ACTS if act.again} == set(PAGES_AGAIN)


async def test_a_case_shows_what_is_wrong_with_a_hold_beside_its_field_and_keeps_what_was_typed() -> None:
    services = FakeServices()
    issue = {"type": "urn:problem-type:x:outOfRange", "in": "body", "name": "until", "detail": "lies in the past"}
    problem = httpx.Response(400, json={"detail": "no", "issues": [issue]})
    services.answers[("recovery", "POST", "/cases/{caseId}/holds")] = partial(_same, problem)
    case = Examples(document_of("recovery"), full=True).of({"$ref": "#/components/schemas/CaseDetail"})
    open_case = httpx.Response(200, json={**case, "status": "open"})
    services.answers[("recovery", "GET", "/cases/{caseId}")] = partial(_same, open_case)
    browser = await Browser(services).sign_in("collectionsAgent")
    response = await browser.post(f"/cases/{ID}/holds", reason="hardship", until="2026-01-01", legalBasis="RGS art. 46")
    assert response.status_code == 400
    assert f'id="fault-cases-{ID}-holds-until"' in response.text
    assert 'value="RGS art. 46"' in response.text
    assert '<option value="hardship" selected>' in response.text


async def test_a_claim_is_completed_with_what_was_said_and_nothing_else() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("benefitsAgent")
    said: dict[str, Any] = {"evidenceReceived": "true", "convicted": "false", "provoked": "", "previousMonths": "3"}
    response = await browser.post(f"/claims/{ID}/information", **said, dependantAttested="true")
    assert (response.status_code, response.headers["location"]) == (303, f"/claims/{ID}?done=1")
    statements = {"evidenceReceived": True, "convicted": False, "previousMonths": 3}
    body = {"statements": statements, "dependantAttested": True}
    assert services.calls[0] == ("benefits", "POST", "/claims/{claimId}/information", body)


async def test_quarters_of_another_fund_and_other_income_are_said_of_a_claim() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("benefitsAgent")
    said: dict[str, Any] = {
        "replacementIncomeCents": "1.250,75",
        "attestedQuarter1": "2025Q1", "attestedCategory1": "main", "attestedPaid1": "true",
        "attestedQuarter3": "2024Q4", "attestedCategory3": "primoStarter", "attestedPaid3": "false",
    }  # fmt: skip
    response = await browser.post(f"/claims/{ID}/information", **said)
    assert response.status_code == 303, response.text
    attested = [
        {"quarter": "2025Q1", "category": "main", "paid": True},
        {"quarter": "2024Q4", "category": "primoStarter", "paid": False},
    ]
    assert services.calls[0][3] == {"statements": {"replacementIncomeCents": 125_075, "attestedQuarters": attested}}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"attestedQuarter2": "2025Q1", "attestedCategory2": "main"}, "attestedPaid2"),
        ({"attestedPaid2": "true", "attestedCategory2": "main"}, "attestedQuarter2"),
        ({"replacementIncomeCents": "about 1000"}, "replacementIncomeCents"),
    ],
)
async def test_what_is_said_halfway_is_asked_for_beside_its_field(typed: dict[str, Any], field: str) -> None:
    services = FakeServices()
    claim = {"claimId": ID, "dossier": ID, "status": "waiting", "assessments": [], "payouts": []}
    services.answers[("benefits", "GET", "/claims/{claimId}")] = partial(_same, httpx.Response(200, json=claim))
    browser = await Browser(services).sign_in("benefitsAgent")
    response = await browser.post(f"/claims/{ID}/information", **typed)
    assert response.status_code == 400
    assert f'id="fault-claims-{ID}-information-{field}"' in response.text
    assert not [one for one in services.calls if one[1] == "POST"]


@pytest.mark.parametrize("field", [{"convicted": "perhaps"}, {"previousMonths": "-1"}])
async def test_what_can_not_be_said_of_a_claim_is_not_sent_on(field: dict[str, Any]) -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("benefitsAgent")
    assert (await browser.post(f"/claims/{ID}/information", **field)).status_code == 400
    assert not [one for one in services.calls if one[1] == "POST"]


async def test_fields_left_blank_or_unknown_are_not_sent_on() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead")
    fields = {
        "madeOn": "2026-06-01",
        "channel": "visit",
        "outcome": "reached",
        "note": "  ",
        "recordedBy": "somebody else",
    }
    await browser.post(f"/cases/{ID}/contacts", SAME_ORIGIN, **fields)
    assert services.calls[0][3] == {"madeOn": "2026-06-01", "channel": "visit", "outcome": "reached"}


async def test_what_a_service_refuses_is_told_and_not_hidden() -> None:
    services = FakeServices()
    services.forbid("recovery", "POST", "/approvals/{approvalId}/decide", detail="somebody else must decide")
    browser = await Browser(services).sign_in("teamLead")
    response = await browser.post(f"/approvals/recovery/{ID}/decide", decision="approved", reason="mine")
    assert response.status_code == 403
    assert "somebody else must decide" in response.text


async def test_an_unknown_service_is_not_asked() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead")
    assert (await browser.post(f"/tasks/sandbox/{ID}/resolve", resolution="done")).status_code == 404
    assert (await browser.get(f"/documents/sandbox/{ID}")).status_code == 404
    assert services.requests == []


async def test_files_are_not_read_as_forms() -> None:
    browser = await Browser(FakeServices()).sign_in("teamLead")
    response = await browser.http.post("/search", files={"fileNumber": b"1"}, headers=SAME_ORIGIN)
    assert response.status_code == 413


@pytest.mark.parametrize("text", ["", "abc", "0", "99999999", "1e3", "٣", "1;2"])
async def test_only_file_numbers_are_searched(text: str) -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in()
    assert (await browser.post("/search", fileNumber=text)).status_code == 400
    assert services.requests == []


async def test_a_file_number_nobody_has_is_not_found() -> None:
    browser = await Browser(FakeServices(full=False)).sign_in()
    assert (await browser.post("/search", fileNumber="17")).status_code == 404


async def test_a_payment_is_given_to_a_dossier_by_its_file_number() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("finance")
    response = await browser.post(f"/payments/{ID}/match", fileNumber="17", quarter="2026Q1")
    assert response.headers["location"] == "/tasks?done=1"
    assert services.calls == [
        ("affiliation", "POST", "/dossiers/query", {"fileNumbers": [17]}),
        ("billing", "POST", "/bankLines/{lineId}/match", {"dossier": ID, "quarter": "2026Q1"}),
    ]


async def test_a_suggestion_is_accepted_and_a_wrong_match_undone() -> None:
    services = FakeServices()
    task = {
        "taskId": ID,
        "kind": "unmatchedPayment",
        "role": "finance",
        "details": {"lineId": ID},
        "dueOn": "2026-04-01",
    }
    suggestion = {"dossier": ID, "fileNumber": 17, "openCents": 5, "reasons": ["payerPaidBefore"]}
    line = {"lineId": ID, "communication": "MERCI", "counterpartyAccount": "", "suggestions": [suggestion]}
    services.answers[("billing", "GET", "/tasks")] = lambda _: httpx.Response(200, json={"items": [task]})
    services.answers[("billing", "GET", "/bankLines/waiting")] = lambda _: httpx.Response(200, json={"items": [line]})
    browser = await Browser(services).sign_in("finance")
    page = (await browser.get("/tasks")).text
    assert "Give to file 0000017" in page
    assert "this account paid for it before" in page
    for dossier, back in (("", "/tasks"), ("https://example.com", "/tasks"), (ID, f"/dossiers/{ID}")):
        response = await browser.post(f"/payments/{ID}/undo", dossier=dossier)
        assert response.headers["location"] == f"{back}?done=1"
    assert services.calls[-1] == ("billing", "POST", "/bankLines/{lineId}/undoMatch", {"excludePayer": True})


async def test_no_identity_is_asked_before_a_purpose_is_chosen() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead", "auditor")
    await browser.get(f"/dossiers/{ID}")
    await browser.get(f"/dossiers/{ID}", params={"purpose": "caseHandling", "show": "identity"})
    assert not [one for one in services.calls if "identities" in one[2] or "audit" in one[2]]
    for purpose in ("", "curiosity"):
        response = await browser.post(f"/dossiers/{ID}", show="identity", purpose=purpose)
        assert response.status_code == 400
    assert not [one for one in services.calls if "identities" in one[2]]


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_an_identity_is_read_once_for_the_purpose_chosen(purpose: str) -> None:
    services = FakeServices(text="Peeters")
    browser = await Browser(services).sign_in("collectionsAgent")
    response = await browser.post(f"/dossiers/{ID}", show="identity", purpose=purpose)
    assert response.status_code == 200
    assert "Peeters" in response.text
    asked = [one[3] for one in services.calls if one[2] == "/identities/query"]
    assert asked == [{"dossiers": [ID], "purpose": purpose}]
    assert "location" not in response.headers


async def test_who_looked_is_for_auditors_and_asked_with_a_purpose() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("auditor")
    assert "Who looked or acted" in (await browser.get(f"/dossiers/{ID}")).text
    response = await browser.post(f"/dossiers/{ID}", show="audit", purpose="audit")
    assert response.status_code == 200
    asked = [one[0] for one in services.calls if one[2] == "/audit/query"]
    assert sorted(asked) == ["affiliation", "benefits", "billing", "recovery"]
    agent = await Browser(FakeServices()).sign_in("collectionsAgent")
    assert "Who looked or acted" not in (await agent.get(f"/dossiers/{ID}")).text


async def test_what_was_written_by_others_is_never_run() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=x"
    services = FakeServices(text=attack)
    browser = await Browser(services).sign_in("teamLead", "benefitsAgent", "auditor", "finance", "operator")
    for path in (f"/cases/{ID}", f"/claims/{ID}", f"/dossiers/{ID}", "/approvals", "/tasks", f"/transmissions/{ID}"):
        text = (await browser.get(path)).text
        assert "<script>" not in text
        assert "<img" not in text
        assert "&#34;&#39; onmouseover" in text or "alert" not in text
    case = (await browser.get(f"/cases/{ID}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in case


async def test_addresses_asked_of_services_hold_no_words_of_people() -> None:
    services = FakeServices(text="Peeters")
    browser = await Browser(services).sign_in("teamLead", "auditor")
    await browser.post("/search", fileNumber="17")
    await browser.post(f"/dossiers/{ID}", show="identity", purpose="caseHandling")
    await browser.post(f"/cases/{ID}/holds", reason="hardship", until="2026-07-01", legalBasis="Peeters is ill")
    for request in services.requests:
        assert "Peeters" not in str(request.url)


async def test_a_letter_is_downloaded_as_it_was_kept() -> None:
    services = FakeServices()
    services.answers[("billing", "GET", "/documents/{documentId}/content")] = lambda _: httpx.Response(
        200,
        content=b"%PDF-1.7 letter",
        headers={
            "content-type": "application/pdf",
            "content-disposition": 'attachment; filename="0000017-fr.pdf"',
            "set-cookie": "a=b",
        },
    )
    response = await (await Browser(services).sign_in()).get(f"/documents/billing/{ID}?purpose=caseHandling")
    assert response.content == b"%PDF-1.7 letter"
    assert response.headers["content-disposition"] == 'attachment; filename="0000017-fr.pdf"'
    assert "set-cookie" not in response.headers
    assert services.requests[-1].url.params["purpose"] == "caseHandling"


async def test_a_letter_is_not_read_without_a_purpose() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead")
    for path in (f"/documents/billing/{ID}", f"/documents/billing/{ID}?purpose=curiosity"):
        assert (await browser.get(path)).status_code == 400
    assert not [request for request in services.requests if "content" in request.url.path]


async def test_a_payout_file_is_opened_before_it_is_approved() -> None:
    services = FakeServices()
    services.answers[("benefits", "GET", "/payoutRuns/{runId}/file")] = lambda _: httpx.Response(
        200, content=b"<Document/>", headers={"content-type": "application/xml"}
    )
    response = await (await Browser(services).sign_in("teamLead")).get(f"/payoutRuns/{ID}/file")
    assert (response.status_code, response.content) == (200, b"<Document/>")
    assert response.headers["content-disposition"] == "attachment"


def _same(answer: httpx.Response, _request: httpx.Request) -> httpx.Response:
    return answer


async def test_only_a_second_person_is_offered_to_decide() -> None:
    services = FakeServices()
    row = {
        "approvalId": ID, "action": "issueWarrant", "reference": "r", "payloadSha256": "0" * 64, "role": "teamLead",
        "requestedBy": "ann", "requestedAt": "2026-06-01T08:00:00Z", "dossier": ID,
        "summary": {"caseId": ID, "fileNumber": 17, "totalCents": 123_456,
                    "breakdown": [{"quarter": "2026Q1", "kind": "principal", "openCents": 123_456}]},
    }  # fmt: skip
    for service in ("affiliation", "billing", "recovery", "benefits"):
        items = [row] if service == "recovery" else []
        answer = httpx.Response(200, json={"items": items})
        services.answers[(service, "GET", "/approvals")] = partial(_same, answer)
    other = (await (await Browser(services).sign_in("teamLead", subject="bea")).get("/approvals")).text
    assert "1,234.56" in other
    assert "Issue a warrant" in other
    assert 'value="approved"' in other
    own = (await (await Browser(services).sign_in("teamLead", subject="ann")).get("/approvals")).text
    assert 'value="approved"' not in own
    assert "another person must decide" in own
    agent = (await (await Browser(services).sign_in("finance", subject="cleo")).get("/approvals")).text
    assert 'value="approved"' not in agent
