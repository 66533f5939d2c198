"""States of a declaration, and how it gets from one to the next."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from services.affiliation.breaches.rules import Breach, Remedy


class ApplicationStatus(StrEnum):
    """Where the declaration of an affiliation stands; the last three are final."""

    RECEIVED = "received"
    WAITING = "waiting"
    AFFILIATED = "affiliated"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the declaration."""
        return self in {ApplicationStatus.AFFILIATED, ApplicationStatus.REFUSED, ApplicationStatus.WITHDRAWN}


def assess(breaches: tuple[Breach, ...], *, today: date, deadline: date) -> ApplicationStatus:
    """Decide what a declaration becomes.

    Args:
        breaches: what is wrong with it today.
        today: civil date of the assessment.
        deadline: first day on which it is too late to supply what is missing (the start of the activity, RGS art. 9).
    """
    if not breaches:
        return ApplicationStatus.AFFILIATED
    if today < deadline and all(breach.remedy is Remedy.SUPPLY for breach in breaches):
        return ApplicationStatus.WAITING
    return ApplicationStatus.REFUSED
