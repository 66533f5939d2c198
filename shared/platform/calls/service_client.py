"""Calls to other services and to partners: four timeouts, a token, a trace, and errors that say whose fault it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
from opentelemetry import propagate
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, ValidationError

from shared.platform.calls.auth import TokenSource
from shared.platform.calls.trust import trusted
from shared.platform.observation.telemetry import span

_TIMEOUT: Final = httpx.Timeout(connect=2.0, read=15.0, write=15.0, pool=5.0)
_LIMITS: Final = httpx.Limits(max_connections=40, max_keepalive_connections=20, keepalive_expiry=30.0)
_ANSWER_LIMIT_BYTES: Final = 64 * 1024 * 1024
#: Whoever asks to be asked again after at most these seconds is being restarted, not closed.
_BACK_SOON_SECONDS: Final = 10

Answer = TypeVar("Answer", bound=BaseModel)


class CallFailed(RuntimeError):
    """A call did not give a usable answer."""


class PeerUnavailable(CallFailed):
    """The other side does not answer, or says it can't now: trying again later may help.

    ``closed`` tells one that says it can't now from one that is silent or says that it is back within seconds.
    """

    def __init__(self, peer: str, reason: str, *, closed: bool = False) -> None:
        super().__init__(f"{peer} is unavailable: {reason}")
        self.peer = peer
        self.reason = reason
        self.closed = closed


class PeerNonsense(CallFailed):
    """The other side answered something that is not what was agreed; its text is not repeated here."""

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(f"{peer} answered nonsense: {reason}")
        self.peer = peer
        self.reason = reason


@dataclass(frozen=True)
class RefusedIssue:
    """One issue of a refusal: the field and the rule it breaks."""

    type: str
    name: str


class PeerRefused(CallFailed):
    """The other side understood and refused (4xx); trying again does not help.

    ``status`` and ``problem_type`` say why; ``issues`` name fields and rules.
    """

    def __init__(self, peer: str, status: int, problem_type: str, issues: Sequence[RefusedIssue] = ()) -> None:
        named = ", ".join(f"{issue.name}: {issue.type.rsplit(':', 1)[-1]}" for issue in issues)
        super().__init__(f"{peer} refused: {status} {problem_type}{f' ({named})' if named else ''}")
        self.peer = peer
        self.status = status
        self.problem_type = problem_type
        self.issues = tuple(issues)


class ServiceClient:
    """A client of one other service or partner. It never retries: who calls decides (activities do)."""

    def __init__(
        self,
        *,
        peer: str,
        base_url: str,
        tokens: TokenSource | None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> None:
        """Prepare the client.

        Args:
            peer: name of the other side, for errors and traces.
            base_url: its address, without ``/v1``.
            tokens: where the bearer token comes from; None calls without one.
            transport: another transport than the network (tests).
            timeout: limits for connecting, reading, writing and waiting for a free connection.
        """
        self.peer = peer
        self._tokens = tokens
        self._http = httpx.AsyncClient(
            verify=trusted(),
            base_url=base_url,
            timeout=timeout,
            limits=_LIMITS,
            follow_redirects=False,
            transport=transport,
        )

    async def post(self, path: str, model: BaseModel, response_type: type[Answer]) -> Answer:
        """Send a JSON object and return the answer, validated; unknown properties are ignored.

        Raises:
            PeerUnavailable: no answer, or 5xx or 429.
            PeerRefused: another 4xx.
            PeerNonsense: the answer is not the agreed JSON.
        """
        return _read(self.peer, await self._send("POST", path, model=model), response_type)

    async def put(self, path: str, model: BaseModel, response_type: type[Answer]) -> Answer:
        """Replace something by a JSON object; errors as for ``post``."""
        return _read(self.peer, await self._send("PUT", path, model=model), response_type)

    async def get(
        self, path: str, response_type: type[Answer], *, query: Mapping[str, str | int | Sequence[str]] | None = None
    ) -> Answer:
        """Ask for a JSON object; errors as for ``post``."""
        return _read(self.peer, await self._send("GET", path, query=query), response_type)

    async def post_bytes(
        self,
        path: str,
        content: bytes,
        response_type: type[Answer],
        *,
        media_type: str,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
    ) -> Answer:
        """Send a file as it is and return the JSON answer; errors as for ``post``."""
        response = await self._send("POST", path, content=content, media_type=media_type, query=query)
        return _read(self.peer, response, response_type)

    async def post_and_forget(self, path: str, model: BaseModel) -> None:
        """Send a JSON object whose answer has no body that matters; errors as for ``post``."""
        await self._send("POST", path, model=model)

    async def get_bytes(self, path: str) -> bytes:
        """Return a file as it is; errors as for ``post``."""
        return (await self._send("GET", path)).content

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        *,
        model: BaseModel | None = None,
        content: bytes | None = None,
        media_type: str = "application/json",
        query: Mapping[str, str | int | Sequence[str]] | None = None,
    ) -> httpx.Response:
        if model is not None:
            content = model.model_dump_json(by_alias=True, exclude_none=True).encode()
        with span(f"{method} {self.peer}", kind=SpanKind.CLIENT, attributes={"auxilia.peer": self.peer}) as current:
            headers = await self._headers(media_type if content is not None else None)
            try:
                response = await self._http.request(method, path, content=content, params=query, headers=headers)
            except httpx.InvalidURL as error:
                raise PeerNonsense(self.peer, "the address is not valid") from error
            except httpx.DecodingError as error:
                raise PeerNonsense(self.peer, type(error).__name__) from error
            except httpx.HTTPError as error:
                # Also a connection that breaks off in the middle: whoever is killed while answering says nothing.
                raise PeerUnavailable(self.peer, type(error).__name__) from error
            current.set_attribute("http.response.status_code", response.status_code)
            _raise_for_status(self.peer, response)
            return response

    async def _headers(self, media_type: str | None) -> dict[str, str]:
        headers = {"Accept": "application/json, application/problem+json", "BelGov-Trace-Id": str(uuid4())}
        if media_type is not None:
            headers["Content-Type"] = media_type
        if self._tokens is not None:
            headers["Authorization"] = f"Bearer {await self._tokens.token()}"
        propagate.inject(headers)
        return headers


def _raise_for_status(peer: str, response: httpx.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        if len(response.content) > _ANSWER_LIMIT_BYTES:
            raise PeerNonsense(peer, "the answer is too long")
        return
    if status >= 500 or status in {408, 425, 429}:
        raise PeerUnavailable(peer, f"status {status}", closed=not _is_back_soon(response))
    if status < 400:
        raise PeerNonsense(peer, f"unexpected status {status}")
    problem = _problem(response)
    issues = [
        RefusedIssue(type=str(issue.get("type", "")), name=str(issue.get("name", "")))
        for issue in problem.get("issues", [])
        if isinstance(issue, dict)
    ]
    raise PeerRefused(peer, status, str(problem.get("type", "about:blank")), issues)


def _is_back_soon(response: httpx.Response) -> bool:
    seconds = response.headers.get("retry-after", "")
    return seconds.isdecimal() and int(seconds) <= _BACK_SOON_SECONDS


def _problem(response: httpx.Response) -> dict[str, Any]:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) and isinstance(problem.get("issues", []), list) else {}


def _read(peer: str, response: httpx.Response, response_type: type[Answer]) -> Answer:
    try:
        return response_type.model_validate_json(response.content, extra="ignore")
    except ValidationError as error:
        places = sorted({".".join(map(str, issue["loc"])) or "body" for issue in error.errors(include_input=False)})
        raise PeerNonsense(peer, f"not a {response_type.__name__}: {', '.join(places[:5])}") from error
