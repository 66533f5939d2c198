"""The page of a dossier: its identity for a purpose, its letters, what others decided about it."""

from __future__ import annotations

import httpx
import pytest

from services.console.dossier.pages import PURPOSES
from services.console.dossier.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        f"/dossiers/{ID}/channel",
        {"channel": "eBox", "chosenOn": "2026-05-04", "dossier": ID},
        ("affiliation", "POST", "/channelChoices"),
        f"/dossiers/{ID}",
    ),
    (
        f"/dossiers/{ID}/reliefs/{{}}/decision",
        {"decision": "confirmed", "reason": "the letter of the insurer says so"},
        ("benefits", "POST", "/contributionReliefs/{reliefId}/decision"),
        f"/dossiers/{ID}/decisions",
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_dossier_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_dossier_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


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


async def test_a_dossier_is_shown_while_recovery_and_benefits_are_away() -> None:
    services = FakeServices(silent={"recovery", "benefits"})
    response = await (await Browser(services).sign_in("teamLead")).get(f"/dossiers/{DOSSIER}")
    assert response.status_code == 200
    assert response.text.count("This service does not answer at the moment") >= 3
    assert "Why this amount?" in response.text


async def test_a_contribution_is_explained_in_the_readers_language() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in()
    await browser.get(f"/dossiers/{DOSSIER}", params={"lang": "de"})
    asked = [one.url.params["language"] for one in services.requests if "contributions" in one.url.path]
    assert asked == ["de"]


@pytest.mark.parametrize(("subject", "offered"), [("bea", True), ("ann", False)])
async def test_only_a_second_person_confirms_that_quarters_are_not_due(subject: str, *, offered: bool) -> None:
    services = FakeServices()
    relief = {
        "reliefId": ID, "dossier": ID, "fileNumber": 17, "ground": "illness", "article": "RGS art. 50",
        "eventOn": "2026-02-02", "resumedOn": None, "endedOn": None, "quarters": ["2026Q2", "2026Q3"],
        "authority": "insurer", "evidence": "M-2026/7", "decidedOn": "2026-03-01", "recordedOn": "2026-03-02",
        "recordedBy": "ann", "status": "waiting", "confirmedBy": None, "confirmedOn": None, "reason": None,
    }  # fmt: skip
    services.says("benefits", "/contributionReliefs", {"items": [relief]})
    browser = await Browser(services).sign_in("benefitsAgent", subject=subject)
    page = (await browser.get(f"/dossiers/{ID}/decisions")).text
    assert "Q2 2026, Q3 2026" in page
    assert ('value="confirmed"' in page) is offered
    assert ("another person must decide" in page) is not offered
