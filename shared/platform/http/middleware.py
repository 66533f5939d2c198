"""What happens around every request: trace, token, size, metrics, and never a leak when something breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final
from uuid import uuid4

from aiokafka.errors import KafkaError
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from temporalio.service import RPCError, RPCStatusCode

from shared.platform.calls.auth import (
    AccessTokenExpired,
    AccessTokenInvalid,
    AccessTokenMissing,
    IssuerUnavailable,
    TokenVerifier,
    bearer_token,
)
from shared.platform.calls.service_client import PeerUnavailable
from shared.platform.database.connections import retryable
from shared.platform.http.problems import (
    ExpiredAccessToken,
    InternalServerError,
    InvalidAccessToken,
    NoAccessToken,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
)
from shared.platform.observation.logging import get_logger
from shared.platform.observation.metrics import HTTP_REQUESTS, HTTP_SECONDS
from shared.platform.observation.telemetry import tracer

TRACE_HEADER: Final = "BelGov-Trace-Id"
RELATED_TRACE_HEADER: Final = "BelGov-Related-Trace-Id"
_TRACE_ID_LENGTH_MAX: Final = 36
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="auxilia"'}

_log = get_logger(__name__)


class ApiMiddleware:
    """The outermost layer of an API."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        verifier: TokenVerifier,
        body_limit_bytes: int,
        large_bodies: Mapping[str, int],
        is_public: Callable[[str, str], bool],
    ) -> None:
        """Keep what each request needs.

        Args:
            app: what handles the request.
            service: name of the service, also the prefix under which it may be reached (``/auxilia/<service>``).
            verifier: checks tokens.
            body_limit_bytes: longer bodies are refused before they are read.
            large_bodies: limits of their own of the paths that take files as they come in, without holding them.
            is_public: tells by method and path whether anybody may call.
        """
        self._app = app
        self._service = service
        self._verifier = verifier
        self._body_limit_bytes = body_limit_bytes
        self._large_bodies = large_bodies
        self._is_public = is_public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": self._local_path(scope["path"])}
        headers = Headers(scope=scope)
        answer = _Answer(send, related_trace_id=headers.get(TRACE_HEADER))
        started = time.perf_counter()
        parent = propagate.extract({"traceparent": headers.get("traceparent", "")})
        with tracer.start_as_current_span(
            f"{scope['method']} {self._service}", context=parent, kind=SpanKind.SERVER, record_exception=False
        ) as current:
            try:
                await self._handle(scope, receive, answer, headers)
            finally:
                self._observe(scope, answer, current, time.perf_counter() - started)

    async def _handle(self, scope: Scope, receive: Receive, answer: _Answer, headers: Headers) -> None:
        try:
            limit = self._large_bodies.get(scope["path"], self._body_limit_bytes)
            _check_declared_length(headers, limit)
            if not self._is_public(scope["method"], scope["path"]):
                scope["auxilia.principal"] = await self._verifier.verify(bearer_token(headers.get("authorization")))
            await self._app(scope, _limited(receive, limit), answer.send)
        except AccessTokenMissing:
            await answer.problem(NoAccessToken(headers=_CHALLENGE), scope, receive)
        except AccessTokenExpired:
            await answer.problem(ExpiredAccessToken(headers=_CHALLENGE), scope, receive)
        except AccessTokenInvalid:
            await answer.problem(InvalidAccessToken(headers=_CHALLENGE), scope, receive)
        except IssuerUnavailable:
            await answer.problem(_issuer_away(), scope, receive)
        except Problem as problem:
            await answer.problem(problem, scope, receive)
        except Exception as error:  # noqa: BLE001 - the last place where an error can be kept from the caller
            await answer.problem(self._failure(error, _operation(scope)), scope, receive)

    def _failure(self, error: Exception, operation: str) -> Problem:
        """Tell a server that is away for a moment from a mistake of ours; neither says anything about itself."""
        if passes(error):
            _log.warning("http.unavailable", operation=operation, exc_info=error)
            return ServiceUnavailable(detail="Something this needs is away for a moment.", headers={"Retry-After": "2"})
        _log.error("http.failed", operation=operation, exc_info=error)
        return InternalServerError()

    def _local_path(self, path: str) -> str:
        """Serve the documented address ``/auxilia/<service>/v1/...`` and the short one alike."""
        local = path.removeprefix(f"/auxilia/{self._service}")
        return "/health" if local == "/v1/health" else local or "/"

    def _observe(self, scope: Scope, answer: _Answer, current: trace.Span, seconds: float) -> None:
        operation = _operation(scope)
        status = answer.status or 500
        HTTP_REQUESTS.labels(self._service, operation, str(status)).inc()
        HTTP_SECONDS.labels(self._service, operation).observe(seconds)
        current.update_name(f"{self._service} {operation}")
        current.set_attribute("http.request.method", scope["method"])
        current.set_attribute("http.response.status_code", status)
        current.set_attribute("auxilia.operation", operation)
        if status >= 500:
            current.set_status(Status(StatusCode.ERROR))


def passes(error: BaseException) -> bool:
    """Return whether an error goes away by asking again: a database, a queue, an issuer or a peer that is away."""
    if isinstance(error, BaseExceptionGroup):
        return all(passes(inner) for inner in error.exceptions)
    if isinstance(error, RPCError):
        return error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
    return retryable(error) or isinstance(error, KafkaError | IssuerUnavailable | PeerUnavailable)


class _Answer:
    """Sends the answer with its trace ids, and knows whether it already began."""

    def __init__(self, send: Send, *, related_trace_id: str | None) -> None:
        self._send = send
        self._related_trace_id = (related_trace_id or "")[:_TRACE_ID_LENGTH_MAX]
        self.status: int | None = None

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send a message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[TRACE_HEADER] = str(uuid4())
            if self._related_trace_id.isprintable() and self._related_trace_id:
                headers[RELATED_TRACE_HEADER] = self._related_trace_id
            headers["Cache-Control"] = headers.get("Cache-Control", "no-store")
            headers["X-Content-Type-Options"] = "nosniff"
        await self._send(message)

    async def problem(self, problem: Problem, scope: Scope, receive: Receive) -> None:
        """Send a problem, unless the answer already began: then the connection is cut instead of lying."""
        if self.status is not None:
            raise RuntimeError("the answer failed after it began")
        await problem.to_response()(scope, receive, self.send)


def _issuer_away() -> Problem:
    return ServiceUnavailable(detail="Tokens can't be checked at the moment.", headers={"Retry-After": "5"})


def _check_declared_length(headers: Headers, limit_bytes: int) -> None:
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)


def _limited(receive: Receive, limit_bytes: int) -> Receive:
    """Count what really comes in: a length can be undeclared or untrue."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit_bytes:
            raise HTTPException(PayloadTooLarge.status)
        return message

    return counted


def _too_large(limit_bytes: int) -> Problem:
    return PayloadTooLarge(detail=f"At most {limit_bytes} bytes are accepted.")


def _operation(scope: Scope) -> str:
    """Return the name of the endpoint: bounded, and without what was in the address."""
    route = scope.get("route")
    return str(getattr(route, "name", None) or "unknown")
