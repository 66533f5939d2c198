"""The first page, and the search by file number that leads to a dossier."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.api.forms import first, read_form
from services.console.api.visits import Reception, Visit
from services.console.clients import SERVICES, Refused
from services.console.domain import figures

_CASES_SHOWN: Final = 12
_FILE_NUMBER_MAX: Final = 9_999_999
_COUNTED: Final = "500"


def overview_routes(reception: Reception) -> list[Route]:
    """Return the routes of the first page and of the search."""
    return [reception.route("/", _overview), reception.route("/search", _search, method="POST")]


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
        (service, part.state, figures.figures(service, part.rest), figures.bars(service, part.rest))
        for service, part in zip(SERVICES, summaries, strict=True)
    ]
    return visit.show(
        "overview.html",
        cards=cards,
        work=figures.tasks_by_role([row for part in tasks for row in part.rows]),
        approvals=sum(len(part.rows) for part in approvals),
        cases=figures.next_cases(cases.rows, count=_CASES_SHOWN),
        cases_state=cases.state,
        run=next(iter(runs.rows), None),
    )


async def _search(visit: Visit) -> Response:
    """Lead to the dossier with a file number. A form, not an address: what was searched stays out of logs."""
    text = first(await read_form(visit.request), "fileNumber").replace(" ", "").replace("-", "")
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _FILE_NUMBER_MAX:
        raise Refused(400, "fileNumber")
    found = await visit.staff.post("affiliation", "/v1/dossiers/query", {"fileNumbers": [int(text)]})
    for item in found["items"]:
        return RedirectResponse(f"/dossiers/{UUID(str(item['dossier']))}", status_code=303)
    raise Refused(404, f"fileNumber {text}", service="affiliation")
