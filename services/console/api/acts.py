"""What people do from a page: each act is one form and one call with the person's own token.

Whether somebody may do it, and whether it can be done now, is decided by the service that is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.api.forms import Form, first, read_form
from services.console.api.visits import Reception, Show, Visit
from services.console.clients import SERVICES, Refused

_FILE_NUMBER_MAX: Final = 9_999_999
#: What is said about a claim with yes or no, and with a number.
_YES_OR_NO: Final = ("stoppedAllActivity", "evidenceReceived", "residesInBelgium", "convicted", "provoked")
_COUNTS: Final = ("previousMonths", "previousQuarters", "pensionQuarters")
_ANSWERS: Final = {"true": True, "false": False}


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
    """

    route: str
    target: str
    back: str
    service: str = ""
    fields: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    method: Literal["POST", "DELETE"] = "POST"


ACTS: Final = (
    Act("/tasks/{service}/{id:uuid}/resolve", "/v1/tasks/{id}/resolve", "/tasks", fields=("resolution",)),
    Act(
        "/approvals/{service}/{id:uuid}/decide",
        "/v1/approvals/{id}/decide",
        "/approvals",
        fields=("decision", "reason"),
    ),
    Act(
        "/cases/{id:uuid}/contacts",
        "/v1/cases/{id}/contacts",
        "/cases/{id}",
        service="recovery",
        fields=("madeOn", "channel", "outcome", "note"),
    ),
    Act(
        "/cases/{id:uuid}/contests",
        "/v1/cases/{id}/contests",
        "/cases/{id}",
        service="recovery",
        fields=("sentOn",),
        many=("quarters",),
    ),
    Act(
        "/cases/{id:uuid}/oppositions",
        "/v1/cases/{id}/oppositions",
        "/cases/{id}",
        service="recovery",
        fields=("lodgedOn",),
    ),
    Act(
        "/cases/{id:uuid}/oppositionJudgments",
        "/v1/cases/{id}/oppositionJudgments",
        "/cases/{id}",
        service="recovery",
        fields=("judgedOn", "judgment"),
    ),
    Act(
        "/cases/{id:uuid}/holds",
        "/v1/cases/{id}/holds",
        "/cases/{id}",
        service="recovery",
        fields=("reason", "until", "legalBasis"),
    ),
    Act(
        "/cases/{id:uuid}/holds/{hold:uuid}/lift",
        "/v1/cases/{id}/holds/{hold}",
        "/cases/{id}",
        service="recovery",
        method="DELETE",
    ),
    Act(
        "/cases/{id:uuid}/resumptions",
        "/v1/cases/{id}/resumptions",
        "/cases/{id}",
        service="recovery",
        fields=("decision", "reason"),
    ),
    Act(
        "/cases/{id:uuid}/lateServices/{mandate:uuid}/decision",
        "/v1/cases/{id}/lateServices/{mandate}/decision",
        "/cases/{id}",
        service="recovery",
        fields=("decision", "reason"),
    ),
    Act(
        "/claims/{id:uuid}/letterSettlements",
        "/v1/claims/{id}/letterSettlements",
        "/claims/{id}",
        service="benefits",
        fields=("decision", "reason"),
    ),
    Act(
        "/claims/{id:uuid}/decision",
        "/v1/claims/{id}/decision",
        "/claims/{id}",
        service="benefits",
        fields=("outcome", "assessmentId", "reason"),
    ),
    Act(
        "/transmissions/{id:uuid}/resolutions",
        "/v1/transmissions/{id}/resolutions",
        "/transmissions/{id}",
        service="benefits",
        fields=("action", "insurer", "reason"),
    ),
    Act(
        "/payouts/{id:uuid}/releases",
        "/v1/payouts/{id}/releases",
        "/tasks",
        service="benefits",
        fields=("reason",),
    ),
    Act(
        "/runs/{id:uuid}/orders",
        "/v1/billingRuns/{id}/orders",
        "/runs/{id}",
        service="billing",
        fields=("order",),
    ),
    Act("/trials", "/v1/billingTrials", "/trials", service="billing", fields=("quarter",)),
    Act("/deadLetters/{service}/{id:uuid}/replay", "/v1/deadLetters/{id}/replay", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/requestDiscard", "/v1/deadLetters/{id}/requestDiscard", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/discard", "/v1/deadLetters/{id}/discard", "/deadLetters"),
)


