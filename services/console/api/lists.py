"""The lists of the console: where their rows come from, what they can be narrowed by, and what is shown of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from services.console.api.visits import Reception, Show, Visit
from services.console.clients import SERVICES, Part, Refused

ROLES: Final = ("affiliationAgent", "collectionsAgent", "benefitsAgent", "finance", "teamLead", "operator")
_STEPS: Final = (
    "reminder", "statement", "personalContact", "lastReminder", "deposit", "notification", "roll", "warrant",
    "mandate", "service", "oppositionEnd",
)  # fmt: skip

_DIGITS_MAX: Final = 18
#: What a list is narrowed by before somebody chooses: what is still to be done.
_FIRST: Final = {"isOpen": "true"}
#: What a case that is closed does not have any more.
_COMING: Final = frozenset({"nextStep", "nextDate", "outlook", "reason"})


@dataclass(frozen=True)
class ListPage:
    """One list.

    Attributes:
        name: its address and the word of its title.
        services: who is asked.
        path: the list at each service.
        columns: the properties shown, in this order; one that no row has is left out.
        size: how many rows at the most from each service; None where the service gives all.
        filters: query parameters a person can choose, with their values.
        cursor: the query parameter that says after which row the next page begins, and the property of that row.
        key: the property that names the page of a row, empty where rows have no page of their own.
        size_parameter: how the service calls the size of a page.
        template: how it is shown.
    """

    name: str
    services: tuple[str, ...]
    path: str
    columns: tuple[str, ...]
    size: int | None = 200
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cursor: tuple[str, str] | None = None
    key: str = ""
    size_parameter: str = "pageSize"
    template: str = "list.html"


LISTS: Final = (
    ListPage(
        "tasks",
        SERVICES,
        "/v1/tasks",
        ("dueOn", "kind", "role", "service", "details", "resolvedAt", "resolvedBy", "resolution"),
        filters={"role": ROLES, "isOpen": ("true", "false")},
        cursor=("afterTaskId", "taskId"),
        template="tasks.html",
    ),
    ListPage(
        "approvals",
        SERVICES,
        "/v1/approvals",
        (),
        filters={"isOpen": ("true", "false")},
        cursor=("afterApprovalId", "approvalId"),
        template="approvals.html",
    ),
    ListPage(
        "cases",
        ("recovery",),
        "/v1/cases",
        ("fileNumber", "status", "step", "nextStep", "nextDate", "outlook", "reason", "owner", "openedOn", "outcome"),
        filters={"status": ("open", "closed"), "nextStep": _STEPS},
        cursor=("after", "caseId"),
        key="caseId",
    ),
    ListPage(
        "claims",
        ("benefits",),
        "/v1/claims",
        ("fileNumber", "ground", "factOn", "receivedOn", "status", "outcome"),
        filters={"status": ("received", "waiting", "decided", "closed")},
        cursor=("afterClaim", "claimId"),
        key="claimId",
    ),
    ListPage(
        "transmissions",
        ("benefits",),
        "/v1/transmissions",
        (
            "fileNumber", "kind", "insurer", "status", "happenedOn", "yearQuarter", "deadline", "acknowledgedOn",
            "overdueOn", "reasonCode", "attempts",
        ),
        filters={"status": ("pending", "sent", "acknowledged", "rejected", "closed")},
        cursor=("afterTransmission", "transmissionId"),
        key="transmissionId",
    ),
    ListPage(
        "runs",
        ("billing",),
        "/v1/billingRuns",
        ("quarter", "round", "status", "businessDate", "requestedBy", "subjects", "billed", "parked", "letters"),
        size=None,
        template="runs.html",
    ),
    ListPage(
        "trials",
        ("billing",),
        "/v1/billingTrials",
        ("quarter", "status", "businessDate", "requestedBy", "pages", "pagesDone"),
        size=None,
        template="trials.html",
    ),
    ListPage(
        "payoutRuns",
        ("benefits",),
        "/v1/payoutRuns",
        ("businessDate", "status", "transfers", "totalCents", "messageId"),
        key="runId",
    ),
    ListPage(
        "bankRuns",
        ("billing",),
        "/v1/bankOrderRuns",
        ("businessDate", "kind", "status", "executionOn", "transfers", "totalCents", "messageId", "requestedBy"),
        size=None,
        key="runId",
        template="bank_runs.html",
    ),
    ListPage(
        "bankFiles",
        ("billing",),
        "/v1/bankFiles",
        ("receivedOn", "format", "status", "statements", "sizeBytes", "receivedBy", "refusal"),
        cursor=("afterFileId", "fileId"),
        key="fileId",
    ),
    ListPage(
        "waitingPayments",
        ("billing",),
        "/v1/bankLines/waiting",
        (),
        size=100,
        cursor=("afterLineId", "lineId"),
        size_parameter="limit",
        template="waiting.html",
    ),
    ListPage(
        "payerExclusions",
        ("billing",),
        "/v1/payerExclusions",
        ("accountEnding", "fileNumber", "notedOn", "notedBy"),
        cursor=("beforeExclusionId", "exclusionId"),
        template="payer_exclusions.html",
    ),
    ListPage(
        "companyRuns",
        ("billing",),
        "/v1/companyContributionRuns",
        ("year", "round", "status", "businessDate", "requestedBy", "billed", "parked", "letters"),
        size=None,
        key="runId",
        template="company_runs.html",
    ),
    ListPage(
        "closings",
        ("billing",),
        "/v1/quarterClosings",
        (
            "quarter", "status", "closedOn", "requestedBy", "pages", "pagesDone", "pagesFailed", "overdue",
            "surchargesBooked",
        ),
        size=None,
        template="closings.html",
    ),
    ListPage(
        "regularisationRuns",
        ("billing",),
        "/v1/regularisationRuns",
        (
            "receivedOn", "status", "requestedBy", "stateBefore", "planned", "issued", "unchanged", "parked",
        ),
    ),
    ListPage(
        "deadLetters",
        SERVICES,
        "/v1/deadLetters",
        (
            "service", "kind", "type", "topic", "partition", "messageOffset", "reason", "attempts", "receivedAt",
            "resolution",
        ),
        filters={"isOpen": ("true", "false")},
        cursor=("afterDeadLetterId", "deadLetterId"),
        template="dead_letters.html",
    ),
    ListPage(
        "dispatches",
        SERVICES,
        "/v1/dispatches/undeliverable",
        ("service", "workflowId", "workflow", "signal", "outcome", "problem", "attempts", "recordedAt", "dossier"),
        cursor=("beforeDispatchId", "dispatchId"),
        template="dispatches.html",
    ),
)  # fmt: skip


def list_routes(reception: Reception) -> list[Route]:
    """Return the routes of all lists."""
    return [reception.route(f"/{page.name}", _shown(page)) for page in LISTS]


def list_page(name: str) -> Show:
    """Return what shows a list, by its name."""
    return _shown(next(page for page in LISTS if page.name == name))


def _shown(page: ListPage) -> Show:
    async def show(visit: Visit) -> Response:
        chosen = _chosen(page, visit)
        services = (chosen["service"],) if "service" in chosen else page.services
        query = {name: value for name, value in chosen.items() if name != "service"}
        if page.size is not None:
            query[page.size_parameter] = str(page.size)
        after = visit.request.query_params.get("after", "")
        if after and page.cursor is not None and len(services) == 1:
            query[page.cursor[0]] = _place(after)
        parts = await asyncio.gather(*(visit.staff.part(service, page.path, **query) for service in services))
        found = dict(zip(services, parts, strict=True))
        rows = _rows(page, found)
        return visit.show(
            page.template,
            page=page,
            rows=rows,
            states={service: part.state for service, part in found.items()},
            filters=_filters(page),
            chosen=chosen,
            following=_following(page, found),
            more=[service for service, part in found.items() if page.size is not None and len(part.rows) == page.size],
            extra=await _extra(page, visit, rows),
            may=visit.may,
        )

    return show


def _filters(page: ListPage) -> dict[str, tuple[str, ...]]:
    own = {"service": page.services} if len(page.services) > 1 else {}
    return {**own, **page.filters}


def _chosen(page: ListPage, visit: Visit) -> dict[str, str]:
    """Return what the list is narrowed by; a value that can't be chosen is no choice."""
    choices = _filters(page)
    wanted = {name: visit.request.query_params.get(name) or _FIRST.get(name, "") for name in choices}
    return {name: value for name, value in wanted.items() if value in choices[name]}


