"""Calls to others: what is sent along, and whose fault it is when there is no usable answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.platform.calls.service_client import PeerNonsense, PeerRefused, PeerUnavailable, ServiceClient
from shared.platform.http import ApiModel


class Question(ApiModel):
    quarter_wanted: str
    note: str | None = None


class Reply(ApiModel):
    open_cents: int


class FixedTokens:
    async def token(self) -> str:
        return "the-token"


def client(handler: Callable[[httpx.Request], httpx.Response]) -> ServiceClient:
    """A client that talks to a function."""
    return ServiceClient(
        peer="billing", base_url="http://billing.test", tokens=FixedTokens(), transport=httpx.MockTransport(handler)
    )


async def test_a_question_is_asked_with_token_and_trace_ids_and_without_null() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"openCents": 12, "addedLater": True})

    reply = await client(answer).post("/v1/openItems/query", Question(quarter_wanted="2026Q1"), Reply)
    assert reply == Reply(open_cents=12)
    (request,) = seen
    assert json.loads(request.content) == {"quarterWanted": "2026Q1"}
    assert request.headers["authorization"] == "Bearer the-token"
    assert 0 < len(request.headers["belgov-trace-id"]) <= 36
    assert request.url == "http://billing.test/v1/openItems/query"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
async def test_a_server_that_can_not_now_is_unavailable(status: int) -> None:
    with pytest.raises(PeerUnavailable, match=f"billing is unavailable: status {status}"):
        await client(lambda _: httpx.Response(status)).get("/v1/summary", Reply)


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ReadError]
)
async def test_a_server_that_does_not_answer_is_unavailable(error: type[httpx.HTTPError]) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise error("secret details of the network")

    with pytest.raises(PeerUnavailable) as caught:
        await client(away).get("/v1/summary", Reply)
    assert str(caught.value) == f"billing is unavailable: {error.__name__}"


async def test_a_refusal_names_problem_and_fields_but_not_what_was_said() -> None:
    problem = {
        "type": "urn:problem-type:belgif:badRequest",
        "detail": "Dupont is unknown",
        "issues": [
            {"type": "urn:problem-type:belgif:input-validation:schemaViolation", "name": "quarter", "detail": "Dupont"}
        ],
    }

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json=problem, headers={"content-type": "application/problem+json"})

    with pytest.raises(PeerRefused) as caught:
        await client(refuse).get("/v1/summary", Reply)
    assert (caught.value.status, caught.value.problem_type) == (400, "urn:problem-type:belgif:badRequest")
    assert [issue.name for issue in caught.value.issues] == ["quarter"]
    assert "Dupont" not in str(caught.value)
    assert "quarter: schemaViolation" in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"issues": 3}'])
async def test_a_refusal_without_a_readable_problem_is_still_a_refusal(body: bytes) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, content=body, headers={"content-type": "application/problem+json"})

    with pytest.raises(PeerRefused, match="404 about:blank"):
        await client(refuse).get("/v1/summary", Reply)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>maintenance Dupont</html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"openCents": "many"}),
        httpx.Response(200, json={}),
        httpx.Response(302, headers={"location": "http://elsewhere.test"}),
    ],
    ids=["empty", "html", "list", "wrong type", "missing", "redirect"],
)
async def test_nonsense_is_told_apart_and_not_repeated(response: httpx.Response) -> None:
    with pytest.raises(PeerNonsense) as caught:
        await client(lambda _: response).get("/v1/summary", Reply)
    assert "Dupont" not in str(caught.value)
    assert "many" not in str(caught.value)


async def test_files_travel_as_they_are() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/xml"
        assert request.url.query == b"kind=payments"
        return httpx.Response(202, json={"openCents": len(request.content)})

    reply = await client(echo).post_bytes(
        "/v1/files", b"\x00\xff<x/>", Reply, media_type="application/xml", query={"kind": "payments"}
    )
    assert reply.open_cents == 6
    content = await client(lambda _: httpx.Response(200, content=b"\x00\x01")).get_bytes("/v1/documents/1/content")
    assert content == b"\x00\x01"


async def test_the_trace_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace import TracerProvider

    from shared.platform.observation import telemetry

    provider = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    headers: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        headers.update(request.headers)
        return httpx.Response(200, json={"openCents": 1})

    with telemetry.span("work") as work:
        await client(answer).get("/v1/summary", Reply)
    assert headers["traceparent"].split("-")[1] == f"{work.get_span_context().trace_id:032x}"
