"""The console without servers: services that answer as their own documents say, and a browser that shows the pages."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock
from urllib.parse import urlencode
from uuid import UUID

import httpx

from services.console.app import APP
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.context import ServiceContext
from shared.platform.http.openapi import openapi_document
from shared.platform.temporal.clock import CalendarNotSet
from tests.shared.platform.api_world import FakeIssuer, token

SERVICES = ("affiliation", "billing", "recovery", "benefits")
DOSSIER = UUID("01a20421-61d9-77bb-a2b8-a23bf59187dc")
BASE = "https://console.test"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FUND = Path(__file__).parents[2] / "samples" / "fund.yaml"
Answer = Callable[[httpx.Request], httpx.Response]


@cache
def document_of(service: str) -> dict[str, Any]:
    """Return the OpenAPI document a service gives out, built without its servers."""
    stand_in = MagicMock()
    context = ServiceContext(
        name=service,
        settings=stand_in,
        platform=stand_in,
        database=stand_in,
        temporal=stand_in,
        clock=stand_in,
        tokens=stand_in,
        verifier=FakeIssuer().verifier(),
        parameters=Parameters.load(),
        fund=Fund.load(FUND),
        peers=stand_in,
    )
    module = importlib.import_module(f"services.{service}.app")
    app = getattr(module, "APP", module)
    return openapi_document(app.api(context), service=service, tags=[])


class Examples:
    """Makes answers from a document's schemas: with all that may be there, or only with what always is."""

    def __init__(self, document: Mapping[str, Any], *, full: bool, text: str = "words") -> None:
        self._schemas = document.get("components", {}).get("schemas", {})
        self._full = full
        self._text = text

    def of(self, schema: Mapping[str, Any], name: str = "") -> Any:
        """Return an example of a schema."""
        if "$ref" in schema:
            return self.of(self._schemas[schema["$ref"].rsplit("/", 1)[-1]], name)
        for several in ("allOf", "anyOf", "oneOf"):
            if several in schema:
                return self.of(schema[several][0], name)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return [self.of(schema["items"], name)] if self._full else []
        if kind == "boolean":
            return True
        if kind in {"integer", "number"}:
            return max(int(schema.get("minimum", 7)), 7)
        return self._string(schema, name)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {})
        values = {name: self.of(one, name) for name, one in properties.items() if self._full or name in required}
        if not properties and isinstance(schema.get("additionalProperties"), Mapping) and self._full:
            return {"openCents": 1, "quarters": ["2026Q1"], "caseId": str(DOSSIER), "totalCents": 2}
        return values

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        formats = {"uuid": str(DOSSIER), "date": "2026-03-31", "date-time": "2026-03-31T08:00:00Z"}
        if schema.get("format") in formats:
            return formats[schema["format"]]
        if "Q[1-4]" in schema.get("pattern", "") or name.lower().endswith("quarter"):
            return "2026Q1"
        return self._text if re.search("note|reason|detail|text|Name", name) else f"{name}Code"


