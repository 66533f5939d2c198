"""Signing in: a person brings a token of the issuer, and leaves it behind when they go.

On one machine the token is printed by ``./auxilia token --as NAME``; a fund puts its own identity provider in front,
which hands the console a token of the same form.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.rendering.service.forms import FormRefused, first, read_form
from services.console.visits.service.sessions import Sessions, own_path, same_origin


def sign_in_routes(sessions: Sessions) -> Sequence[Route]:
    """Return the pages that are open to whoever comes."""

    async def show(request: Request) -> Response:
        reason = "expired" if request.query_params.get("reason") == "expired" else ""
        return sessions.ask(request, status=200, reason=reason, back=own_path(request.query_params.get("next", "/")))

    async def accept(request: Request) -> Response:
        """Take a token, keep it in the cookie, and show the page that was wanted."""
        if not same_origin(request):
            return sessions.ask(request, status=403, reason="origin")
        try:
            form = await read_form(request)
        except FormRefused:
            return sessions.ask(request, status=413, reason="refused")
        back = own_path(first(form, "next") or "/")
        session = await sessions.session_of(first(form, "token"))
        if session is None:
            return sessions.ask(request, status=401, reason="refused", back=back)
        response = RedirectResponse(back, status_code=303)
        sessions.keep(request, response, session)
        return response

    async def leave(request: Request) -> Response:
        response = RedirectResponse("/signIn", status_code=303)
        if same_origin(request):
            sessions.forget(request, response)
        return response

    return (
        Route("/signIn", show, methods=["GET"]),
        Route("/signIn", accept, methods=["POST"]),
        Route("/signOut", leave, methods=["POST"]),
    )
