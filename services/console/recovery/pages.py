"""Recovery cases: the list, one case with the proof of its ladder, and what is done in it."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.responses import Response

from services.console.clients import Row
from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage, Rows
from services.console.visits.service.visits import Page, Visit

_STEPS: Final = (
    "reminder", "statement", "personalContact", "lastReminder", "deposit", "notification", "roll", "warrant",
    "mandate", "service", "oppositionEnd",
)  # fmt: skip
#: What a case that is closed does not have any more.
_COMING: Final = frozenset({"nextStep", "nextDate", "outlook", "reason"})
_MAY_WORK_ON_CASES: Final = ("collectionsAgent", "teamLead")


async def show_case(visit: Visit) -> Response:
    """Show a case with the proof of its ladder."""
    case = await visit.staff.get("recovery", f"/v1/cases/{visit.request.path_params['id']}")
    return visit.show(
        "case.html",
        case=case,
        may_work=visit.may(*_MAY_WORK_ON_CASES) and case["status"] == "open",
        may_decide_costs=visit.may("teamLead"),
    )


def _still_true(rows: Rows) -> Rows:
    """Leave out of closed cases what would have come next."""
    return [_closed(row) if row.get("status") == "closed" else row for row in rows]


def _closed(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _COMING}


CASES: Final = ListPage(
    "cases",
    ("recovery",),
    "/v1/cases",
    ("fileNumber", "status", "step", "nextStep", "nextDate", "outlook", "reason", "owner", "openedOn", "outcome"),
    filters={"status": ("open", "closed"), "nextStep": _STEPS},
    cursor=("after", "caseId"),
    key="caseId",
    arranged=_still_true,
)
PAGES: Final = (Page("/cases/{id:uuid}", show_case),)

_act = partial(Act, back="/cases/{id}", service="recovery", again=show_case)
ACTS: Final = (
    _act("/cases/{id:uuid}/contacts", "/v1/cases/{id}/contacts", fields=("madeOn", "channel", "outcome", "note")),
    _act("/cases/{id:uuid}/contests", "/v1/cases/{id}/contests", fields=("sentOn",), many=("quarters",)),
    _act("/cases/{id:uuid}/oppositions", "/v1/cases/{id}/oppositions", fields=("lodgedOn",)),
    _act("/cases/{id:uuid}/oppositionJudgments", "/v1/cases/{id}/oppositionJudgments", fields=("judgedOn", "judgment")),
    _act("/cases/{id:uuid}/holds", "/v1/cases/{id}/holds", fields=("reason", "until", "legalBasis")),
    _act("/cases/{id:uuid}/holds/{hold:uuid}/lift", "/v1/cases/{id}/holds/{hold}", method="DELETE"),
    _act("/cases/{id:uuid}/resumptions", "/v1/cases/{id}/resumptions", fields=("decision", "reason")),
    _act(
        "/cases/{id:uuid}/lateServices/{mandate:uuid}/decision",
        "/v1/cases/{id}/lateServices/{mandate}/decision",
        fields=("decision", "reason"),
    ),
)
