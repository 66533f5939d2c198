"""What is ahead of a dossier: requests to contribute less or more, advice, forecast."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from services.console.clients import Refused
from services.console.rendering.service.forms import Form, first, read_cents, read_form, read_number
from services.console.visits.service.acts import Act, shown_again
from services.console.visits.service.visits import Entered, Page, Visit
from shared.platform.database.rows import JsonObject

#: What a request to contribute less rests on.
_EVIDENCE: Final = (
    "interimAccounts", "vatReturns", "accountantStatement", "taxAssessment", "medicalCertificate", "lostContract",
    "other",
)  # fmt: skip
#: Why a request is granted or refused; the service refuses a reason that does not fit.
_REASONS: Final = {
    "granted": ("objectiveEvidence", "withinLaw"),
    "refused": (
        "evidenceInsufficient", "evidenceMissing", "belowMinimum", "notLower", "notHigher", "alreadyDefinitive",
        "notSubject", "debtOverdue",
    ),
}  # fmt: skip
#: A year may turn out in several ways; the advice compares so many at most.
_SCENARIOS: Final = ("incomeCents1", "incomeCents2", "incomeCents3")


async def show_outlook(visit: Visit, *, advice: JsonObject | None = None, typed: Entered | None = None) -> Response:
    """Show the requests of a dossier, what is due over eight quarters, and the advice that was just asked for."""
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    affiliation, requests, forecast = await asyncio.gather(
        staff.get("affiliation", f"/v1/dossiers/{dossier}"),
        staff.part("billing", f"/v1/contributionRequests/{dossier}"),
        staff.part("billing", f"/v1/forecasts/{dossier}"),
    )
    return visit.show(
        "outlook.html",
        dossier=dossier,
        affiliation=affiliation,
        requests=requests,
        forecast=forecast,
        advice=advice,
        typed=typed or visit.entered,
        evidence=_EVIDENCE,
        reasons=_REASONS,
        scenarios=_SCENARIOS,
        may_ask=visit.may("affiliationAgent", "finance"),
        may_decide=visit.may("affiliationAgent", "teamLead"),
    )


async def _advise(visit: Visit) -> Response:
    """Compare a year with and without a request; a form, so that no address tells an income."""
    form = await read_form(visit.request)
    dossier = str(visit.request.path_params["dossier"])
    try:
        found = await visit.staff.send("POST", "billing", "/v1/reductionAdvice/query", _question(dossier, form))
    except Refused as refusal:
        return await shown_again(visit, form, refusal, show_outlook)
    return await show_outlook(visit, advice=found, typed=Entered(action=visit.request.url.path, form=form))


def _question(dossier: str, form: Form) -> JsonObject:
    """Return what is asked of the advice; raises ``Refused`` for what is no amount or no year."""
    incomes = [read_cents(form, name) for name in _SCENARIOS if first(form, name)]
    return {
        "dossier": dossier,
        "year": read_number(form, "year"),
        "estimateCents": read_cents(form, "estimateCents"),
        **({"incomesCents": incomes} if incomes else {}),
        **({"evidence": form["evidence"]} if form.get("evidence") else {}),
    }


OUTLOOK_PAGES: Final = (
    Page("/dossiers/{dossier:uuid}/outlook", show_outlook),
    Page("/dossiers/{dossier:uuid}/outlook", _advise, method="POST"),
)
OUTLOOK_ACTS: Final = (
    Act(
        "/dossiers/{dossier:uuid}/contributionRequests",
        "/v1/contributionRequests",
        "/dossiers/{dossier}/outlook",
        service="billing",
        fields=("kind",),
        many=("evidence",),
        cents=("estimateCents",),
        numbers=("year",),
        fixed={"dossier": "{dossier}"},
        again=show_outlook,
    ),
    Act(
        "/dossiers/{dossier:uuid}/contributionRequests/{id:uuid}/decision",
        "/v1/contributionRequests/{id}/decision",
        "/dossiers/{dossier}/outlook",
        service="billing",
        fields=("outcome", "reason"),
        again=show_outlook,
    ),
)
