"""Every page is shown from what the services' own documents promise, in every language, whoever looks."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from services.console.app import SUBJECTS
from services.console.rendering.rules.words import LANGUAGES
from tests.console.world import DOSSIER, SERVICES, Browser, FakeServices, console_context, document_of

PAGES = (
    "/",
    *(f"/{page.name}" for place in SUBJECTS for page in place.lists),
    f"/dossiers/{DOSSIER}",
    f"/dossiers/{DOSSIER}/account",
    f"/dossiers/{DOSSIER}/outlook",
    f"/dossiers/{DOSSIER}/decisions",
    *(f"/{kind}/{DOSSIER}" for kind in ("cases", "claims", "transmissions", "runs", "trials", "payoutRuns")),
    *(f"/{kind}/{DOSSIER}" for kind in ("companyRuns", "bankRuns", "bankFiles")),
    *(f"/imports/{kind}/{DOSSIER}" for kind in ("people", "incomes", "balanceTotals")),
    "/imports",
    "/sleepers",
    "/trialBalance",
    "/plans?quarter=2026Q1",
)
#: Pages that are handed over to be saved: tried where they belong.
SAVED = ("/documents/{service}/{document:uuid}", "/payoutRuns/{id:uuid}/file")
EVERYBODY = ("affiliationAgent", "collectionsAgent", "benefitsAgent", "finance", "teamLead", "auditor", "operator")
VOID = {"meta", "link", "input", "br", "img"}


class Page(HTMLParser):
    """Reads a page and notes what breaks the rules of the house."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.html: dict[str, str | None] = {}
        self._in_label = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.html = given
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script" or any(name.startswith("on") or name == "style" for name in given):
            self.faults.append(f"<{tag}> holds a script or a style")
        if tag == "th" and given.get("scope") not in {"col", "row"}:
            self.faults.append("a header of a table has no scope")
        if tag == "form" and given.get("method") not in {"get", "post"}:
            self.faults.append("a form has no method")
        self._in_label += tag == "label"
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden" and not self._in_label:
            self.fields.append(given)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self._in_label -= tag == "label"
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def check(self, language: str) -> None:
        """Fail with everything that is wrong."""
        assert self.faults == []
        assert self.open == []
        assert self.html["lang"] == language
        unlabelled = [field for field in self.fields if field.get("id") not in self.labelled]
        assert unlabelled == []
        assert len(self.ids) == len(set(self.ids)), "an id is used twice"
        assert self.headings.count(1) == 1


@pytest.mark.parametrize("full", [True, False], ids=["full answers", "bare answers"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_shown_in_every_language(path: str, *, full: bool) -> None:
    browser = await Browser(FakeServices(full=full)).sign_in(*EVERYBODY)
    for language in LANGUAGES:
        response = await browser.get(path, params={"lang": language})
        assert response.status_code == 200, response.text
        Page(response.text).check(language)


def test_every_page_of_the_console_is_shown_here() -> None:
    shown = [path.partition("?")[0] for path in PAGES]
    for page in (page for place in SUBJECTS for page in place.pages if page.method == "GET" and page.path not in SAVED):
        assert any(re.fullmatch(re.sub(r"\{\w+(:uuid)?\}", "[^/]+", page.path), path) for path in shown), page.path


@pytest.mark.parametrize("role", EVERYBODY)
async def test_every_role_sees_every_page(role: str) -> None:
    browser = await Browser(FakeServices()).sign_in(role)
    for path in PAGES:
        assert (await browser.get(path)).status_code == 200


@pytest.mark.parametrize("path", [path for path in PAGES if path.count("/") == 1])
async def test_lists_that_may_not_be_seen_say_so(path: str) -> None:
    services = FakeServices()
    for service in SERVICES:
        for template in document_of(service)["paths"]:
            services.forbid(service, "GET", template)
            services.forbid(service, "POST", template)
    response = await (await Browser(services).sign_in("finance")).get(path)
    assert response.status_code == 200
    assert "Your role gives no access to this." in response.text


@pytest.mark.parametrize("path", [path for path in PAGES if path.count("/") == 1])
async def test_a_silent_service_does_not_take_the_page_away(path: str) -> None:
    services = FakeServices(silent={"affiliation", "billing", "recovery", "benefits"})
    response = await (await Browser(services).sign_in("teamLead")).get(path)
    assert response.status_code == 200
    assert "This service does not answer at the moment" in response.text


async def test_empty_lists_say_that_there_is_nothing() -> None:
    browser = await Browser(FakeServices(full=False)).sign_in("teamLead")
    for name in ("tasks", "approvals", "cases", "claims", "transmissions"):
        assert "Nothing to show." in (await browser.get(f"/{name}")).text
    assert "No blocked messages" in (await browser.get("/deadLetters")).text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "You may not do this"),
        (404, "There is no such thing"),
        (409, "Somebody was faster"),
        (500, "Something went wrong on our side"),
        (418, "Something went wrong on our side"),
    ],
)
async def test_what_a_service_refuses_is_explained_with_its_own_words_and_trace(status: int, words: str) -> None:
    services = FakeServices()
    problem = {"title": "No", "detail": "the case is <b>closed</b>", "issues": [{"name": "until", "detail": "is past"}]}
    services.answers[("recovery", "GET", "/cases/{caseId}")] = lambda _: httpx.Response(
        status, json=problem, headers={"BelGov-Trace-Id": "abc123"}
    )
    response = await (await Browser(services).sign_in("teamLead")).get(f"/cases/{DOSSIER}")
    assert response.status_code == status
    assert words in response.text
    assert "the case is &lt;b&gt;closed&lt;/b&gt;; until: is past" in response.text
    assert "abc123" in response.text


