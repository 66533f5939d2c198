"""A dossier's account and what is ahead of it: reasons of amounts, advice, requests, and what is wrong with a form."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.console.domain.entry import NotReadable, cents_of, number_of
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
OUTLOOK = f"/dossiers/{ID}/outlook"
NARROW = "\N{NARROW NO-BREAK SPACE}"


def _answer(
    services: FakeServices, path: str, answer: dict[str, Any], *, method: str = "GET", status: int = 200
) -> None:
    services.answers[("billing", method, path)] = lambda _: httpx.Response(status, json=answer)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1234", 123_400),
        ("1.234", 123_400),
        ("1 234,56", 123_456),
        (f"1{NARROW}234,56 €", 123_456),
        ("1.234,56", 123_456),
        ("1,234.56", 123_456),
        ("1234.56", 123_456),
        ("12.345.678,90", 1_234_567_890),
        ("0,01", 1),
        ("-150,00", -15_000),
        ("EUR 30000", 3_000_000),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, cents: int) -> None:
    assert cents_of(typed) == cents


@pytest.mark.parametrize(
    "typed", ["", "abc", "1,2", "1,234,5", "1.23.456", "12,345.6", "1e3", "٣", "1.234.56", "9" * 12]
)
def test_what_is_no_amount_is_refused_and_not_guessed(typed: str) -> None:
    with pytest.raises(NotReadable):
        cents_of(typed)


def test_whole_numbers_are_read_and_nothing_else() -> None:
    assert number_of(" 2 026 ") == 2026
    for typed in ("", "-1", "1.5", "٣", "9" * 12):
        with pytest.raises(NotReadable):
            number_of(typed)


async def test_every_amount_of_a_quarter_is_explained_down_to_the_article() -> None:
    services = FakeServices()
    step = {"text": "14.5 % of 30,000.00", "amountCents": 108_750, "article": "AR38 art. 12"}
    amount = {"kind": "provisional", "bookedOn": "2026-01-06", "amountCents": 108_750, "steps": [step]}
    sums = {"chargedCents": 108_750, "paidCents": 8_750, "waivedCents": 0, "openCents": 100_000}
    quarter = {"quarter": "2026Q1", "amounts": [amount], **sums}
    _answer(services, "/explanations/{dossier}", {"dossier": ID, "quarters": [quarter]})
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
    _answer(services, "/reductionAdvice/query", advice, method="POST")
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
    _answer(services, "/refundOrders", {"detail": "no", "issues": [issue]}, method="POST", status=400)
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


@pytest.mark.parametrize(("subject", "offered"), [("bea", True), ("ann", False)])
async def test_only_a_second_person_confirms_that_quarters_are_not_due(subject: str, *, offered: bool) -> None:
    services = FakeServices()
    relief = {
        "reliefId": ID, "dossier": ID, "fileNumber": 17, "ground": "illness", "article": "RGS art. 50",
        "eventOn": "2026-02-02", "resumedOn": None, "endedOn": None, "quarters": ["2026Q2", "2026Q3"],
        "authority": "insurer", "evidence": "M-2026/7", "decidedOn": "2026-03-01", "recordedOn": "2026-03-02",
        "recordedBy": "ann", "status": "waiting", "confirmedBy": None, "confirmedOn": None, "reason": None,
    }  # fmt: skip
    services.answers[("benefits", "GET", "/contributionReliefs")] = lambda _: httpx.Response(
        200, json={"items": [relief]}
    )
    browser = await Browser(services).sign_in("benefitsAgent", subject=subject)
    page = (await browser.get(f"/dossiers/{ID}/decisions")).text
    assert "Q2 2026, Q3 2026" in page
    assert ('value="confirmed"' in page) is offered
    assert ("another person must decide" in page) is not offered
