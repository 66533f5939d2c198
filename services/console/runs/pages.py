"""Runs of billing: bills of a quarter, trials, plans, closings, regularisations, contributions of companies."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from services.console.clients import Refused
from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage, Rows
from services.console.visits.service.visits import Entered, Page, Visit

#: What makes sense to tell a run in each stage; the service decides.
_ORDERS: Final = {
    "requested": ("pause", "cancel"),
    "billing": ("pause", "resume", "cancel"),
    "awaitingGo": ("go", "pause", "cancel"),
    "betweenWaves": ("go", "pause", "cancel"),
    "paused": ("resume", "cancel"),
    "letters": ("pause", "resume"),
}
#: A run in these stages bills nobody any more: those it parked can be tried again by a new round.
_OVER: Final = frozenset({"done", "incomplete", "cancelled"})
_PLAN_SIZE: Final = 100


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


async def _plan(visit: Visit) -> Response:
    """Show whom a quarter would bill now, a page of dossiers at a time."""
    quarter = visit.request.query_params.get("quarter", "").upper()
    after = visit.request.query_params.get("after", "")
    if not quarter:
        return visit.show("plan.html", quarter="", plan=None, state="shown")
    query = {"quarter": quarter, "pageSize": _PLAN_SIZE, **({"after": after} if after else {})}
    try:
        found = await visit.staff.part_of_query("billing", "/v1/billingPlans/query", query)
    except Refused as refusal:
        entered = Entered(action="/plans", form={"quarter": [quarter]}, faults=refusal.faults, detail=refusal.detail)
        return replace(visit, entered=entered).show("plan.html", quarter=quarter, plan=None, state="shown")
    plan = {"rows": found.rows, **found.rest} if found.state == "shown" else None
    return visit.show("plan.html", quarter=quarter, plan=plan, state=found.state)


def _surcharges_counted(rows: Rows) -> Rows:
    """Name the number of surcharges, not their sum: that name means money elsewhere."""
    return [{**row, "surchargesBooked": row.get("surcharges")} for row in rows]


RUNS: Final = ListPage(
    "runs",
    ("billing",),
    "/v1/billingRuns",
    ("quarter", "round", "status", "businessDate", "requestedBy", "subjects", "billed", "parked", "letters"),
    size=None,
    template="runs.html",
)
TRIALS: Final = ListPage(
    "trials",
    ("billing",),
    "/v1/billingTrials",
    ("quarter", "status", "businessDate", "requestedBy", "pages", "pagesDone"),
    size=None,
    template="trials.html",
)
COMPANY_RUNS: Final = ListPage(
    "companyRuns",
    ("billing",),
    "/v1/companyContributionRuns",
    ("year", "round", "status", "businessDate", "requestedBy", "billed", "parked", "letters"),
    size=None,
    key="runId",
    template="company_runs.html",
)
CLOSINGS: Final = ListPage(
    "closings",
    ("billing",),
    "/v1/quarterClosings",
    (
        "quarter", "status", "closedOn", "requestedBy", "pages", "pagesDone", "pagesFailed", "overdue",
        "surchargesBooked",
    ),
    size=None,
    template="closings.html",
    arranged=_surcharges_counted,
)  # fmt: skip
REGULARISATION_RUNS: Final = ListPage(
    "regularisationRuns",
    ("billing",),
    "/v1/regularisationRuns",
    ("receivedOn", "status", "requestedBy", "stateBefore", "planned", "issued", "unchanged", "parked"),
)
LISTS: Final = (RUNS, TRIALS, COMPANY_RUNS, CLOSINGS, REGULARISATION_RUNS)

PAGES: Final = (
    Page("/runs/{id:uuid}", show_run),
    Page("/trials/{id:uuid}", _trial),
    Page("/companyRuns/{id:uuid}", _company_run),
    Page("/plans", _plan),
)

ACTS: Final = (
    Act(
        "/runs",
        "/v1/billingRuns",
        "/runs",
        service="billing",
        fields=("quarter",),
        numbers=("canary", "waveSize"),
        again=RUNS.show,
    ),
    Act("/runs/{id:uuid}/orders", "/v1/billingRuns/{id}/orders", "/runs/{id}", service="billing", fields=("order",)),
    Act(
        "/runs/{id:uuid}/parked",
        "/v1/billingRuns",
        "/runs",
        service="billing",
        fields=("quarter",),
        fixed={"retryParked": True},
        again=show_run,
    ),
    Act("/trials", "/v1/billingTrials", "/trials", service="billing", fields=("quarter",), again=TRIALS.show),
    Act("/closings", "/v1/quarterClosings", "/closings", service="billing", fields=("quarter",), again=CLOSINGS.show),
    Act(
        "/companyRuns",
        "/v1/companyContributionRuns",
        "/companyRuns",
        service="billing",
        numbers=("year",),
        again=COMPANY_RUNS.show,
    ),
    Act(
        "/companyIncreases",
        "/v1/companyIncreases",
        "/companyRuns",
        service="billing",
        fields=("month",),
        again=COMPANY_RUNS.show,
    ),
)
