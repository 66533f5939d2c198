"""Who looks: the browser keeps a token of the issuer in a cookie that no script can read."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from services.console.rendering.service.rendering import render
from shared.platform.calls.auth import AccessTokenInvalid, IssuerUnavailable, Principal
from shared.platform.context import AnyContext

#: A browser keeps no cookie beyond 4096 bytes, its name and attributes included.
TOKEN_LENGTH_MAX: Final = 3800
_COOKIE: Final = "auxilia_session"
#: With this prefix a browser refuses a session planted by a neighbouring host or over plain HTTP.
_SECURE_COOKIE: Final = "__Host-auxilia_session"
_MACHINES: Final = ("service", "partner")
#: Pages of this console, without their questions: nothing that could lead to another host.
_OWN_PATH: Final = re.compile(r"/(?:[A-Za-z0-9-]+(?:/[A-Za-z0-9-]+)*)?")


@dataclass(frozen=True)
class Session:
    """Who looks, and the token with which services are called on their behalf."""

    person: Principal
    token: str


class Sessions:
    """Knows who looks at a page."""

    def __init__(self, context: AnyContext) -> None:
        """Keep the verifier of tokens and how cookies are set."""
        self._verifier = context.verifier
        self._instance = context.platform.instance
        self._secure_elsewhere = bool(context.settings.secure_cookies)

    def had_session(self, request: Request) -> bool:
        """Return whether the browser brought a session at all, good or not."""
        return bool(request.cookies.get(self._cookie(request)))

    async def session(self, request: Request) -> Session | None:
        """Return who is signed in, None when nobody is."""
        return await self.session_of(request.cookies.get(self._cookie(request), ""))

    def ask(self, request: Request, *, status: int, reason: str = "", back: str = "/") -> Response:
        """Return the form that asks who looks, with why it is shown and where to go afterwards."""
        return render(request, "sign_in.html", status=status, reason=reason, back=back, instance=self._instance)

    def keep(self, request: Request, response: Response, session: Session) -> None:
        """Let the browser keep a session."""
        response.set_cookie(
            self._cookie(request),
            session.token,
            httponly=True,
            samesite="strict",
            secure=self._is_secure(request),
            path="/",
        )

    def forget(self, request: Request, response: Response) -> None:
        """Let the browser forget who looks."""
        response.delete_cookie(
            self._cookie(request), path="/", httponly=True, samesite="strict", secure=self._is_secure(request)
        )

    async def session_of(self, token: str) -> Session | None:
        """Return whose token it is; None for a bad one, for a machine's, and for somebody without any role."""
        if not token or len(token) > TOKEN_LENGTH_MAX:
            return None
        try:
            person = await self._verifier.verify(token)
        except (AccessTokenInvalid, IssuerUnavailable):
            return None
        if not person.roles or person.has_any(*_MACHINES):
            return None
        return Session(person=person, token=token)

    def _is_secure(self, request: Request) -> bool:
        return request.url.scheme == "https" or (self._secure_elsewhere and not _is_own_machine(request.url.hostname))

    def _cookie(self, request: Request) -> str:
        return _SECURE_COOKIE if self._is_secure(request) else _COOKIE


def same_origin(request: Request) -> bool:
    """Return whether a form was sent from a page of this console; another site's form is refused.

    Browsers say so themselves (``Sec-Fetch-Site``), older ones by ``Origin``; who says neither is refused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def own_path(path: str) -> str:
    """Return a path when it is one of this console's own pages, else the first page."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def _is_own_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
