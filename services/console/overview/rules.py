"""The figures of the first page, from what the services count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.console.rendering.rules.progress import Bar

#: Which counts of a service are shown, the most telling first.
FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "affiliation": ("people", "companies", "waiting", "rejected", "refused", "ceased"),
    "billing": (
        "noticesIssued",
        "billedCents",
        "paidCents",
        "openCents",
        "waivedCents",
        "surchargesCents",
        "paymentsMatched",
        "paymentsUnmatched",
        "parked",
        "ledgerSumCents",
    ),
    "recovery": ("casesOpened", "casesClosed", "warrantsIssued", "warrantsServed"),
    "benefits": (
        "claimsReceived",
        "claimsGranted",
        "claimsRefused",
        "payoutsCents",
        "payoutsConfirmedCents",
        "payoutsReturned",
        "transmissions",
        "transmissionsAcknowledged",
        "transmissionsTasked",
    ),
}


def figures(service: str, summary: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the counts of a service that are shown, in their order."""
    return [(name, summary[name]) for name in FIGURES[service] if name in summary]


def bars(service: str, summary: Mapping[str, Any]) -> list[Bar]:
    """Return what the counts of a service say about progress; nothing where there is nothing to do yet."""
    pairs = {
        "billing": [("collected", "paidCents", "billedCents", True)],
        "recovery": [("casesSolved", "casesClosed", "casesOpened", False)],
        "benefits": [("messagesAcknowledged", "transmissionsAcknowledged", "transmissions", False)],
    }
    return [
        Bar(name=name, done=int(summary[done]), whole=int(summary[whole]), cents=cents)
        for name, done, whole, cents in pairs.get(service, [])
        if summary.get(whole) and done in summary
    ]


def tasks_by_role(tasks: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Return how many tasks each role has, the most first."""
    counted = Counter(str(task["role"]) for task in tasks)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def next_cases(cases: Sequence[Mapping[str, Any]], *, count: int) -> list[Mapping[str, Any]]:
    """Return the open cases in which something happens first."""
    waiting = [case for case in cases if case.get("status") == "open" and case.get("nextDate")]
    return sorted(waiting, key=lambda case: (str(case["nextDate"]), int(case.get("fileNumber") or 0)))[:count]
