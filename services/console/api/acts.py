"""What people do from a page: each act is one form and one call with the person's own token.

Whether somebody may do it, and whether it can be done now, is decided by the service that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.api.act_tables import ACTS, Act
from services.console.api.details import (
    ATTESTED_ROWS,
    show_bank_run,
    show_case,
    show_claim,
    show_payout_run,
    show_run,
    show_transmission,
)
from services.console.api.dossier_accounts import show_account, show_decisions, show_outlook
from services.console.api.dossiers import show_dossier
from services.console.api.forms import Form, first, read_form
from services.console.api.lists import list_page
from services.console.api.visits import Entered, Reception, Show, Visit
from services.console.clients import SERVICES, Fault, Refused
from services.console.domain.entry import NotReadable, cents_of, number_of

_FILE_NUMBER_MAX: Final = 9_999_999
#: What is said about a claim with yes or no, and with a number.
_YES_OR_NO: Final = ("stoppedAllActivity", "evidenceReceived", "residesInBelgium", "convicted", "provoked")
_COUNTS: Final = ("previousMonths", "previousQuarters", "pensionQuarters")
_ANSWERS: Final = {"true": True, "false": False}
_INVALID: Final = 400
#: The pages that are shown again with what is wrong, by the names the table of acts gives them.
PAGES_AGAIN: Final[Mapping[str, Show]] = {
    "dossier": show_dossier,
    "account": show_account,
    "outlook": show_outlook,
    "decisions": show_decisions,
    "case": show_case,
    "claim": show_claim,
    "transmission": show_transmission,
    "run": show_run,
    "bankRun": show_bank_run,
    "payoutRun": show_payout_run,
    **{name: list_page(name) for name in ("trials", "runs", "closings", "companyRuns", "bankRuns", "payerExclusions")},
}


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
        form = await read_form(visit.request)
        try:
            await visit.staff.send(act.method, service, act.target.format(**parts), _body(act, form, parts))
        except Refused as refusal:
            return await _again(visit, form, refusal, PAGES_AGAIN.get(act.again))
        return _done(act.back.format(**parts))

    return do


async def _again(visit: Visit, form: Form, refusal: Refused, page: Show | None) -> Response:
    """Show the page of a form again with what was typed and what is wrong; raises what no form can mend."""
    if page is None or refusal.status != _INVALID:
        raise refusal
    entered = Entered(action=visit.request.url.path, form=form, faults=refusal.faults, detail=refusal.detail)
    return await page(replace(visit, entered=entered))


def _body(act: Act, form: Form, parts: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what is sent on, None for an act that needs no words.

    Raises:
        Refused: an amount or a number is not one.
    """
    if not act.says_something:
        return None
    body: dict[str, Any] = {
        name: value.format(**parts) if isinstance(value, str) else value for name, value in act.fixed.items()
    }
    body |= {name: first(form, name) for name in act.fields if first(form, name)}
    body |= {name: form[name] for name in act.many if form.get(name)}
    body |= {name: _read(form, name, cents_of) for name in act.cents if first(form, name)}
    body |= {name: _read(form, name, number_of) for name in act.numbers if first(form, name)}
    return body


def _read(form: Form, name: str, read: Callable[[str], int]) -> int:
    try:
        return read(first(form, name))
    except NotReadable as error:
        raise Refused(_INVALID, str(error), faults=[Fault(name=name, rule="notReadable")]) from error


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
    return _done(_back(form))


def _back(form: Form) -> str:
    """Return the page a payment was handled on: the payments that wait, or the tasks."""
    return "/waitingPayments" if first(form, "back") == "waitingPayments" else "/tasks"


async def _complete_claim(visit: Visit) -> Response:
    """Add what was said about a claim; what was left blank is not said."""
    form = await read_form(visit.request)
    claim = visit.request.path_params["id"]
    try:
        await visit.staff.post("benefits", f"/v1/claims/{claim}/information", _information(form))
    except Refused as refusal:
        return await _again(visit, form, refusal, show_claim)
    return _done(f"/claims/{claim}")


def _information(form: Form) -> dict[str, Any]:
    """Return what was said of a claim; raises ``Refused`` naming the field for what can't be said."""
    said: dict[str, Any] = {}
    for name in _YES_OR_NO:
        if answer := first(form, name):
            if answer not in _ANSWERS:
                raise _unreadable(name)
            said[name] = _ANSWERS[answer]
    for name in _COUNTS:
        if first(form, name):
            said[name] = _read(form, name, number_of)
    if end := first(form, "interruptionEndsBefore"):
        said["interruptionEndsBefore"] = end
    if first(form, "replacementIncomeCents"):
        said["replacementIncomeCents"] = _read(form, "replacementIncomeCents", cents_of)
    if attested := _attested(form):
        said["attestedQuarters"] = attested
    body: dict[str, Any] = {"statements": said} if said else {}
    if first(form, "dependantAttested") == "true":
        body["dependantAttested"] = True
    return body


def _attested(form: Form) -> list[dict[str, Any]]:
    """Return the quarters of another fund; a row without quarter is no row, one that is filled in halfway is wrong."""
    rows = []
    for number in range(1, ATTESTED_ROWS + 1):
        names = tuple(f"{name}{number}" for name in ("attestedQuarter", "attestedCategory", "attestedPaid"))
        quarter, category, paid = (first(form, name) for name in names)
        if not quarter and not category and not paid:
            continue
        for name, value in zip(names, (quarter, category, paid), strict=True):
            if not value:
                raise Refused(_INVALID, name, faults=[Fault(name=name, rule="requiredInput")])
        if paid not in _ANSWERS:
            raise _unreadable(names[2])
        rows.append({"quarter": quarter, "category": category, "paid": _ANSWERS[paid]})
    return rows


def _unreadable(name: str) -> Refused:
    return Refused(_INVALID, name, faults=[Fault(name=name, rule="invalidInput")])


async def _undo_match(visit: Visit) -> Response:
    """Take a payment from the dossier it went to; money of that payer is looked at by a person from then on."""
    dossier = first(await read_form(visit.request), "dossier")
    await visit.staff.post(
        "billing", f"/v1/bankLines/{visit.request.path_params['id']}/undoMatch", {"excludePayer": True}
    )
    try:
        return _done(f"/dossiers/{UUID(dossier)}" if dossier else "/tasks")
    except ValueError:
        return _done("/tasks")


def _done(path: str) -> Response:
    return RedirectResponse(f"{path}?done=1", status_code=303)
