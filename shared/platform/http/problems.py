"""Errors as the Belgif guide wants them: ``application/problem+json`` (RFC 9457) with standard types and issues.

A problem says what the caller can do about it. What went wrong inside (queries, stack traces, addresses) is for our
logs and never in a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal
from uuid import uuid4

from starlette.responses import JSONResponse

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_BELGIF: Final = "urn:problem-type:belgif:"
_ISSUE: Final = "urn:problem-type:belgif:input-validation:"
_ISSUE_EXTENSION: Final = "urn:problem-type:belgif-ext:input-validation:"

Place = Literal["body", "header", "path", "query"]


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing that is wrong with what was sent: which field, which rule.

    ``rule`` is one of the standard issue types (``schemaViolation``, ``invalidInput``, ``unknownInput``,
    ``referencedResourceNotFound``, ``requiredInput``, ``outOfRange``, ``invalidPeriod``, ``rejectedInput``...) or a
    rule of the service, which then becomes ``urn:problem-type:auxilia:input-validation:<rule>``.
    """

    name: str
    detail: str
    rule: str = "invalidInput"
    place: Place = "body"

    def to_json(self) -> dict[str, Any]:
        """Return the issue as it is sent; the value itself is left out, it may be about a person."""
        return {"type": issue_type(self.rule), "detail": self.detail, "in": self.place, "name": self.name}


_STANDARD_ISSUES: Final = frozenset({"schemaViolation", "invalidInput", "unknownInput", "referencedResourceNotFound"})
_EXTENSION_ISSUES: Final = frozenset(
    {
        "anyOfExpected",
        "equalExpected",
        "exactlyOneOfExpected",
        "invalidPeriod",
        "invalidStructure",
        "outOfRange",
        "rejectedInput",
        "requiredInput",
        "zeroOrAllOfExpected",
        "zeroOrExactlyOneOfExpected",
    }
)


def issue_type(rule: str) -> str:
    """Return the URN of a rule: standard, of the Belgif extension, or our own."""
    if rule in _STANDARD_ISSUES:
        return _ISSUE + rule
    if rule in _EXTENSION_ISSUES:
        return _ISSUE_EXTENSION + rule
    return f"urn:problem-type:auxilia:input-validation:{rule}"


@dataclass
class Problem(Exception):
    """What is sent when a request can't be honoured; raise one of the subclasses."""

    detail: str = ""
    issues: Sequence[Issue] = ()
    headers: dict[str, str] = field(default_factory=dict)

    status: ClassVar[int] = 500
    type: ClassVar[str] = _BELGIF + "internalServerError"
    title: ClassVar[str] = "Internal Server Error"

    def __str__(self) -> str:
        """Return type and detail, for logs and tests."""
        return f"{self.type}: {self.detail}"

    def to_json(self) -> dict[str, Any]:
        """Return the problem as it is sent, with an own instance id that our logs bear too."""
        body: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "instance": f"urn:uuid:{uuid4()}",
        }
        if self.detail:
            body["detail"] = self.detail
        if self.issues:
            body["issues"] = [issue.to_json() for issue in self.issues]
        return body

    def to_response(self) -> JSONResponse:
        """Return the HTTP response."""
        return JSONResponse(self.to_json(), self.status, headers=dict(self.headers), media_type=PROBLEM_MEDIA_TYPE)


class InvalidInput(Problem):
    """What was sent breaks a rule; the issues name field and rule."""

    status = 400
    type = _BELGIF + "badRequest"
    title = "Bad Request"


class NoAccessToken(Problem):
    """Nobody is calling."""

    status = 401
    type = _BELGIF + "noAccessToken"
    title = "No Access Token"


class InvalidAccessToken(Problem):
    """Somebody unknown is calling."""

    status = 401
    type = _BELGIF + "invalidAccessToken"
    title = "Invalid Access Token"


class ExpiredAccessToken(Problem):
    """The token was good and is too old."""

    status = 401
    type = _BELGIF + "expiredAccessToken"
    title = "Expired Access Token"


class MissingPermission(Problem):
    """The caller is known and may not do this."""

    status = 403
    type = _BELGIF + "missingPermission"
    title = "Missing Permission"


class NotFound(Problem):
    """There is no such thing."""

    status = 404
    type = _BELGIF + "resourceNotFound"
    title = "Resource Not Found"


class MethodNotAllowed(Problem):
    """The thing exists and can't be asked this."""

    status = 405
    type = "urn:problem-type:auxilia:methodNotAllowed"
    title = "Method Not Allowed"


class Conflict(Problem):
    """The state of things does not allow it (any more)."""

    status = 409
    type = "urn:problem-type:auxilia:conflict"
    title = "Conflict"


class PayloadTooLarge(Problem):
    """More was sent than is accepted."""

    status = 413
    type = _BELGIF + "payloadTooLarge"
    title = "Payload Too Large"


class UnsupportedMediaType(Problem):
    """The body is of a kind that is not read here."""

    status = 415
    type = "urn:problem-type:auxilia:unsupportedMediaType"
    title = "Unsupported Media Type"


class InternalServerError(Problem):
    """We failed; the instance id leads us to why."""


class BadGateway(Problem):
    """Another system answered something we can't use."""

    status = 502
    type = _BELGIF + "badGateway"
    title = "Bad Gateway"


class ServiceUnavailable(Problem):
    """Something we need is away; trying again later helps."""

    status = 503
    type = _BELGIF + "serviceUnavailable"
    title = "Service Unavailable"
