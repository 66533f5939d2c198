"""Messages to mutualités: the list, one message with its attempts and receipts, and what becomes of a refused one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage, Rows
from services.console.visits.service.visits import Page, Visit


async def show_transmission(visit: Visit) -> Response:
    """Show a message to a mutualité with its attempts and receipts."""
    found = await visit.staff.get("benefits", f"/v1/transmissions/{visit.request.path_params['id']}")
    waiting = found["status"] in {"sent", "rejected"}
    return visit.show("transmission.html", transmission=found, may_resolve=visit.may("benefitsAgent") and waiting)


async def _counts(visit: Visit, _rows: Rows) -> Mapping[str, Any]:
    return (await visit.staff.part("benefits", "/v1/summary")).rest


TRANSMISSIONS: Final = ListPage(
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
    besides=_counts,
)  # fmt: skip
TRANSMISSION_PAGES: Final = (Page("/transmissions/{id:uuid}", show_transmission),)
TRANSMISSION_ACTS: Final = (
    Act(
        "/transmissions/{id:uuid}/resolutions",
        "/v1/transmissions/{id}/resolutions",
        "/transmissions/{id}",
        service="benefits",
        fields=("action", "insurer", "reason"),
        again=show_transmission,
    ),
)