def act_routes(reception: Reception) -> list[Route]:
    """Return the routes of all forms."""
    own = [reception.route(act.route, _doing(act), method="POST") for act in ACTS]
    return [
        *own,
        reception.route("/payments/{id:uuid}/match", _match_payment, method="POST"),
        reception.route("/payments/{id:uuid}/undo", _undo_match, method="POST"),
        reception.route("/claims/{id:uuid}/information", _complete_claim, method="POST"),
    ]


def _doing(act: Act) -> Show:
    async def do(visit: Visit) -> Response:
        parts = {name: str(value) for name, value in visit.request.path_params.items()}
        service = act.service or parts["service"]
        if service not in SERVICES:
            raise Refused(404, service)
        body = _body(act, await read_form(visit.request))
        await visit.staff.send(act.method, service, act.target.format(**parts), body)
        return _done(act.back.format(**parts))

    return do


def _body(act: Act, form: Form) -> dict[str, Any] | None:
    """Return what is sent on, None for an act that needs no words."""
    if not act.fields and not act.many:
        return None
    single = {name: first(form, name) for name in act.fields if first(form, name)}
    return {**single, **{name: form[name] for name in act.many if form.get(name)}}


async def _match_payment(visit: Visit) -> Response:
    """Give a payment nobody recognised to the dossier with a file number."""
    form = await read_form(visit.request)
    number = first(form, "fileNumber").replace(" ", "")
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number) <= _FILE_NUMBER_MAX:
        raise Refused(400, "fileNumber")
    found = await visit.staff.post("affiliation", "/v1/dossiers/query", {"fileNumbers": [int(number)]})
    if not found["items"]:
        raise Refused(404, f"fileNumber {number}", service="affiliation")
    quarter = first(form, "quarter")
    body = {"dossier": str(UUID(str(found["items"][0]["dossier"]))), **({"quarter": quarter} if quarter else {})}
    await visit.staff.post("billing", f"/v1/bankLines/{visit.request.path_params['id']}/match", body)
    return _done("/tasks")


async def _complete_claim(visit: Visit) -> Response:
    """Add what was said about a claim; what was left blank is not said."""
    form = await read_form(visit.request)
    said: dict[str, Any] = {}
    for name in _YES_OR_NO:
        if answer := first(form, name):
            if answer not in _ANSWERS:
                raise Refused(400, name)
            said[name] = _ANSWERS[answer]
    for name in _COUNTS:
        if count := first(form, name):
            if not (count.isascii() and count.isdecimal()):
                raise Refused(400, name)
            said[name] = int(count)
    if end := first(form, "interruptionEndsBefore"):
        said["interruptionEndsBefore"] = end
    body: dict[str, Any] = {"statements": said} if said else {}
    if first(form, "dependantAttested") == "true":
        body["dependantAttested"] = True
    claim = visit.request.path_params["id"]
    await visit.staff.post("benefits", f"/v1/claims/{claim}/information", body)
    return _done(f"/claims/{claim}")


async def _undo_match(visit: Visit) -> Response:
    """Take a payment from the dossier it went to; money of that payer is looked at by a person from then on."""
    await visit.staff.post(
        "billing", f"/v1/bankLines/{visit.request.path_params['id']}/undoMatch", {"excludePayer": True}
    )
    return _done("/tasks")


def _done(path: str) -> Response:
    return RedirectResponse(f"{path}?done=1", status_code=303)
