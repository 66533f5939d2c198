"""One visit to a page: who looks, what day it is, and what is shown when it can't be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import httpx
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.clients import Fault, Refused, SessionOver, Staff
from services.console.rendering.service.forms import Form, FormRefused, first
from services.console.rendering.service.rendering import render, trace_id
from services.console.visits.service.sessions import Sessions, own_path, same_origin
from shared.platform.auth import Principal
from shared.platform.clock import CalendarNotSet
from shared.platform.context import AnyContext
from shared.platform.logging import get_logger
from shared.platform.telemetry import DOSSIER_ATTRIBUTE, tracer

#: Statuses with their own words; any other is shown as something that went wrong on our side.
_EXPLAINED: Final = frozenset({400, 403, 404, 405, 409, 413, 502, 503, 504})
_log = get_logger(__name__)


@dataclass(frozen=True)
class Entered:
    """A form that was refused, so that its page shows it again with what was typed and what is wrong.

    Attributes:
        action: where the form was sent, empty when none was.
        form: what was typed.
        faults: what is wrong.
        detail: the words of the refusal.
    """

    action: str = ""
    form: Form = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    detail: str = ""

    def typed(self, action: str, name: str) -> str:
        """Return what was typed in a field of a form, empty for another form."""
        return first(self.form, name) if action == self.action else ""

    def ticked(self, action: str, name: str) -> list[str]:
        """Return the values that were chosen in a field with several."""
        return self.form.get(name, []) if action == self.action else []

    def fault(self, action: str, name: str) -> Fault | None:
        """Return what is wrong with a field of a form; of a nested name its last part is the field."""
        if action != self.action:
            return None
        return next((one for one in self.faults if one.name.rsplit(".", 1)[-1] == name), None)


@dataclass(frozen=True)
class Visit:
    """What a page is made from.

    Attributes:
        request: what the browser asked.
        staff: the services, as the person sees them.
        person: who looks.
        today: the fund's own date; None before a played instance has one.
        played: whether that date is a played one.
        entered: the form that was refused just now.
    """

    request: Request
    staff: Staff
    person: Principal
    today: date | None
    played: bool
    entered: Entered = Entered()

    def show(self, template: str, **values: Any) -> Response:
        """Return a page; one that shows a refused form again says so by its status."""
        status = 400 if self.entered.action else 200
        return render(self.request, template, status=status, **self.frame(), **values)

    def frame(self) -> Mapping[str, Any]:
        """Return what every page shows around its content."""
        return {"person": self.person, "today": self.today, "played": self.played, "entered": self.entered}

    def may(self, *roles: str) -> bool:
        """Return whether to offer an act; whether it is allowed is for the service that is asked."""
        return self.person.has_any(*roles)


Show = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """A page that only people who are signed in see.

    Attributes:
        path: its address.
        show: what shows it.
        method: how it is asked for.
    """

    path: str
    show: Show
    method: Literal["GET", "POST"] = "GET"


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
