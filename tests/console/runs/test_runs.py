"""Runs of billing: who is billed, who is parked, who would be."""

from __future__ import annotations

import pytest

from services.console.runs.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        "/runs/{}/orders",
        {"order": "pause"},
        ("billing", "POST", "/billingRuns/{runId}/orders"),
        "/runs/" + ID,
    ),
    ("/trials", {"quarter": "2026Q1"}, ("billing", "POST", "/billingTrials"), "/trials"),
    (
        "/runs",
        {"quarter": "2026Q1", "canary": 100, "waveSize": 5000},
        ("billing", "POST", "/billingRuns"),
        "/runs",
    ),
    ("/runs/{}/parked", {"quarter": "2026Q1", "retryParked": True}, ("billing", "POST", "/billingRuns"), "/runs"),
    ("/closings", {"quarter": "2026Q1"}, ("billing", "POST", "/quarterClosings"), "/closings"),
    ("/companyRuns", {"year": 2025}, ("billing", "POST", "/companyContributionRuns"), "/companyRuns"),
    ("/companyIncreases", {"month": "2026-05-01"}, ("billing", "POST", "/companyIncreases"), "/companyRuns"),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_runs_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_runs_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


@pytest.mark.parametrize(("status", "offered"), [("done", True), ("incomplete", True), ("billing", False)])
async def test_parked_dossiers_are_tried_again_once_the_run_is_over(status: str, *, offered: bool) -> None:
    services = FakeServices()
    run = {
        "runId": ID, "quarter": "2026Q1", "round": 1, "requestedBy": "schedule", "businessDate": "2026-01-05",
        "status": status, "pages": 4, "pagesDone": 2, "pagesFailed": 0, "billed": 3, "parked": 1, "notices": 3,
        "letters": 3, "parkedDossiers": [{"dossier": ID, "reason": "incomeUnknown", "detail": "income of 2023"}],
    }  # fmt: skip
    services.says("billing", "/billingRuns/{runId}", run)
    page = (await (await Browser(services).sign_in("finance")).get(f"/runs/{ID}")).text
    assert "income unknown" in page
    assert ("Try the parked dossiers again" in page) is offered


async def test_whom_a_quarter_would_bill_is_shown_page_by_page() -> None:
    services = FakeServices()
    row = {"dossier": ID, "fileNumber": 17, "category": "main", "startsOn": "2020-01-01", "incomeYear": 2023}
    plan = {"quarter": "2026Q4", "subjects": 1234, "items": [row], "nextAfter": ID}
    services.says("billing", "/billingPlans/query", plan, method="POST")
    browser = await Browser(services).sign_in("finance")
    assert services.calls == [], "nobody is asked before a quarter is chosen"
    page = (await browser.get("/plans", params={"quarter": "2026q4"})).text
    assert "1234" in page
    assert f"/plans?quarter=2026Q4&amp;after={ID}" in page
    await browser.get("/plans", params={"quarter": "2026Q4", "after": ID})
    assert [one[3].get("after") for one in services.calls] == [None, ID]
    issue = {"type": "urn:x:law", "in": "body", "name": "quarter", "detail": "no law of 2031"}
    services.says("billing", "/billingPlans/query", {"detail": "no", "issues": [issue]}, method="POST", status=400)
    wrong = await browser.get("/plans", params={"quarter": "2031Q1"})
    assert wrong.status_code == 400
    assert 'id="fault-plans-quarter"' in wrong.text
    assert "its law is not known" in wrong.text
