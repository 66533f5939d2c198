"""Cases: what is done in one, and what comes next."""

from __future__ import annotations

import pytest

from services.console.recovery.subject import SUBJECT
from services.recovery.ladder.rules.picture import Step
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, SAME_ORIGIN, Browser, Examples, FakeServices, document_of

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        "/cases/{}/contacts",
        {"madeOn": "2026-06-01", "channel": "telephone", "outcome": "reached"},
        ("recovery", "POST", "/cases/{caseId}/contacts"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/contests",
        {"sentOn": "2026-06-01", "quarters": ["2026Q1", "2026Q2"]},
        ("recovery", "POST", "/cases/{caseId}/contests"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/oppositions",
        {"lodgedOn": "2026-09-30"},
        ("recovery", "POST", "/cases/{caseId}/oppositions"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/oppositionJudgments",
        {"judgedOn": "2026-10-09", "judgment": "rejected"},
        ("recovery", "POST", "/cases/{caseId}/oppositionJudgments"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/holds",
        {"reason": "hardship", "until": "2026-07-01", "legalBasis": "RGS art. 46"},
        ("recovery", "POST", "/cases/{caseId}/holds"),
        "/cases/" + ID,
    ),
    ("/cases/{}/holds/{}/lift", {}, ("recovery", "DELETE", "/cases/{caseId}/holds/{holdId}"), "/cases/" + ID),
    (
        "/cases/{}/resumptions",
        {"decision": "tryAgain", "reason": "new address"},
        ("recovery", "POST", "/cases/{caseId}/resumptions"),
        "/cases/" + ID,
    ),
    (
        f"/cases/{{}}/lateServices/{ID}/decision",
        {"decision": "bearByFund", "reason": "the fund withdrew too late"},
        ("recovery", "POST", "/cases/{caseId}/lateServices/{mandateId}/decision"),
        "/cases/" + ID,
    ),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_recovery_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_recovery_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


async def test_a_case_shows_what_is_wrong_with_a_hold_beside_its_field_and_keeps_what_was_typed() -> None:
    services = FakeServices()
    issue = {"type": "urn:problem-type:x:outOfRange", "in": "body", "name": "until", "detail": "lies in the past"}
    problem = {"detail": "no", "issues": [issue]}
    services.says("recovery", "/cases/{caseId}/holds", problem, method="POST", status=400)
    case = Examples(document_of("recovery"), full=True).of({"$ref": "#/components/schemas/CaseDetail"})
    services.says("recovery", "/cases/{caseId}", {**case, "status": "open"})
    browser = await Browser(services).sign_in("collectionsAgent")
    response = await browser.post(f"/cases/{ID}/holds", reason="hardship", until="2026-01-01", legalBasis="RGS art. 46")
    assert response.status_code == 400
    assert f'id="fault-cases-{ID}-holds-until"' in response.text
    assert 'value="RGS art. 46"' in response.text
    assert '<option value="hardship" selected>' in response.text


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


async def test_nothing_comes_next_in_a_closed_case() -> None:
    services = FakeServices()
    case = {"caseId": str(DOSSIER), "fileNumber": 1, "nextStep": "warrant", "nextDate": "2026-07-14", "outlook": "held"}
    for status, count in (("open", 1), ("closed", 0)):
        services.says("recovery", "/cases", {"items": [{**case, "status": status}]})
        text = (await (await Browser(services).sign_in()).get("/cases")).text
        assert text.count("14/07/2026") == count


def test_cases_can_be_listed_by_every_step_of_the_ladder() -> None:
    [cases] = [page for page in SUBJECT.lists if "nextStep" in page.filters]
    assert set(cases.filters["nextStep"]) == set(Step)
