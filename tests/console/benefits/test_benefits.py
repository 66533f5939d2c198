"""Claims and payouts: what is said of a claim, and what can not be."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.console.benefits.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        "/claims/{}/letterSettlements",
        {"decision": "tryAgain", "reason": "the address was another"},
        ("benefits", "POST", "/claims/{claimId}/letterSettlements"),
        "/claims/" + ID,
    ),
    (
        "/claims/{}/decision",
        {"outcome": "refused", "assessmentId": ID, "reason": "four quarters are not paid"},
        ("benefits", "POST", "/claims/{claimId}/decision"),
        "/claims/" + ID,
    ),
    (
        "/transmissions/{}/resolutions",
        {"action": "resend", "insurer": "300", "reason": "the person changed insurer"},
        ("benefits", "POST", "/transmissions/{transmissionId}/resolutions"),
        "/transmissions/" + ID,
    ),
    (
        "/payouts/{}/releases",
        {"reason": "the bank has the new account"},
        ("benefits", "POST", "/payouts/{payoutId}/releases"),
        "/tasks",
    ),
    (
        "/payoutRuns/{}/withdrawal",
        {"reason": "the bank refuses the file"},
        ("benefits", "POST", "/payoutRuns/{runId}/withdrawal"),
        f"/payoutRuns/{ID}",
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_benefits_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_benefits_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


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
    services.says("benefits", "/claims/{claimId}", claim)
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


async def test_a_payout_file_is_opened_before_it_is_approved() -> None:
    services = FakeServices()
    services.answers[("benefits", "GET", "/payoutRuns/{runId}/file")] = lambda _: httpx.Response(
        200, content=b"<Document/>", headers={"content-type": "application/xml"}
    )
    response = await (await Browser(services).sign_in("teamLead")).get(f"/payoutRuns/{ID}/file")
    assert (response.status_code, response.content) == (200, b"<Document/>")
    assert response.headers["content-disposition"] == "attachment"
