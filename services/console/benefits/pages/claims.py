"""Claims: the list, one claim with its rules, decision, letters and payouts, and what is said and decided of it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from services.console.clients import Fault, Refused
from services.console.rendering.service.forms import Form, first, read_cents, read_form, read_number
from services.console.visits.service.acts import Act, done, shown_again
from services.console.visits.service.lists import ListPage
from services.console.visits.service.visits import Page, Visit
from shared.contracts.vocabulary import Category
from shared.platform.database.rows import JsonObject

#: So many quarters of another fund fit on the form of a claim: the law asks for four, and as many before and after.
_ATTESTED_ROWS: Final = 8
_CATEGORIES: Final = tuple(str(category) for category in Category)
#: What is said about a claim with yes or no, and with a number.
_YES_OR_NO: Final = ("stoppedAllActivity", "evidenceReceived", "residesInBelgium", "convicted", "provoked")
_COUNTS: Final = ("previousMonths", "previousQuarters", "pensionQuarters")
_ANSWERS: Final = {"true": True, "false": False}
_INVALID: Final = 400
#: Who may let a payout that came back leave again.
MAY_RELEASE: Final = ("benefitsAgent", "finance")


async def show_claim(visit: Visit) -> Response:
    """Show a claim with its rules, decision, letters and payouts."""
    claim = await visit.staff.get("benefits", f"/v1/claims/{visit.request.path_params['id']}")
    latest = claim["letters"][-1] if claim.get("letters") else {}
    return visit.show(
        "claim.html",
        claim=claim,
        may_settle_letter=visit.may("benefitsAgent")
        and bool(latest.get("depositedOn"))
        and not latest.get("settledAs"),
        may_decide=visit.may("benefitsAgent") and not claim.get("outcome"),
        attested_rows=_ATTESTED_ROWS,
        categories=_CATEGORIES,
        may_release=visit.may(*MAY_RELEASE),
    )


async def _complete_claim(visit: Visit) -> Response:
    """Add what was said about a claim; what was left blank is not said."""
    form = await read_form(visit.request)
    claim = visit.request.path_params["id"]
    try:
        await visit.staff.send("POST", "benefits", f"/v1/claims/{claim}/information", _information(form))
    except Refused as refusal:
        return await shown_again(visit, form, refusal, show_claim)
    return done(f"/claims/{claim}")


def _information(form: Form) -> JsonObject:
    """Return what was said of a claim; raises ``Refused`` naming the field for what can't be said."""
    said: JsonObject = {name: _answer(form, name) for name in _YES_OR_NO if first(form, name)}
    said |= {name: read_number(form, name) for name in _COUNTS if first(form, name)}
    if end := first(form, "interruptionEndsBefore"):
        said["interruptionEndsBefore"] = end
    if first(form, "replacementIncomeCents"):
        said["replacementIncomeCents"] = read_cents(form, "replacementIncomeCents")
    if attested := _attested(form):
        said["attestedQuarters"] = attested
    body: JsonObject = {"statements": said} if said else {}
    if first(form, "dependantAttested") == "true":
        body["dependantAttested"] = True
    return body


def _attested(form: Form) -> list[JsonObject]:
    """Return the quarters of another fund; a row without quarter is no row, one that is filled in halfway is wrong."""
    rows = []
    for number in range(1, _ATTESTED_ROWS + 1):
        names = tuple(f"{name}{number}" for name in ("attestedQuarter", "attestedCategory", "attestedPaid"))
        typed = [first(form, name) for name in names]
        if not any(typed):
            continue
        for name, value in zip(names, typed, strict=True):
            if not value:
                raise Refused(_INVALID, name, faults=[Fault(name=name, rule="requiredInput")])
        rows.append({"quarter": typed[0], "category": typed[1], "paid": _answer(form, names[2])})
    return rows


def _answer(form: Form, name: str) -> bool:
    answer = _ANSWERS.get(first(form, name))
    if answer is None:
        raise Refused(_INVALID, name, faults=[Fault(name=name, rule="invalidInput")])
    return answer


CLAIMS: Final = ListPage(
    "claims",
    ("benefits",),
    "/v1/claims",
    ("fileNumber", "ground", "factOn", "receivedOn", "status", "outcome"),
    filters={"status": ("received", "waiting", "decided", "closed")},
    cursor=("afterClaim", "claimId"),
    key="claimId",
)
CLAIM_PAGES: Final = (
    Page("/claims/{id:uuid}", show_claim),
    Page("/claims/{id:uuid}/information", _complete_claim, method="POST"),
)
CLAIM_ACTS: Final = (
    Act(
        "/claims/{id:uuid}/letterSettlements",
        "/v1/claims/{id}/letterSettlements",
        "/claims/{id}",
        service="benefits",
        fields=("decision", "reason"),
        again=show_claim,
    ),
    Act(
        "/claims/{id:uuid}/decision",
        "/v1/claims/{id}/decision",
        "/claims/{id}",
        service="benefits",
        fields=("outcome", "assessmentId", "reason"),
        again=show_claim,
    ),
)
