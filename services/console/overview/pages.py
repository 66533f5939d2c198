"""The first page, the search by file number that leads to a dossier, the tasks and the approvals of all services."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from services.console.clients import SERVICES
from services.console.overview.rules import bars, figures, next_cases, tasks_by_role
from services.console.rendering.service.forms import read_form
from services.console.visits.service.acts import Act
from services.console.visits.service.file_numbers import dossier_typed
from services.console.visits.service.lists import ListPage, Rows
from services.console.visits.service.visits import Page, Visit

_CASES_SHOWN: Final = 12
_COUNTED: Final = "500"
_ROLES: Final = ("affiliationAgent", "collectionsAgent", "benefitsAgent", "finance", "teamLead", "operator")


async def _overview(visit: Visit) -> Response:
    staff = visit.staff
    summaries, tasks, approvals, cases, runs = await asyncio.gather(
        asyncio.gather(*(staff.part(service, "/v1/summary") for service in SERVICES)),
        asyncio.gather(*(staff.part(service, "/v1/tasks", pageSize=_COUNTED) for service in SERVICES)),
        asyncio.gather(*(staff.part(service, "/v1/approvals", pageSize=_COUNTED) for service in SERVICES)),
        staff.part("recovery", "/v1/cases", status="open", pageSize=_COUNTED),
        staff.part("billing", "/v1/billingRuns"),
    )
    cards = [
        (service, part.state, figures(service, part.rest), bars(service, part.rest))
        for service, part in zip(SERVICES, summaries, strict=True)
    ]
    return visit.show(
        "overview.html",
        cards=cards,
        work=tasks_by_role([row for part in tasks for row in part.rows]),
        approvals=sum(len(part.rows) for part in approvals),
        cases=next_cases(cases.rows, count=_CASES_SHOWN),
        cases_state=cases.state,
        run=next(iter(runs.rows), None),
    )


async def _search(visit: Visit) -> Response:
    """Lead to the dossier with a file number. A form, not an address: what was searched stays out of logs."""
    dossier = await dossier_typed(visit, await read_form(visit.request))
    return RedirectResponse(f"/dossiers/{dossier}", status_code=303)


def _by_urgency(rows: Rows) -> Rows:
    """Sort the tasks of all services anew: each gives its own by urgency."""
    return sorted(rows, key=lambda row: str(row["dueOn"]))


async def _whose_money(visit: Visit, rows: Rows) -> Mapping[str, Any]:
    """Return what is known of the payments that tasks ask somebody to identify."""
    if not visit.may("finance") or all(row.get("kind") != "unmatchedPayment" for row in rows):
        return {}
    waiting = await visit.staff.part("billing", "/v1/bankLines/waiting", limit="200")
    return {"waiting": {row["lineId"]: row for row in waiting.rows}}


TASKS: Final = ListPage(
    "tasks",
    SERVICES,
    "/v1/tasks",
    ("dueOn", "kind", "role", "service", "details", "resolvedAt", "resolvedBy", "resolution"),
    filters={"role": _ROLES, "isOpen": ("true", "false")},
    cursor=("afterTaskId", "taskId"),
    template="tasks.html",
    arranged=_by_urgency,
    besides=_whose_money,
)
APPROVALS: Final = ListPage(
    "approvals",
    SERVICES,
    "/v1/approvals",
    (),
    filters={"isOpen": ("true", "false")},
    cursor=("afterApprovalId", "approvalId"),
    template="approvals.html",
)
PAGES: Final = (Page("/", _overview), Page("/search", _search, method="POST"))
ACTS: Final = (
    Act("/tasks/{service}/{id:uuid}/resolve", "/v1/tasks/{id}/resolve", "/tasks", fields=("resolution",)),
    Act(
        "/approvals/{service}/{id:uuid}/decide",
        "/v1/approvals/{id}/decide",
        "/approvals",
        fields=("decision", "reason"),
    ),
)
