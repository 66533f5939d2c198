"""The lists of the console: where their rows come from and which of their properties are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.console.clients import SERVICES


@dataclass(frozen=True)
class ListPage:
    """One list.

    Attributes:
        name: its address and the word of its title.
        services: who is asked.
        path: the list at each service.
        columns: the properties shown, in this order; one that no row has is left out.
        size: how many rows at the most from each service.
    """

    name: str
    services: tuple[str, ...]
    path: str
    columns: tuple[str, ...]
    size: int = 200


LISTS: Final = (
    ListPage("tasks", SERVICES, "/v1/tasks", ("service", "kind", "dueOn", "role", "dossier", "details", "taskId")),
    ListPage(
        "approvals",
        ("recovery", "benefits"),
        "/v1/approvals",
        ("service", "action", "requestedBy", "summary", "dossier"),
    ),
    ListPage(
        "cases",
        ("recovery",),
        "/v1/cases",
        ("fileNumber", "status", "step", "nextStep", "nextDate", "reason", "owner", "outcome", "caseId"),
    ),
    ListPage(
        "claims",
        ("benefits",),
        "/v1/claims",
        ("fileNumber", "ground", "factOn", "receivedOn", "status", "outcome", "claimId"),
    ),
    ListPage(
        "transmissions",
        ("benefits",),
        "/v1/transmissions",
        (
            "fileNumber",
            "kind",
            "insurer",
            "status",
            "happenedOn",
            "deadline",
            "acknowledgedOn",
            "reasonCode",
            "attempts",
        ),
    ),
    ListPage(
        "runs",
        ("billing",),
        "/v1/billingRuns",
        ("quarter", "status", "businessDate", "subjects", "billed", "parked", "pages"),
    ),
    ListPage(
        "payoutRuns",
        ("benefits",),
        "/v1/payoutRuns",
        ("businessDate", "status", "transfers", "totalCents", "messageId"),
    ),
    ListPage("deadLetters", SERVICES, "/v1/deadLetters", ("service", "kind", "type", "topic", "reason", "dossier")),
)
