"""The services as one member of staff sees them: every call bears the person's own token.

Answers stay JSON: templates show properties by their names, those that a service adds as well, and
tests/console/world.py holds every page against the documents of the services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import httpx
from opentelemetry import propagate

from shared.platform.context import AnyContext
from shared.platform.database.rows import JsonObject

SERVICES: Final = ("affiliation", "billing", "recovery", "benefits")
_TIMEOUT: Final = httpx.Timeout(connect=2.0, read=15.0, write=15.0, pool=5.0)
_TRACE_HEADER: Final = "BelGov-Trace-Id"
_NOT_ALLOWED: Final = 403
_NOT_THERE: Final = 404
_NOT_SIGNED_IN: Final = 401
_BROKEN_FROM: Final = 500

State = Literal["shown", "forbidden", "silent"]
#: One item of a list as a service answers it.
Row = Mapping[str, Any]


class SessionOver(Exception):
    """The person's token is not good any more."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a form.

    Attributes:
        name: the field.
        rule: the code of the rule it breaks.
        detail: the service's own words, in English.
    """

    name: str
    rule: str
    detail: str = ""


class Refused(Exception):
    """A service refused what the person asked; its words are fit for the page.

    Attributes:
        status: the HTTP status; 503 when the service does not answer.
        service: who refused.
        trace_id: by which operators find what happened, empty when it is not known.
        faults: the fields that are wrong, as far as they are known.
    """

    def __init__(
        self, status: int, detail: str, *, service: str = "", trace_id: str = "", faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)
        self.status = status
        self.detail = detail
        self.service = service
        self.trace_id = trace_id


@dataclass(frozen=True)
class Part:
    """One list on a page that holds several, so that one silent service does not take the page away.

    Attributes:
        rows: the items.
        state: whether they are shown, may not be seen by this person, or the service did not answer.
        rest: the answer besides its items.
    """

    rows: tuple[Row, ...]
    state: State
    rest: Mapping[str, Any]


class Staff:
    """Calls the services on behalf of whoever is signed in."""

    def __init__(self, context: AnyContext, http: httpx.AsyncClient, token: str) -> None:
        """Keep the person's token for the calls of one page.

        Args:
            context: where the services are.
            http: connections shared by all pages.
            token: the person's own access token.
        """
        platform = context.platform
        self._urls = {
            "affiliation": platform.affiliation_url,
            "billing": platform.billing_url,
            "recovery": platform.recovery_url,
            "benefits": platform.benefits_url,
        }
        self._http = http
        self._token = token

    async def get(self, service: str, path: str, **query: str) -> JsonObject:
        """Return what a GET answers; raises Refused with the service's own words, SessionOver without a good token."""
        return await self._json("GET", service, path, params=query)

    async def send(self, method: str, service: str, path: str, body: Mapping[str, Any] | None) -> JsonObject:
        """Return what a call that changes something answers; raises what ``get`` raises."""
        return await self._json(method, service, path, **({} if body is None else {"json": dict(body)}))

    async def content(self, service: str, path: str, **query: str) -> tuple[bytes, Mapping[str, str]]:
        """Return a document and the headers it came with."""
        response = await self._send("GET", service, path, params=query)
        return response.content, response.headers

    async def part(self, service: str, path: str, **query: str) -> Part:
        """Return a list, or why it is not there; raises Refused only for what the console itself got wrong."""
        return await self._part("GET", service, path, params=query)

    async def part_of_query(self, service: str, path: str, body: Mapping[str, Any]) -> Part:
        """Return the list a query with a body answers, as ``part`` does."""
        return await self._part("POST", service, path, json=dict(body))

    async def _part(self, method: str, service: str, path: str, **arguments: Any) -> Part:
        try:
            answer = await self._json(method, service, path, **arguments)
        except Refused as refusal:
            if refusal.status == _NOT_ALLOWED:
                return Part(rows=(), state="forbidden", rest={})
            if refusal.status == _NOT_THERE:
                return Part(rows=(), state="shown", rest={})
            if refusal.status >= _BROKEN_FROM:
                return Part(rows=(), state="silent", rest={})
            raise
        rest = {name: value for name, value in answer.items() if name != "items"}
        return Part(rows=tuple(answer.get("items", ())), state="shown", rest=rest)

    async def _json(self, method: str, service: str, path: str, **arguments: Any) -> JsonObject:
        response = await self._send(method, service, path, **arguments)
        if not response.content:
            return {}
        try:
            answer = response.json()
        except ValueError as error:
            raise _refused(response, service, status=502) from error
        return cast("JsonObject", answer) if isinstance(answer, dict) else {"items": answer}

    async def _send(self, method: str, service: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        propagate.inject(headers)
        try:
            response = await self._http.request(
                method, f"{self._urls[service]}{path}", headers=headers, timeout=_TIMEOUT, **arguments
            )
        except httpx.HTTPError as error:
            raise Refused(503, type(error).__name__, service=service) from error
        if response.is_success:
            return response
        if response.status_code == _NOT_SIGNED_IN:
            raise SessionOver
        # A redirect is not followed: the person's token goes to the services and nowhere else.
        raise _refused(response, service, status=502 if response.is_redirect else response.status_code)


def _refused(response: httpx.Response, service: str, *, status: int) -> Refused:
    trace_id = response.headers.get(_TRACE_HEADER, "")
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return Refused(status, f"status {response.status_code}", service=service, trace_id=trace_id)
    faults = [_fault(issue) for issue in problem.get("issues", []) if isinstance(issue, dict)]
    issues = [f"{fault.name}: {fault.detail}" for fault in faults]
    words = "; ".join([str(problem.get("detail") or problem.get("title") or ""), *issues]).strip("; ")
    return Refused(status, words, service=service, trace_id=trace_id, faults=faults)


def _fault(issue: Mapping[str, Any]) -> Fault:
    """Return one issue of a problem; its type is the URN of a rule."""
    rule = str(issue.get("type", "")).rsplit(":", 1)[-1]
    return Fault(name=str(issue.get("name", "")), rule=rule, detail=str(issue.get("detail", "")))