@dataclass
class FakeServices:
    """All four services: they refuse what their documents don't know, and answer what their documents promise.

    Attributes:
        full: whether answers hold all that may be there.
        text: what free texts of answers say.
        answers: other answers by service, method and path as documented.
        calls: what was asked, in this form, with the body.
    """

    full: bool = True
    text: str = "words"
    answers: dict[tuple[str, str, str], Answer] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        """Return connections that lead here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def forbid(self, service: str, method: str, path: str, *, status: int = 403, detail: str = "not yours") -> None:
        """Let a service refuse an operation."""
        self.answers[(service, method, path)] = lambda _: httpx.Response(status, json={"detail": detail})

    def says(
        self, service: str, path: str, answer: Mapping[str, Any], *, method: str = "GET", status: int = 200
    ) -> None:
        """Let a service answer an operation with exactly this."""
        self.answers[(service, method, path)] = lambda _: httpx.Response(status, json=answer)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        service = request.url.host.removesuffix(".test")
        if service in self.silent:
            raise httpx.ConnectError("away", request=request)
        self.requests.append(request)
        document = document_of(service)
        template, operation = _operation(document, request)
        _check(document, operation, request)
        body = json.loads(request.content) if request.content else None
        self.calls.append((service, request.method, template, body))
        if (service, request.method, template) in self.answers:
            return self.answers[(service, request.method, template)](request)
        status, response = next(item for item in operation["responses"].items() if item[0].startswith("2"))
        if status == "204":
            return httpx.Response(204)
        content = response.get("content", {})
        if "application/json" not in content:
            return httpx.Response(int(status), content=b"%PDF-1.7", headers={"content-type": "application/pdf"})
        examples = Examples(document, full=self.full, text=self.text)
        return httpx.Response(int(status), json=examples.of(content["application/json"]["schema"]))


def _operation(document: Mapping[str, Any], request: httpx.Request) -> tuple[str, Mapping[str, Any]]:
    path = request.url.path.removeprefix("/v1")
    # A fixed path wins over one with parts in braces, as at the service itself.
    for template in sorted(document["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            operations = document["paths"][template]
            assert request.method.lower() in operations, f"{request.method} {path} is not documented"
            return template, cast("Mapping[str, Any]", operations[request.method.lower()])
    raise AssertionError(f"{request.url}: no such path is documented")


def _check(document: Mapping[str, Any], operation: Mapping[str, Any], request: httpx.Request) -> None:
    """Refuse what the service would: unknown or wrong parameters, unknown or missing properties, no token."""
    assert request.headers["authorization"].startswith("Bearer ")
    known = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
    for name, value in request.url.params.items():
        assert name in known, f"{request.url}: {name} is not known"
        _check_value(document, known[name], name, value)
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        assert not request.content, f"{request.url} takes no body"
        return
    schema = _resolved(document, schema)
    body = json.loads(request.content)
    assert set(schema.get("required", ())) <= set(body) <= set(schema["properties"]), f"{request.url}: {sorted(body)}"
    for name, value in body.items():
        _check_value(document, schema["properties"][name], name, value)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema or len(schema.get("allOf", ())) == 1 or "anyOf" in schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        else:
            schema = (schema.get("allOf") or schema["anyOf"])[0]
    return schema


def _check_value(document: Mapping[str, Any], schema: Mapping[str, Any], name: str, value: Any) -> None:
    schema = _resolved(document, schema)
    if "enum" in schema:
        assert value in schema["enum"], f"{name}: {value}"
    if "maximum" in schema:
        assert int(value) <= schema["maximum"], f"{name}: {value}"
    if schema.get("type") == "string" and isinstance(value, str):
        assert schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10_000), f"{name}: {value}"


class FixedClock:
    """Says one day, or that no conductor has set one."""

    def __init__(self, day: date | None) -> None:
        self._day = day

    async def today(self) -> date:
        """Return the day."""
        if self._day is None:
            raise CalendarNotSet
        return self._day

    async def now(self) -> datetime:
        """No page needs the moment."""
        raise NotImplementedError


def console_context(
    *, played: bool = True, today: date | None = date(2026, 6, 1), issuer: FakeIssuer | None = None
) -> Any:
    """Return what the pages are built from, without servers."""
    urls = {f"{service}_url": f"http://{service}.test" for service in SERVICES}
    return SimpleNamespace(
        platform=SimpleNamespace(instance="main", played=played, **urls),
        settings=SimpleNamespace(secure_cookies=True),
        clock=FixedClock(today),
        verifier=(issuer or FakeIssuer()).verifier(),
    )


class Browser:
    """Shows pages to somebody, and keeps cookies as a browser does."""

    def __init__(self, services: FakeServices, *, base: str = BASE, context: Any = None) -> None:
        application = APP.pages(context or console_context(), services.client())
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(application), base_url=base, headers={"Accept-Language": "en"}
        )

    async def sign_in(self, *roles: str, subject: str = "somebody") -> Browser:
        """Sign in as somebody with some roles."""
        response = await self.post("/signIn", token=token(subject, *(roles or ("teamLead",))))
        assert response.status_code == 303, response.text
        return self

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, **options)

    async def post(self, path: str, /, headers: Mapping[str, str] = SAME_ORIGIN, **fields: Any) -> httpx.Response:
        """Send a form of a page."""
        media_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(path, content=urlencode(fields, doseq=True), headers={**headers, **media_type})
