"""Signing in: a person brings a token of the issuer, and the browser keeps it in a cookie no script can read.

On one machine the token is printed by ``./auxilia token --as NAME``; a fund puts its own identity provider in front,
which hands the console a token of the same form.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.console.api.forms import FormRefused, first, read_form
from services.console.api.rendering import render
from shared.platform.auth import AccessTokenInvalid, IssuerUnavailable, Principal
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


class SignIn:
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
        return await self._verified(request.cookies.get(self._cookie(request), ""))

    async def show(self, request: Request) -> Response:
        """Show the form."""
        reason = "expired" if request.query_params.get("reason") == "expired" else ""
        return self.page(request, status=200, reason=reason, back=own_path(request.query_params.get("next", "/")))

    def page(self, request: Request, *, status: int, reason: str = "", back: str = "/") -> Response:
        """Return the form, with why it is shown and where to go afterwards."""
        return render(request, "sign_in.html", status=status, reason=reason, back=back, instance=self._instance)

    async def accept(self, request: Request) -> Response:
        """Take a token, keep it in the cookie, and show the page that was wanted."""
        if not same_origin(request):
            return self.page(request, status=403, reason="origin")
        try:
            form = await read_form(request)
        except FormRefused:
            return self.page(request, status=413, reason="refused")
        back = own_path(first(form, "next") or "/")
        session = await self._verified(first(form, "token"))
        if session is None:
            return self.page(request, status=401, reason="refused", back=back)
        response = RedirectResponse(back, status_code=303)
        response.set_cookie(
            self._cookie(request),
            session.token,
            httponly=True,
            samesite="strict",
            secure=self._is_secure(request),
            path="/",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Forget who looks."""
        response = RedirectResponse("/signIn", status_code=303)
        if same_origin(request):
            response.delete_cookie(
                self._cookie(request), path="/", httponly=True, samesite="strict", secure=self._is_secure(request)
            )
        return response

    async def _verified(self, token: str) -> Session | None:
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
