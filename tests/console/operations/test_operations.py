"""What waits for operators, and what sleeps."""

from __future__ import annotations

import httpx
import pytest

from services.console.operations.pages import PROCEDURES
from services.console.operations.subject import SUBJECT
from tests.console.acts_done import Done, check_done
from tests.console.world import DOSSIER, Browser, FakeServices

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: tuple[Done, ...] = (
    (
        "/deadLetters/benefits/{}/requestDiscard",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/requestDiscard"),
        "/deadLetters",
    ),
    (
        "/deadLetters/benefits/{}/discard",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/discard"),
        "/deadLetters",
    ),
    (
        "/deadLetters/benefits/{}/replay",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/replay"),
        "/deadLetters",
    ),
    ("/dispatches/recovery/7/tryAgain", {}, ("recovery", "POST", "/dispatches/{dispatchId}/tryAgain"), "/dispatches"),
)


@pytest.mark.parametrize("done", DONE, ids=lambda done: done[0])
async def test_an_act_of_operations_is_one_call_and_leads_back(done: Done) -> None:
    await check_done(done)


def test_every_act_of_operations_is_tried_here() -> None:
    assert len(DONE) == len(SUBJECT.acts)


async def test_whatever_is_open_is_looked_at_and_every_page_of_it() -> None:
    services = FakeServices(full=False)
    sleeper = {"reference": ID, "dossier": ID, "workflowId": "billing-run-2026Q1", "problems": ["noLiveProcedure"]}
    pages = [{"items": [], "checked": 1000, "nextAfter": ID}, {"items": [sleeper], "checked": 3}]

    def paged(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[1 if "after" in request.url.params else 0])

    for kind, service in PROCEDURES.items():
        services.says(service, f"/{kind}/exceptions", {"items": [], "checked": 2})
    services.answers[("billing", "GET", "/billingRuns/exceptions")] = paged
    services.forbid("benefits", "GET", "/claims/exceptions")
    page = (await (await Browser(services).sign_in("operator")).get("/sleepers")).text
    assert "its procedure is gone" in page
    assert f'href="/runs/{ID}"' in page
    assert "1\N{NARROW NO-BREAK SPACE}003" in page or "1003" in page
    assert "Your role gives no access to this." in page
    asked = {one[2].removeprefix("/").removesuffix("/exceptions") for one in services.calls if "exceptions" in one[2]}
    assert asked == set(PROCEDURES)