@pytest.mark.parametrize("answer", [b"<html>proxy</html>", b"[1]", b'"text"'])
async def test_nonsense_of_a_service_is_an_error_page(answer: bytes) -> None:
    services = FakeServices()
    services.answers[("recovery", "GET", "/cases/{caseId}")] = lambda _: httpx.Response(200, content=answer)
    response = await (await Browser(services).sign_in("teamLead")).get(f"/cases/{DOSSIER}")
    assert response.status_code in {500, 502}
    assert "This can&#39;t be done" in response.text or "This can't be done" in response.text


async def test_an_unknown_address_is_explained() -> None:
    browser = Browser(FakeServices())
    missing = await browser.get("/nowhere")
    assert missing.status_code == 404
    assert "There is no such thing" in missing.text
    assert (await browser.get("/signOut")).status_code == 405


@pytest.mark.parametrize(
    ("played", "today", "words"),
    [(True, date(2026, 6, 1), "01/06/2026"), (True, None, "it has no date yet"), (False, date(2026, 6, 1), None)],
)
async def test_a_played_instance_says_its_date(*, played: bool, today: date | None, words: str | None) -> None:
    context = console_context(played=played, today=today)
    text = (await (await Browser(FakeServices(), context=context).sign_in()).get("/")).text
    assert ("Played instance" in text) is played
    assert words is None or words in text


async def test_lists_pass_on_only_filters_they_offer() -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in()
    await browser.get("/cases", params={"status": "open", "nextStep": "roll", "owner": "me", "lang": "en"})
    assert dict(services.requests[-1].url.params) == {"status": "open", "nextStep": "roll", "pageSize": "200"}
    services.requests.clear()
    await browser.get("/tasks", params={"service": "billing", "role": "colonel"})
    assert [(one.url.host, dict(one.url.params)) for one in services.requests] == [
        ("billing.test", {"isOpen": "true", "pageSize": "200"})
    ]


async def test_a_long_list_leads_to_its_next_page() -> None:
    services = FakeServices()
    last = "01a20436-2143-7d23-85ed-5eb77000e3e6"
    row: dict[str, Any] = {"caseId": last, "fileNumber": 1, "status": "open", "nextStep": "roll", "reason": "x"}
    services.says("recovery", "/cases", {"items": [row] * 200})
    browser = await Browser(services).sign_in()
    assert f"/cases?after={last}" in (await browser.get("/cases")).text
    await browser.get("/cases", params={"after": last})
    assert services.requests[-1].url.params["after"] == last
    assert (await browser.get("/cases", params={"after": "../../etc"})).status_code == 404


async def test_what_was_written_by_others_is_never_run() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=x"
    services = FakeServices(text=attack)
    browser = await Browser(services).sign_in("teamLead", "benefitsAgent", "auditor", "finance", "operator")
    pages = [f"/{kind}/{DOSSIER}" for kind in ("cases", "claims", "dossiers", "transmissions")]
    for path in (*pages, "/approvals", "/tasks"):
        text = (await browser.get(path)).text
        assert "<script>" not in text
        assert "<img" not in text
        assert "&#34;&#39; onmouseover" in text or "alert" not in text
    case = (await browser.get(f"/cases/{DOSSIER}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in case


async def test_addresses_asked_of_services_hold_no_words_of_people() -> None:
    services = FakeServices(text="Peeters")
    browser = await Browser(services).sign_in("teamLead", "auditor")
    await browser.post("/search", fileNumber="17")
    await browser.post(f"/dossiers/{DOSSIER}", show="identity", purpose="caseHandling")
    await browser.post(f"/cases/{DOSSIER}/holds", reason="hardship", until="2026-07-01", legalBasis="Peeters is ill")
    for request in services.requests:
        assert "Peeters" not in str(request.url)
