"""One visit to a page: who looks, what day it is, and the form that was refused just now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from services.console.clients import Fault, Staff
from services.console.rendering.service.forms import Form, first
from services.console.rendering.service.rendering import render
from shared.platform.calls.auth import Principal


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
