"""What people do from a page: each act is one form and one call with the person's own token.

Whether somebody may do it, and whether it can be done now, is decided by the service that is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from starlette.responses import RedirectResponse, Response

from services.console.clients import SERVICES, Refused
from services.console.rendering.service.forms import Form, first, read_cents, read_form, read_number
from services.console.visits.service.visits import Entered, Page, Show, Visit
from shared.platform.database.rows import JsonObject

_INVALID: Final = 400


@dataclass(frozen=True)
class Act:
    """A form of the pages.

    Attributes:
        route: where the form is sent; its parts in braces also fill the others.
        target: the path at the service.
        back: the page shown afterwards.
        service: who is asked, empty when the route names it.
        fields: the texts that are sent on, those left blank are not.
        many: fields with several values.
        method: how the service is asked.
        cents: fields with amounts that are typed in euros and sent in cents.
        numbers: fields with whole numbers.
        fixed: what is sent with every form, parts in braces filled.
        again: the page that is shown again when a field is wrong, None where a page of its own says so.
    """

    route: str
    target: str
    back: str
    service: str = ""
    fields: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    method: Literal["POST", "DELETE"] = "POST"
    cents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    fixed: Mapping[str, str | bool] = field(default_factory=dict)
    again: Show | None = None

    @property
    def page(self) -> Page:
        """Return where the form is sent."""
        return Page(self.route, self._do, method="POST")

    async def _do(self, visit: Visit) -> Response:
        parts = {name: str(value) for name, value in visit.request.path_params.items()}
        service = self.service or parts["service"]
        if service not in SERVICES:
            raise Refused(404, service)
        form = await read_form(visit.request)
        try:
            await visit.staff.send(self.method, service, self.target.format(**parts), self._body(form, parts))
        except Refused as refusal:
            return await shown_again(visit, form, refusal, self.again)
        return done(self.back.format(**parts))

    def _body(self, form: Form, parts: Mapping[str, str]) -> JsonObject | None:
        """Return what is sent on, None for an act that needs no words.

        Raises:
            Refused: an amount or a number is not one.
        """
        if not (self.fields or self.many or self.cents or self.numbers or self.fixed):
            return None
        body: JsonObject = {
            name: value.format(**parts) if isinstance(value, str) else value for name, value in self.fixed.items()
        }
        body |= {name: first(form, name) for name in self.fields if first(form, name)}
        body |= {name: form[name] for name in self.many if form.get(name)}
        body |= {name: read_cents(form, name) for name in self.cents if first(form, name)}
        body |= {name: read_number(form, name) for name in self.numbers if first(form, name)}
        return body


async def shown_again(visit: Visit, form: Form, refusal: Refused, page: Show | None) -> Response:
    """Show the page of a form again with what was typed and what is wrong; raises what no form can mend."""
    if page is None or refusal.status != _INVALID:
        raise refusal
    entered = Entered(action=visit.request.url.path, form=form, faults=refusal.faults, detail=refusal.detail)
    return await page(replace(visit, entered=entered))


def done(path: str) -> Response:
    """Lead to a page of the console, which says that it is done."""
    return RedirectResponse(f"{path}?done=1", status_code=303)
