"""Files for the bank and from the bank: refunds and direct debits with their orders, bank files that came in."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage
from services.console.visits.service.visits import Page, Visit


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


BANK_RUNS: Final = ListPage(
    "bankRuns",
    ("billing",),
    "/v1/bankOrderRuns",
    ("businessDate", "kind", "status", "executionOn", "transfers", "totalCents", "messageId", "requestedBy"),
    size=None,
    key="runId",
    template="bank_runs.html",
)
BANK_FILES: Final = ListPage(
    "bankFiles",
    ("billing",),
    "/v1/bankFiles",
    ("receivedOn", "format", "status", "statements", "sizeBytes", "receivedBy", "refusal"),
    cursor=("afterFileId", "fileId"),
    key="fileId",
)
BANK_PAGES: Final = (Page("/bankRuns/{id:uuid}", show_bank_run), Page("/bankFiles/{id:uuid}", _bank_file))
BANK_ACTS: Final = (
    Act(
        "/bankRuns",
        "/v1/bankOrderRuns",
        "/bankRuns",
        service="billing",
        fields=("kind", "collectionOn"),
        again=BANK_RUNS.show,
    ),
    Act(
        "/bankRuns/{id:uuid}/orders/{order:uuid}/releases",
        "/v1/bankOrders/{order}/releases",
        "/bankRuns/{id}",
        service="billing",
        fields=("reason",),
        again=show_bank_run,
    ),
    Act(
        "/bankRuns/{id:uuid}/withdrawal",
        "/v1/bankOrderRuns/{id}/withdrawal",
        "/bankRuns/{id}",
        service="billing",
        fields=("reason",),
        again=show_bank_run,
    ),
)
