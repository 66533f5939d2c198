"""Who gets in, how long, and what other sites can't do."""

from __future__ import annotations

import httpx
import pytest

from services.console.visits.service.sessions import TOKEN_LENGTH_MAX, own_path
from tests.console.world import BASE, DOSSIER, SAME_ORIGIN, Browser, FakeServices, console_context
from tests.shared.platform.api_world import FakeIssuer, token

SESSION = "__Host-auxilia_session"


async def test_nobody_sees_a_page_without_signing_in() -> None:
    services = FakeServices()
    browser = Browser(services)
    for path in ("/", "/tasks", f"/dossiers/{DOSSIER}", f"/documents/billing/{DOSSIER}"):
        response = await browser.get(path)
        assert response.status_code == 303
        assert response.headers["location"] == f"/signIn?next={path}"
    assert services.requests == []


async def test_a_session_is_a_cookie_no_script_reads_and_no_other_site_sends() -> None:
    response = await Browser(FakeServices()).post("/signIn", token=token("ann", "finance"), next="/tasks")
    assert response.status_code == 303
    assert response.headers["location"] == "/tasks"
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION}=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"])
async def test_the_machine_itself_needs_no_https(host: str) -> None:
    browser = await Browser(FakeServices(), base=f"http://{host}").sign_in()
    assert (await browser.get("/")).status_code == 200


async def test_another_host_without_https_gets_a_cookie_browsers_do_not_send_back() -> None:
    browser = await Browser(FakeServices(), base="http://console.test").sign_in()
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize("roles", [("service",), ("partner",), ("teamLead", "service"), ("colonel",)])
async def test_machines_and_strangers_do_not_sign_in(roles: tuple[str, ...]) -> None:
    services = FakeServices()
    browser = Browser(services)
    response = await browser.post("/signIn", token=token("benefits", *roles))
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    browser.http.cookies.set(SESSION, token("benefits", *roles), domain="console.test")
    assert (await browser.get("/")).status_code == 303
    assert services.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "a.b.c",
        token("ann", "finance", lifetime_seconds=-60),
        token("ann", "finance", issuer_url="http://elsewhere.test"),
        "A" * (TOKEN_LENGTH_MAX + 1),
        token("ann" * 2000, "finance"),
        token("ann", "finance") + "\r\nSet-Cookie: a=b",
    ],
    ids=["nothing", "rubbish", "expired", "other issuer", "too long", "good but too long", "line break"],
)
async def test_a_wrong_token_gets_nobody_in(wrong: str) -> None:
    response = await Browser(FakeServices()).post("/signIn", token=wrong)
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert "This token is not valid here" in response.text


async def test_a_form_larger_than_any_of_ours_is_not_read() -> None:
    response = await Browser(FakeServices()).post("/signIn", token="A" * 100_000)
    assert response.status_code == 413


async def test_a_session_that_ended_asks_to_sign_in_again_and_leads_back() -> None:
    browser = Browser(FakeServices())
    browser.http.cookies.set(SESSION, token("ann", "finance", lifetime_seconds=-60), domain="console.test")
    response = await browser.get("/tasks")
    assert response.headers["location"] == "/signIn?next=/tasks&reason=expired"
    page = await browser.get(response.headers["location"])
    assert "Your session has expired" in page.text
    assert 'name="next" value="/tasks"' in page.text


async def test_a_session_that_ends_while_a_form_is_filled_in_does_nothing() -> None:
    services = FakeServices()
    browser = Browser(services)
    browser.http.cookies.set(SESSION, token("ann", "finance", lifetime_seconds=-60), domain="console.test")
    response = await browser.post(f"/tasks/billing/{DOSSIER}/resolve", resolution="done")
    assert response.status_code == 401
    assert "nothing was written down" in response.text
    assert services.requests == []


async def test_a_token_the_services_do_not_believe_any_more_ends_the_session() -> None:
    services = FakeServices()
    services.forbid("affiliation", "GET", "/dossiers/{dossier}", status=401)
    browser = await Browser(services).sign_in()
    response = await browser.get(f"/dossiers/{DOSSIER}")
    assert response.headers["location"] == f"/signIn?next=/dossiers/{DOSSIER}&reason=expired"


async def test_an_issuer_that_is_away_lets_nobody_in() -> None:
    browser = Browser(FakeServices(), context=console_context(issuer=FakeIssuer(away=True)))
    assert (await browser.post("/signIn", token=token("ann", "finance"))).status_code == 401


async def test_signing_out_forgets() -> None:
    browser = await Browser(FakeServices()).sign_in()
    assert (await browser.post("/signOut")).headers["location"] == "/signIn"
    assert (await browser.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/tasks", "/tasks"),
        (f"/dossiers/{DOSSIER}", f"/dossiers/{DOSSIER}"),
        ("//evil.test", "/"),
        ("https://evil.test/", "/"),
        ("/\\evil.test", "/"),
        ("/tasks?x=1", "/"),
        ("/%2F/evil.test", "/"),
        ("/tasks\n", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_own_pages_only(wanted: str, led: str) -> None:
    assert own_path(wanted) == led


FORMS = ("/signIn", "/signOut", "/search", f"/approvals/recovery/{DOSSIER}/decide", f"/dossiers/{DOSSIER}")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.test"},
        {"Origin": "https://console.test.evil.test"},
        {"Origin": "null"},
        {},
    ],
    ids=lambda headers: ", ".join(headers.values()) or "nothing said",
)
async def test_forms_of_other_sites_do_nothing(path: str, headers: dict[str, str]) -> None:
    services = FakeServices()
    browser = await Browser(services).sign_in()
    response = await browser.post(path, headers=headers, token=token("eve", "finance"), decision="approved", reason="x")
    assert services.requests == []
    assert "set-cookie" not in response.headers
    assert response.status_code == 403 or path == "/signOut"
    assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize("headers", [SAME_ORIGIN, {"Origin": BASE}])
async def test_forms_of_our_own_pages_are_read(headers: dict[str, str]) -> None:
    browser = await Browser(FakeServices()).sign_in()
    response = await browser.post("/search", headers=headers, fileNumber="17")
    assert response.headers["location"] == f"/dossiers/{DOSSIER}"


async def test_every_answer_forbids_scripts_frames_and_keeping() -> None:
    browser = await Browser(FakeServices()).sign_in()
    paths = ("/", "/signIn", "/nowhere", f"/cases/{DOSSIER}", f"/documents/billing/{DOSSIER}")
    for path in paths:
        headers = (await browser.get(path)).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "script-src" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        # Under no-referrer browsers would send "Origin: null" with our own forms too.
        assert headers["referrer-policy"] == "same-origin"


async def test_the_person_calls_with_their_own_token() -> None:
    services = FakeServices()
    browser = Browser(services)
    own = token("ann", "finance")
    await browser.post("/signIn", token=own)
    await browser.get("/tasks")
    assert {one.headers["authorization"] for one in services.requests} == {f"Bearer {own}"}


async def test_no_redirect_of_a_service_carries_the_token_away() -> None:
    services = FakeServices()
    services.answers[("recovery", "GET", "/cases/{caseId}")] = lambda _: httpx.Response(
        302, headers={"location": "http://evil.test/"}
    )
    response = await (await Browser(services).sign_in()).get(f"/cases/{DOSSIER}")
    assert response.status_code >= 400
    assert {one.url.host for one in services.requests} == {"recovery.test"}
