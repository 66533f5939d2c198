"""A dossier's account and what is ahead of it: reasons of amounts, advice, requests, and the books on two dates."""

from __future__ import annotations

from typing import Any

import pytest

from services.console.accounts.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
OUTLOOK = f"/dossiers/{ID}/outlook"
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        f"/dossiers/{ID}/contributionRequests",
        {"kind": "reduction", "year": 2026, "estimateCents": 1_500_000, "evidence": ["vatReturns"], "dossier": ID},
        ("billing", "POST", "/contributionRequests"),
        f"/dossiers/{ID}/outlook",
    ),
    (
        f"/dossiers/{ID}/contributionRequests/{{}}/decision",
        {"outcome": "refused", "reason": "evidenceInsufficient"},
        ("billing", "POST", "/contributionRequests/{requestId}/decision"),
        f"/dossiers/{ID}/outlook",
    ),
    (
        f"/dossiers/{ID}/accountStatements",
        {"dossier": ID},
        ("billing", "POST", "/accountStatements"),
        f"/dossiers/{ID}",
    ),
    (
        f"/dossiers/{ID}/mandates",
        {"reference": "M-1", "iban": "BE71096123456769", "signedOn": "2026-05-04", "dossier": ID},
        ("billing", "POST", "/mandates"),
        f"/dossiers/{ID}/account",
    ),
    (
        f"/dossiers/{ID}/mandates/{{}}/revocation",
        {},
        ("billing", "POST", "/mandates/{mandateId}/revocation"),
        f"/dossiers/{ID}/account",
    ),
    (
        f"/dossiers/{ID}/refunds",
        {"reason": "paid twice in May", "amountCents": 12_345, "dossier": ID},
        ("billing", "POST", "/refundOrders"),
        f"/dossiers/{ID}/account",
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_accounts_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_accounts_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


async def test_every_amount_of_a_quarter_is_explained_down_to_the_article() -> None:
    services = FakeServices()
    step = {"text": "14.5 % of 30,000.00", "amountCents": 108_750, "article": "AR38 art. 12"}
    amount = {"kind": "provisional", "bookedOn": "2026-01-06", "amountCents": 108_750, "steps": [step]}
    sums = {"chargedCents": 108_750, "paidCents": 8_750, "waivedCents": 0, "openCents": 100_000}
    quarter = {"quarter": "2026Q1", "amounts": [amount], **sums}
    services.says("billing", "/explanations/{dossier}", {"dossier": ID, "quarters": [quarter]})
    page = (await (await Browser(services).sign_in("finance")).get(f"/dossiers/{ID}/account")).text
    assert "Provisional contribution" in page
    assert "AR38 art. 12" in page
    assert "1,000.00" in page
    asked = [one.url.params["language"] for one in services.requests if "explanations" in one.url.path]
    assert asked == ["en"]


async def test_what_a_reduction_saves_and_risks_is_asked_by_a_form_and_shown() -> None:
    services = FakeServices()
    findings = {"legalCents": 5, "currentCents": 4, "askedCents": 3, "minimumIncomeCents": 2, "problems": ["notLower"]}
    scenario = {
        "incomeCents": 3_000_000, "definitiveCents": 1, "supplementCents": 2, "supplementWithoutCents": 3,
        "sparedCents": 4, "surchargeCents": 98_765, "surcharges": [],
    }  # fmt: skip
    advice = {
        "year": 2026,
        "findings": findings,
        "savedCents": 123_456,
        "statementOn": "2028-06-30",
        "scenarios": [scenario],
    }
    services.says("billing", "/reductionAdvice/query", advice, method="POST")
    browser = await Browser(services).sign_in("affiliationAgent")
    fields: dict[str, Any] = {
        "year": "2026",
        "estimateCents": "15.000,00",
        "incomeCents1": "30000",
        "incomeCents2": "",
        "evidence": "vatReturns",
    }
    response = await browser.post(OUTLOOK, **fields)
    assert response.status_code == 200
    (asked,) = [one[3] for one in services.calls if one[2] == "/reductionAdvice/query"]
    assert asked == {
        "dossier": ID, "year": 2026, "estimateCents": 1_500_000, "incomesCents": [3_000_000], "evidence": ["vatReturns"]
    }  # fmt: skip
    assert "1,234.56" in response.text
    assert "987.65" in response.text
    assert "does not lower the contribution" in response.text
    assert 'name="estimateCents" value="15.000,00"' in response.text, "the same request can be filed at once"
    assert not any("15" in one.url.query.decode() for one in services.requests), "no address tells an income"


@pytest.mark.parametrize(("field", "typed"), [("estimateCents", "a lot"), ("incomeCents2", "1,5"), ("year", "soon")])
async def test_what_can_not_be_read_is_said_beside_its_field_and_asks_nobody(field: str, typed: str) -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in("affiliationAgent")
    fields: dict[str, Any] = {"year": "2026", "estimateCents": "1", field: typed}
    response = await browser.post(OUTLOOK, **fields)
    assert response.status_code == 400
    assert f'id="fault-dossiers-{ID}-outlook-{field}"' in response.text
    assert response.text.count('aria-invalid="true"') == 1
    assert f'value="{typed}"' in response.text, "what was typed is not lost"
    assert not [one for one in services.calls if one[2] == "/reductionAdvice/query"]


async def test_what_a_service_finds_wrong_is_said_beside_the_field_of_that_form_only() -> None:
    services = FakeServices()
    issue = {
        "type": "urn:problem-type:cbss:input-validation:outOfRange", "in": "body", "name": "amountCents",
        "detail": "the dossier has <less> credit",
    }  # fmt: skip
    services.says("billing", "/refundOrders", {"detail": "no", "issues": [issue]}, method="POST", status=400)
    browser = await Browser(services).sign_in("finance")
    response = await browser.post(f"/dossiers/{ID}/refunds", amountCents="99,00", reason="paid twice in May")
    assert response.status_code == 400
    assert "outside of what is allowed" in response.text
    assert "the dossier has &lt;less&gt; credit" in response.text
    assert response.text.count('aria-invalid="true"') == 1
    assert 'value="99,00"' in response.text
    assert 'href="/?lang=fr"' in response.text, "another language is no second try"


async def test_who_may_not_act_is_offered_no_form() -> None:
    page = (await (await Browser(FakeServices()).sign_in("auditor")).get(f"/dossiers/{ID}/account")).text
    assert "/refunds" not in page
    assert "/revocation" not in page
    outlook = (await (await Browser(FakeServices()).sign_in("auditor")).get(OUTLOOK)).text
    assert "/contributionRequests" not in outlook


async def test_the_books_are_shown_as_of_one_date_and_as_known_on_another() -> None:
    services = FakeServices()
    items = [
        {"account": "bank", "nature": "asset", "name": "n", "cents": 123_456},
        {"account": "suspense", "nature": "liability", "name": "n", "cents": -123_456},
    ]
    balance = {"asOf": "2026-03-31", "knownAt": "2026-04-02", "items": items, "sumCents": 0}
    services.says("billing", "/ledger/trialBalance", balance)
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
