"""The first page, the search, tasks and approvals: everybody's work."""

from __future__ import annotations

import pytest

from services.console.overview.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, SAME_ORIGIN, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    ("/tasks/billing/{}/resolve", {"resolution": "done"}, ("billing", "POST", "/tasks/{taskId}/resolve"), "/tasks"),
    (
        "/approvals/recovery/{}/decide",
        {"decision": "approved", "reason": "checked"},
        ("recovery", "POST", "/approvals/{approvalId}/decide"),
        "/approvals",
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_overview_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_overview_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


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


async def test_only_a_second_person_is_offered_to_decide() -> None:
    services = FakeServices()
    row = {
        "approvalId": ID, "action": "issueWarrant", "reference": "r", "payloadSha256": "0" * 64, "role": "teamLead",
        "requestedBy": "ann", "requestedAt": "2026-06-01T08:00:00Z", "dossier": ID,
        "summary": {"caseId": ID, "fileNumber": 17, "totalCents": 123_456,
                    "breakdown": [{"quarter": "2026Q1", "kind": "principal", "openCents": 123_456}]},
    }  # fmt: skip
    for service in ("affiliation", "billing", "recovery", "benefits"):
        services.says(service, "/approvals", {"items": [row] if service == "recovery" else []})
    other = (await (await Browser(services).sign_in("teamLead", subject="bea")).get("/approvals")).text
    assert "1,234.56" in other
    assert "Issue a warrant" in other
    assert 'value="approved"' in other
    own = (await (await Browser(services).sign_in("teamLead", subject="ann")).get("/approvals")).text
    assert 'value="approved"' not in own
    assert "another person must decide" in own
    agent = (await (await Browser(services).sign_in("finance", subject="cleo")).get("/approvals")).text
    assert 'value="approved"' not in agent


async def test_the_overview_counts_and_shows_progress() -> None:
    services = FakeServices()
    billing = {"billedCents": 20_000, "paidCents": 5_000, "ledgerSumCents": 0, "noticesIssued": 12_345}
    services.says("billing", "/summary", billing)
    text = (await (await Browser(services).sign_in()).get("/")).text
    assert '<progress max="20000" value="5000"' in text
    assert "25 %" in text
    assert "12\N{NARROW NO-BREAK SPACE}345" in text
    assert "balanced" in text
