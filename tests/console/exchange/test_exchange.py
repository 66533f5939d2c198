"""Files and payments: what waits, what was refused, what a person gives to a dossier."""

from __future__ import annotations

import pytest

from services.console.exchange.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        "/bankRuns",
        {"kind": "directDebit", "collectionOn": "2026-07-01"},
        ("billing", "POST", "/bankOrderRuns"),
        "/bankRuns",
    ),
    (
        f"/bankRuns/{ID}/orders/{{}}/releases",
        {"reason": "the account was corrected"},
        ("billing", "POST", "/bankOrders/{orderId}/releases"),
        f"/bankRuns/{ID}",
    ),
    (
        "/payerExclusions/7/lifting",
        {"reason": "the daughter pays for both"},
        ("billing", "POST", "/payerExclusions/{exclusionId}/lifting"),
        "/payerExclusions",
    ),
    (
        "/bankRuns/{}/withdrawal",
        {"reason": "the bank refuses the file"},
        ("billing", "POST", "/bankOrderRuns/{runId}/withdrawal"),
        f"/bankRuns/{ID}",
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_exchange_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_exchange_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


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
    services.says("billing", "/tasks", {"items": [task]})
    services.says("billing", "/bankLines/waiting", {"items": [line]})
    browser = await Browser(services).sign_in("finance")
    page = (await browser.get("/tasks")).text
    assert "Give to file 0000017" in page
    assert "this account paid for it before" in page
    for dossier, back in (("", "/tasks"), ("https://example.com", "/tasks"), (ID, f"/dossiers/{ID}")):
        response = await browser.post(f"/payments/{ID}/undo", dossier=dossier)
        assert response.headers["location"] == f"{back}?done=1"
    assert services.calls[-1] == ("billing", "POST", "/bankLines/{lineId}/undoMatch", {"excludePayer": True})


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
    services.says("billing", "/bankLines/waiting", {"items": [line]})
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


async def test_refused_lines_are_named_with_field_and_rule_for_every_kind_of_file() -> None:
    services = FakeServices()
    wrong = {"line": 7, "field": "income", "rule": "amount", "detail": "an amount in euro is expected"}
    other = {"line": 7, "field": "known_on", "rule": "date", "detail": "a date is expected"}
    services.says("billing", "/incomes/imports/{importId}/rejects", {"items": [wrong, other], "nextAfterLine": 7})
    issue = {"field": "birthDate", "rule": "date", "detail": "no date", "article": "RGS art. 9"}
    services.says(
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
    services.says("billing", "/payerExclusions", {"items": [row] * 200})
    browser = await Browser(services).sign_in("finance")
    assert "/payerExclusions?after=42" in (await browser.get("/payerExclusions")).text
    await browser.get("/payerExclusions", params={"after": "42"})
    assert services.requests[-1].url.params["beforeExclusionId"] == "42"
