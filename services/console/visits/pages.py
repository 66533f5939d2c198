"""The reception: who comes in, and what is shown to whoever does not or sees something that is not there."""

from __future__ import annotations

from datetime import date
from typing import Final

import httpx
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.clients import Refused, SessionOver, Staff
from services.console.rendering.service.forms import FormRefused
from services.console.rendering.service.rendering import render, trace_id
from services.console.visits.service.sessions import Sessions, own_path, same_origin
from services.console.visits.service.visits import Page, Show, Visit
from shared.platform.context import AnyContext
from shared.platform.observation.logging import get_logger
from shared.platform.observation.telemetry import DOSSIER_ATTRIBUTE, tracer
from shared.platform.temporal.clock import CalendarNotSet

#: Statuses with their own words; any other is shown as something that went wrong on our side.
_EXPLAINED: Final = frozenset({400, 403, 404, 405, 409, 413, 502, 503, 504})
_log = get_logger(__name__)


class Reception:
    """Receives visitors: knows them, keeps other sites out, and explains what can't be shown."""

    def __init__(self, context: AnyContext, http: httpx.AsyncClient, sessions: Sessions) -> None:
        """Keep what visits are made from."""
        self._context = context
        self._http = http
        self._sessions = sessions

    def route(self, page: Page) -> Route:
        """Return the route of a page."""

        async def guarded(request: Request) -> Response:
            with tracer.start_as_current_span(f"{page.method} {page.path}", kind=SpanKind.SERVER) as span:
                if "dossier" in request.path_params:
                    span.set_attribute(DOSSIER_ATTRIBUTE, str(request.path_params["dossier"]))
                return await self._received(request, page.show)

        return Route(page.path, guarded, methods=[page.method])

    async def _received(self, request: Request, show: Show) -> Response:
        session = await self._sessions.session(request)
        if session is None:
            return self._at_the_door(request, over=self._sessions.had_session(request))
        visit = Visit(
            request=request,
            staff=Staff(self._context, self._http, session.token),
            person=session.person,
            today=await self._today(),
            played=bool(self._context.platform.played),
        )
        try:
            if request.method == "POST" and not same_origin(request):
                return _refusal(visit, Refused(403, "origin"))
            return await show(visit)
        except SessionOver:
            return self._at_the_door(request, over=True)
        except FormRefused as error:
            return _refusal(visit, Refused(413, str(error)))
        except Refused as refusal:
            return _refusal(visit, refusal)
        except Exception as error:  # noqa: BLE001 - the last place where an error can be explained to a person
            _log.error("console.failed", exc_info=error)
            return _refusal(visit, Refused(500, ""))

    def _at_the_door(self, request: Request, *, over: bool) -> Response:
        """Ask who is there; what a form would have done was not done, so its page says that."""
        if request.method == "POST":
            return self._sessions.ask(request, status=401, reason="nothingDone", back="/")
        reason = "&reason=expired" if over else ""
        return RedirectResponse(f"/signIn?next={own_path(request.url.path)}{reason}", status_code=303)

    async def _today(self) -> date | None:
        try:
            return await self._context.clock.today()
        except CalendarNotSet:
            return None


async def explain_status(request: Request, error: Exception) -> Response:
    """Return the page for an address that is not there, or that can't be used in this way."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return render(
        request, "refused.html", status=status, reason=_reason(status), detail="", service="", reference=trace_id()
    )


def _refusal(visit: Visit, refusal: Refused) -> Response:
    return render(
        visit.request,
        "refused.html",
        status=refusal.status,
        reason=_reason(refusal.status),
        detail=refusal.detail,
        service=refusal.service,
        reference=refusal.trace_id or trace_id(),
        **visit.frame(),
    )


def _reason(status: int) -> str:
    return f"status{status if status in _EXPLAINED else 500}"
