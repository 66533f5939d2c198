"""Files of payouts: the list, one file with its payments, the file itself, and payments that are made again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from services.console.benefits.pages.claims import MAY_RELEASE
from services.console.visits.service.acts import Act
from services.console.visits.service.downloads import download
from services.console.visits.service.lists import ListPage
from services.console.visits.service.visits import Page, Visit

_MAY_OPEN_FILES: Final = ("finance", "teamLead", "auditor")


async def show_payout_run(visit: Visit) -> Response:
    """Show a file of payouts with its payments."""
    run = await visit.staff.get("benefits", f"/v1/payoutRuns/{visit.request.path_params['id']}")
    return visit.show(
        "payout_run.html",
        run=run,
        may_withdraw=visit.may("finance") and run["status"] == "ordered",
        may_release=visit.may(*MAY_RELEASE),
        may_open=bool(run.get("fileSha256")) and visit.may(*_MAY_OPEN_FILES),
    )


async def _payout_file(visit: Visit) -> Response:
    """Hand over the file two people approve, before they do; the service writes down who read it."""
    return await download(visit, "benefits", f"/v1/payoutRuns/{visit.request.path_params['id']}/file")


PAYOUT_RUNS: Final = ListPage(
    "payoutRuns",
    ("benefits",),
    "/v1/payoutRuns",
    ("businessDate", "status", "transfers", "totalCents", "messageId"),
    key="runId",
)
PAYOUT_PAGES: Final = (Page("/payoutRuns/{id:uuid}", show_payout_run), Page("/payoutRuns/{id:uuid}/file", _payout_file))
PAYOUT_ACTS: Final = (
    Act("/payouts/{id:uuid}/releases", "/v1/payouts/{id}/releases", "/tasks", service="benefits", fields=("reason",)),
    Act(
        "/payoutRuns/{id:uuid}/withdrawal",
        "/v1/payoutRuns/{id}/withdrawal",
        "/payoutRuns/{id}",
        service="benefits",
        fields=("reason",),
        again=show_payout_run,
    ),
)
