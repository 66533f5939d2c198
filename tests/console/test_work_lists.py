"""Money and work lists: what waits, what was refused, what sleeps, and the books on two dates."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from services.console.api.worklists import PROCEDURES
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)


def _answered(answer: dict[str, Any], _request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=answer)


def _answer(services: FakeServices, service: str, path: str, answer: dict[str, Any]) -> None:
    services.answers[(service, "GET", path)] = partial(_answered, answer)


async def test_a_suggestion_is_accepted_where_payments_wait() -> None:
    services = FakeServices()
    suggestion = {
        "dossier": ID,
        "fileNumber": 17,
        "quarter": "2026Q1",
        "openCents": 1_234,
        "reasons": ["amountThatIsOpen"],
    }
    line = {
        "lineId": ID, "amountCents": 92_826, "valueDate": "2026-03-17", "communication": "<b>MERCI</b>",
        "counterpartyAccount": "BE69999000020278", "counterpartyName": "P", "suggestions": [suggestion],
    }  # fmt: skip
    _answer(services, "billing", "/bankLines/waiting", {"items": [line]})
    browser = await Browser(services).sign_in("finance")
    page = (await browser.get("/waitingPayments")).text
    assert "928.26" in page
    assert "the amount is open" in page
    assert "&lt;b&gt;MERCI" in page
    assert "Give to file 0000017, Q1 2026" in page
    response = await browser.post(f"/payments/{ID}/match", fileNumber="17", quarter="2026Q1", back="waitingPayments")
    assert response.headers["location"] == "/waitingPayments?done=1"
    elsewhere = await browser.post(f"/payments/{ID}/match", fileNumber="17", back="https://example.com")
    assert elsewhere.headers["location"] == "/tasks?done=1"
    reader = (await (await Browser(services).sign_in("teamLead")).get("/waitingPayments")).text
    assert "/match" not in reader


async def test_whatever_is_open_is_looked_at_and_every_page_of_it() -> None:
    services = FakeServices(full=False)
    sleeper = {"reference": ID, "dossier": ID, "workflowId": "billing-run-2026Q1", "problems": ["noLiveProcedure"]}
    pages = [{"items": [], "checked": 1000, "nextAfter": ID}, {"items": [sleeper], "checked": 3}]

    def paged(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[1 if "after" in request.url.params else 0])

    for kind, service in PROCEDURES.items():
        _answer(services, service, f"/{kind}/exceptions", {"items": [], "checked": 2})
    services.answers[("billing", "GET", "/billingRuns/exceptions")] = paged
    services.forbid("benefits", "GET", "/claims/exceptions")
    page = (await (await Browser(services).sign_in("operator")).get("/sleepers")).text
    assert "its procedure is gone" in page
    assert f'href="/runs/{ID}"' in page
    assert "1\N{NARROW NO-BREAK SPACE}003" in page or "1003" in page
    assert "Your role gives no access to this." in page
    asked = {one[2].removeprefix("/").removesuffix("/exceptions") for one in services.calls if "exceptions" in one[2]}
    assert asked == set(PROCEDURES)


async def test_refused_lines_are_named_with_field_and_rule_for_every_kind_of_file() -> None:
    services = FakeServices()
    wrong = {"line": 7, "field": "income", "rule": "amount", "detail": "an amount in euro is expected"}
    other = {"line": 7, "field": "known_on", "rule": "date", "detail": "a date is expected"}
    _answer(services, "billing", "/incomes/imports/{importId}/rejects", {"items": [wrong, other], "nextAfterLine": 7})
    issue = {"field": "birthDate", "rule": "date", "detail": "no date", "article": "RGS art. 9"}
    _answer(
        services,
        "affiliation",
        "/imports/{importId}/rejects",
        {"items": [{"line": 9, "reference": "r", "issues": [issue]}]},
    )
    browser = await Browser(services).sign_in("affiliationAgent")
    incomes = (await browser.get(f"/imports/incomes/{ID}")).text
    assert "unreadable amount" in incomes
    assert "Known on" in incomes, "a column of the file has the name it has elsewhere"
    assert f"/imports/incomes/{ID}?after=7" in incomes
    await browser.get(f"/imports/incomes/{ID}", params={"after": "7"})
    assert [one.url.params["afterLine"] for one in services.requests if "rejects" in one.url.path] == ["0", "7"]
    people = (await browser.get(f"/imports/people/{ID}")).text
    assert "Date of birth" in people
    assert "unreadable date" in people
    assert "RGS art. 9" in people
    assert (await browser.get(f"/imports/incomes/{ID}", params={"after": "-1"})).status_code == 404
    assert (await browser.get(f"/imports/strangers/{ID}")).status_code == 404


async def test_the_books_are_shown_as_of_one_date_and_as_known_on_another() -> None:
    services = FakeServices()
    items = [
        {"account": "bank", "nature": "asset", "name": "n", "cents": 123_456},
        {"account": "suspense", "nature": "liability", "name": "n", "cents": -123_456},
    ]
    balance = {"asOf": "2026-03-31", "knownAt": "2026-04-02", "items": items, "sumCents": 0}
    _answer(services, "billing", "/ledger/trialBalance", balance)
    browser = await Browser(services).sign_in("auditor")
    page = (await browser.get("/trialBalance", params={"asOf": "2026-03-31", "knownAt": "2026-04-02"})).text
    assert dict(services.requests[-1].url.params) == {"asOf": "2026-03-31", "knownAt": "2026-04-02"}
    assert "Received, to be identified" in page
    assert page.count("1,234.56") == 2, "a debit and a credit, both positive"
    assert "balanced" in page
    services.requests.clear()
    wrong = await browser.get("/trialBalance", params={"asOf": "yesterday"})
    assert wrong.status_code == 400
    assert 'id="fault-trialBalance-asOf"' in wrong.text
    assert services.requests == []


@pytest.mark.parametrize(("status", "offered"), [("done", True), ("incomplete", True), ("billing", False)])
async def test_parked_dossiers_are_tried_again_once_the_run_is_over(status: str, *, offered: bool) -> None:
    services = FakeServices()
    run = {
        "runId": ID, "quarter": "2026Q1", "round": 1, "requestedBy": "schedule", "businessDate": "2026-01-05",
        "status": status, "pages": 4, "pagesDone": 2, "pagesFailed": 0, "billed": 3, "parked": 1, "notices": 3,
        "letters": 3, "parkedDossiers": [{"dossier": ID, "reason": "incomeUnknown", "detail": "income of 2023"}],
    }  # fmt: skip
    _answer(services, "billing", "/billingRuns/{runId}", run)
    page = (await (await Browser(services).sign_in("finance")).get(f"/runs/{ID}")).text
    assert "income unknown" in page
    assert ("Try the parked dossiers again" in page) is offered


async def test_a_page_of_numbered_rows_leads_to_the_next() -> None:
    services = FakeServices()
    row = {
        "exclusionId": 42,
        "accountEnding": "0278",
        "dossier": ID,
        "fileNumber": 17,
        "notedOn": "2026-03-17",
        "notedBy": "ann",
    }
    _answer(services, "billing", "/payerExclusions", {"items": [row] * 200})
    browser = await Browser(services).sign_in("finance")
    assert "/payerExclusions?after=42" in (await browser.get("/payerExclusions")).text
    await browser.get("/payerExclusions", params={"after": "42"})
    assert services.requests[-1].url.params["beforeExclusionId"] == "42"


async def test_whom_a_quarter_would_bill_is_shown_page_by_page() -> None:
    services = FakeServices()
    row = {"dossier": ID, "fileNumber": 17, "category": "main", "startsOn": "2020-01-01", "incomeYear": 2023}
    plan = {"quarter": "2026Q4", "subjects": 1234, "items": [row], "nextAfter": ID}
    services.answers[("billing", "POST", "/billingPlans/query")] = partial(_answered, plan)
    browser = await Browser(services).sign_in("finance")
    assert services.calls == [], "nobody is asked before a quarter is chosen"
    page = (await browser.get("/plans", params={"quarter": "2026q4"})).text
    assert "1234" in page
    assert f"/plans?quarter=2026Q4&amp;after={ID}" in page
    await browser.get("/plans", params={"quarter": "2026Q4", "after": ID})
    assert [one[3].get("after") for one in services.calls] == [None, ID]
    issue = {"type": "urn:x:law", "in": "body", "name": "quarter", "detail": "no law of 2031"}
    refusal = httpx.Response(400, json={"detail": "no", "issues": [issue]})
    services.answers[("billing", "POST", "/billingPlans/query")] = lambda _: refusal
    wrong = await browser.get("/plans", params={"quarter": "2031Q1"})
    assert wrong.status_code == 400
    assert 'id="fault-plans-quarter"' in wrong.text
    assert "its law is not known" in wrong.text