def _rows(page: ListPage, found: Mapping[str, Part]) -> list[dict[str, Any]]:
    rows = [{"service": service, **_still_true(row)} for service, part in found.items() for row in part.rows]
    # Each service gives its tasks by urgency; together they are sorted anew.
    if page.name == "closings":
        # The number of surcharges, not their sum: that name means money elsewhere.
        return [{**row, "surchargesBooked": row.get("surcharges")} for row in rows]
    return sorted(rows, key=lambda row: str(row["dueOn"])) if page.name == "tasks" else rows


def _still_true(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a closed case what would have come next."""
    over = row.get("status") == "closed"
    return {name: value for name, value in row.items() if not (over and name in _COMING)}


def _following(page: ListPage, found: Mapping[str, Part]) -> str:
    """Return after which row the next page begins, empty when this is the last one or several services were asked."""
    rows = next(iter(found.values())).rows if len(found) == 1 else ()
    if page.cursor is None or page.size is None or len(rows) < page.size:
        return ""
    return str(rows[-1][page.cursor[1]])


async def _extra(page: ListPage, visit: Visit, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what a list shows besides its rows: counts, and whose money it may be that waits."""
    if page.name == "transmissions":
        return (await visit.staff.part("benefits", "/v1/summary")).rest
    if visit.may("finance") and any(row.get("kind") == "unmatchedPayment" for row in rows):
        waiting = await visit.staff.part("billing", "/v1/bankLines/waiting", limit="200")
        return {"waiting": {row["lineId"]: row for row in waiting.rows}}
    return {}


def _place(text: str) -> str:
    """Return the id of the row a page begins after: a number or a UUID, nothing else."""
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX:
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused(404, "after") from None
