"""One case, claim, transmission, run of bills or run of payments, with everything that happened to it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from services.console.api.dossiers import download
from services.console.api.visits import Reception, Visit
from shared.contracts.vocabulary import Category

_MAY_RELEASE: Final = ("benefitsAgent", "finance")
_MAY_OPEN_FILES: Final = ("finance", "teamLead", "auditor")
#: What makes sense to tell a run in each stage; the service decides.
_ORDERS: Final = {
    "requested": ("pause", "cancel"),
    "billing": ("pause", "resume", "cancel"),
    "awaitingGo": ("go", "pause", "cancel"),
    "betweenWaves": ("go", "pause", "cancel"),
    "paused": ("resume", "cancel"),
    "letters": ("pause", "resume"),
}
#: So many quarters of another fund fit on the form of a claim: the law asks for four, and as many before and after.
ATTESTED_ROWS: Final = 8
_CATEGORIES: Final = tuple(str(category) for category in Category)
#: A run in these stages bills nobody any more: those it parked can be tried again by a new round.
_OVER: Final = frozenset({"done", "incomplete", "cancelled"})
_MAY_WORK_ON_CASES: Final = ("collectionsAgent", "teamLead")


def detail_routes(reception: Reception) -> list[Route]:
    """Return the routes of all single things."""
    return [
        reception.route("/cases/{id:uuid}", show_case),
        reception.route("/claims/{id:uuid}", show_claim),
        reception.route("/transmissions/{id:uuid}", show_transmission),
        reception.route("/runs/{id:uuid}", show_run),
        reception.route("/trials/{id:uuid}", _trial),
        reception.route("/companyRuns/{id:uuid}", _company_run),
        reception.route("/bankRuns/{id:uuid}", show_bank_run),
        reception.route("/bankFiles/{id:uuid}", _bank_file),
        reception.route("/payoutRuns/{id:uuid}", show_payout_run),
        reception.route("/payoutRuns/{id:uuid}/file", _payout_file),
    ]


async def show_case(visit: Visit) -> Response:
    """Show a case with the proof of its ladder."""
    case = await visit.staff.get("recovery", f"/v1/cases/{visit.request.path_params['id']}")
    return visit.show(
        "case.html",
        case=case,
        may_work=visit.may(*_MAY_WORK_ON_CASES) and case["status"] == "open",
        may_decide_costs=visit.may("teamLead"),
    )


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
        attested_rows=ATTESTED_ROWS,
        categories=_CATEGORIES,
        may_release=visit.may(*_MAY_RELEASE),
    )


async def show_transmission(visit: Visit) -> Response:
    """Show a message to a mutualité with its attempts and receipts."""
    found = await visit.staff.get("benefits", f"/v1/transmissions/{visit.request.path_params['id']}")
    waiting = found["status"] in {"sent", "rejected"}
    return visit.show("transmission.html", transmission=found, may_resolve=visit.may("benefitsAgent") and waiting)


async def show_run(visit: Visit) -> Response:
    """Show a billing run with its progress and whom it could not bill."""
    run = await visit.staff.get("billing", f"/v1/billingRuns/{visit.request.path_params['id']}")
    orders = _ORDERS.get(run["status"], ()) if visit.may("finance", "operator") else ()
    over = run["status"] in _OVER
    return visit.show("run.html", run=run, orders=orders, may_try_again=visit.may("finance") and over)


async def _trial(visit: Visit) -> Response:
    trial = await visit.staff.get("billing", f"/v1/billingTrials/{visit.request.path_params['id']}")
    return visit.show("trial.html", trial=trial)


async def _company_run(visit: Visit) -> Response:
    run = await visit.staff.get("billing", f"/v1/companyContributionRuns/{visit.request.path_params['id']}")
    return visit.show("company_run.html", run=run)


async def show_bank_run(visit: Visit) -> Response:
    """Show a file of refunds or direct debits with its orders and what the bank said of each."""
    run = await visit.staff.get("billing", f"/v1/bankOrderRuns/{visit.request.path_params['id']}")
    finance = visit.may("finance")
    return visit.show(
        "bank_run.html", run=run, may_release=finance, may_withdraw=finance and run["status"] == "ordered"
    )


async def _bank_file(visit: Visit) -> Response:
    found = await visit.staff.get("billing", f"/v1/bankFiles/{visit.request.path_params['id']}")
    return visit.show("bank_file.html", file=found)


async def show_payout_run(visit: Visit) -> Response:
    """Show a file of payouts with its payments."""
    run = await visit.staff.get("benefits", f"/v1/payoutRuns/{visit.request.path_params['id']}")
    return visit.show(
        "payout_run.html",
        run=run,
        may_withdraw=visit.may("finance") and run["status"] == "ordered",
        may_release=visit.may(*_MAY_RELEASE),
        may_open=bool(run.get("fileSha256")) and visit.may(*_MAY_OPEN_FILES),
    )


async def _payout_file(visit: Visit) -> Response:
    """Hand over the file two people approve, before they do; the service writes down who read it."""
    return await download(visit, "benefits", f"/v1/payoutRuns/{visit.request.path_params['id']}/file")
