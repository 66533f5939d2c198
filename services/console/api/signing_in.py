"""Signing in: a person brings a token of the issuer, and the browser keeps it in a cookie no script can read.

On one machine the token is printed by ``./auxilia token --as NAME``; a fund puts its own identity provider in front,
which hands the console a token of the same form.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.console.api.rendering import render
from shared.platform.auth import AccessTokenInvalid, IssuerUnavailable, Principal
from shared.platform.context import AnyContext

COOKIE: Final = "auxilia_session"
_TOKEN_LENGTH_MAX: Final = 8192
_MACHINES: Final = ("service", "partner")


class SignIn:
    """Knows who looks at a page."""

    def __init__(self, context: AnyContext) -> None:
        """Keep the verifier of tokens and how cookies are set."""
        self._verifier = context.verifier
        self._secure = bool(context.settings.secure_cookies)

    async def person(self, request: Request) -> tuple[Principal, str] | None:
        """Return who is signed in and the token, None when nobody is."""
        token = request.cookies.get(COOKIE, "")
        if not token:
            return None
        try:
            return await self._verifier.verify(token), token
        except (AccessTokenInvalid, IssuerUnavailable):
            return None

    async def show(self, request: Request) -> Response:
        """Show the form."""
        return render(request, "sign_in.html", status=200, refused=False)

    async def accept(self, request: Request) -> Response:
        """Take a token, keep it in the cookie, and show the first page."""
        if not same_origin(request):
            return render(request, "sign_in.html", status=403, refused=True)
        # What is longer than any token of ours is cut, and then fails like any other forgery.
        token = str((await request.form()).get("token", "")).strip()[:_TOKEN_LENGTH_MAX]
        try:
            principal = await self._verifier.verify(token)
        except (AccessTokenInvalid, IssuerUnavailable):
            return render(request, "sign_in.html", status=401, refused=True)
        if principal.has_any(*_MACHINES):
            return render(request, "sign_in.html", status=403, refused=True)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=self._secure, path="/")
        return response

    async def leave(self, request: Request) -> Response:
        """Forget who looks."""
        response = RedirectResponse("/signIn", status_code=303)
        if same_origin(request):
            response.delete_cookie(COOKIE, path="/")
        return response


def same_origin(request: Request) -> bool:
    """Return whether a form was sent from a page of this console; another site's form is refused."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return urlsplit(origin).netloc == request.headers.get("host", "")
