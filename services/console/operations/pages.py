"""What waits for operators: messages that could not be handled or delivered, and procedures that sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from services.console.clients import SERVICES, Part, Row
from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage
from services.console.visits.service.visits import Page, Visit

#: Everything that is open and has a procedure, with who keeps it.
PROCEDURES: Final[Mapping[str, str]] = {
    "applications": "affiliation",
    "billingRuns": "billing",
    "billingTrials": "billing",
    "quarterClosings": "billing",
    "regularisationRuns": "billing",
    "contributionRequests": "billing",
    "companyContributionRuns": "billing",
    "companyIncreases": "billing",
    "bankOrderRuns": "billing",
    "cases": "recovery",
    "claims": "benefits",
    "transmissions": "benefits",
}
#: Where the page of something that sleeps is, for kinds that have one.
_PAGES: Final[Mapping[str, str]] = {
    "billingRuns": "runs",
    "billingTrials": "trials",
    "companyContributionRuns": "companyRuns",
    "bankOrderRuns": "bankRuns",
    "cases": "cases",
    "claims": "claims",
    "transmissions": "transmissions",
}
#: So many pages of open work are looked at; beyond that, the metrics count.
_PAGES_MAX: Final = 10
_PAGE_SIZE: Final = "1000"


@dataclass(frozen=True)
class Looked:
    """What was found asleep of one kind.

    Attributes:
        kind: what was looked at.
        state: whether it could be looked at.
        checked: how many open ones were looked at.
        rows: those that sleep, each with where its page is.
        more: whether there are open ones nobody looked at.
    """

    kind: str
    state: str
    checked: int
    rows: tuple[Row, ...]
    more: bool


async def _sleepers(visit: Visit) -> Response:
    looked = await asyncio.gather(*(_look(visit, kind, service) for kind, service in PROCEDURES.items()))
    return visit.show(
        "sleepers.html",
        looked=looked,
        checked=sum(one.checked for one in looked),
        asleep=sum(len(one.rows) for one in looked),
    )


async def _look(visit: Visit, kind: str, service: str) -> Looked:
    rows: list[Row] = []
    checked, after = 0, None
    for _ in range(_PAGES_MAX):
        # Cases are looked at in one go; the others page by page.
        query = {} if kind == "cases" else {"pageSize": _PAGE_SIZE, **({"after": after} if after else {})}
        part: Part = await visit.staff.part(service, f"/v1/{kind}/exceptions", **query)
        checked += int(part.rest.get("checked", 0))
        rows += [_sleeper(kind, row) for row in part.rows]
        after = part.rest.get("nextAfter")
        if after is None:
            break
    return Looked(kind=kind, state=part.state, checked=checked, rows=tuple(rows), more=after is not None)


def _sleeper(kind: str, row: Row) -> Row:
    page, reference = _PAGES.get(kind), row.get("reference") or row.get("caseId")
    return {**row, "page": f"/{page}/{reference}" if page else ""}


DEAD_LETTERS: Final = ListPage(
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
)  # fmt: skip
DISPATCHES: Final = ListPage(
    "dispatches",
    SERVICES,
    "/v1/dispatches/undeliverable",
    ("service", "workflowId", "workflow", "signal", "outcome", "problem", "attempts", "recordedAt", "dossier"),
    cursor=("beforeDispatchId", "dispatchId"),
    template="dispatches.html",
)
PAGES: Final = (Page("/sleepers", _sleepers),)
ACTS: Final = (
    Act("/deadLetters/{service}/{id:uuid}/replay", "/v1/deadLetters/{id}/replay", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/requestDiscard", "/v1/deadLetters/{id}/requestDiscard", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/discard", "/v1/deadLetters/{id}/discard", "/deadLetters"),
    Act("/dispatches/{service}/{dispatch:int}/tryAgain", "/v1/dispatches/{dispatch}/tryAgain", "/dispatches"),
)
