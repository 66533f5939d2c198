"""The account of a dossier, and what is ahead of it: every amount with its reasons, statements, requests, forecast."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from services.console.api.forms import Form, first, read_form
from services.console.api.rendering import language_of
from services.console.api.visits import Entered, Reception, Visit
from services.console.clients import Fault, Refused
from services.console.domain.entry import NotReadable, cents_of, number_of

#: What a request to contribute less rests on.
EVIDENCE: Final = (
    "interimAccounts", "vatReturns", "accountantStatement", "taxAssessment", "medicalCertificate", "lostContract",
    "other",
)  # fmt: skip
#: Why a request is granted or refused; the service refuses a reason that does not fit.
REASONS: Final = {
    "granted": ("objectiveEvidence", "withinLaw"),
    "refused": (
        "evidenceInsufficient", "evidenceMissing", "belowMinimum", "notLower", "notHigher", "alreadyDefinitive",
        "notSubject", "debtOverdue",
    ),
}  # fmt: skip
#: A year may turn out in several ways; the advice compares so many at most.
_SCENARIOS: Final = ("incomeCents1", "incomeCents2", "incomeCents3")
_INVALID: Final = 400


def account_routes(reception: Reception) -> list[Route]:
    """Return the routes of the account and of what is ahead."""
    return [
        reception.route("/dossiers/{dossier:uuid}/account", show_account),
        reception.route("/dossiers/{dossier:uuid}/outlook", show_outlook),
        reception.route("/dossiers/{dossier:uuid}/decisions", show_decisions),
        reception.route("/dossiers/{dossier:uuid}/outlook", _advise, method="POST"),
    ]


async def show_account(visit: Visit) -> Response:
    """Show every charge of each quarter with its reasons, statements, notices, mandates and a company's years."""
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    language = language_of(visit.request)
    body = {"dossier": dossier}
    affiliation = await staff.get("affiliation", f"/v1/dossiers/{dossier}")
    open_items, explained, statements, deliveries, mandates, company = await asyncio.gather(
        staff.part_of_query("billing", "/v1/openItems/query", body),
        staff.part("billing", f"/v1/explanations/{dossier}", language=language),
        staff.part("billing", f"/v1/regularisations/{dossier}", language=language),
        staff.part_of_query("billing", "/v1/noticeDeliveries/query", body),
        staff.part_of_query("billing", "/v1/mandates/query", body),
        staff.part_of_query("billing", "/v1/companies/query", body),
    )
    kinds: dict[str, list[Any]] = {}
    for item in open_items.rows:
        kinds.setdefault(str(item["quarter"]), []).append(item)
    return visit.show(
        "account.html",
        dossier=dossier,
        affiliation=affiliation,
        open_items=open_items,
        kinds=kinds,
        explained=explained,
        statements=statements,
        deliveries=deliveries,
        mandates=mandates,
        company=company,
        may=visit.may,
    )


async def show_decisions(visit: Visit) -> Response:
    """Show what others decided about a dossier, and quarters not due with those that wait for a second person."""
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    affiliation, institute, reliefs = await asyncio.gather(
        staff.get("affiliation", f"/v1/dossiers/{dossier}"),
        staff.part("recovery", f"/v1/dossiers/{dossier}/instituteDecisions"),
        staff.part("benefits", "/v1/contributionReliefs", dossier=dossier),
    )
    return visit.show(
        "decisions.html",
        dossier=dossier,
        affiliation=affiliation,
        institute=institute,
        reliefs=reliefs,
        may_confirm=visit.may("benefitsAgent", "teamLead"),
    )


async def show_outlook(visit: Visit) -> Response:
    """Show the requests of a dossier and what is due over eight quarters."""
    return await _outlook(visit, advice=None)


async def _advise(visit: Visit) -> Response:
    """Compare a year with and without a request; a form, so that no address tells an income."""
    form = await read_form(visit.request)
    dossier = str(visit.request.path_params["dossier"])
    entered = Entered(action=visit.request.url.path, form=form)
    try:
        found = await visit.staff.post("billing", "/v1/reductionAdvice/query", _question(dossier, form))
    except Refused as refusal:
        if refusal.status != _INVALID:
            raise
        wrong = replace(entered, faults=refusal.faults, detail=refusal.detail)
        return await _outlook(replace(visit, entered=wrong), advice=None)
    return await _outlook(visit, advice=found, typed=entered)


def _question(dossier: str, form: Form) -> dict[str, Any]:
    """Return what is asked of the advice; raises ``Refused`` for what is no amount or no year."""
    incomes = [_cents(form, name) for name in _SCENARIOS if first(form, name)]
    return {
        "dossier": dossier,
        "year": _year(form),
        "estimateCents": _cents(form, "estimateCents"),
        **({"incomesCents": incomes} if incomes else {}),
        **({"evidence": form["evidence"]} if form.get("evidence") else {}),
    }


def _cents(form: Form, name: str) -> int:
    try:
        return cents_of(first(form, name))
    except NotReadable as error:
        raise Refused(_INVALID, str(error), faults=[Fault(name=name, rule="notReadable")]) from error


def _year(form: Form) -> int:
    try:
        return number_of(first(form, "year"))
    except NotReadable as error:
        raise Refused(_INVALID, str(error), faults=[Fault(name="year", rule="notReadable")]) from error


async def _outlook(visit: Visit, *, advice: dict[str, Any] | None, typed: Entered | None = None) -> Response:
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
        evidence=EVIDENCE,
        reasons=REASONS,
        scenarios=_SCENARIOS,
        may_ask=visit.may("affiliationAgent", "finance"),
        may_decide=visit.may("affiliationAgent", "teamLead"),
    )
