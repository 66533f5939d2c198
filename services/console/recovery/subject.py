"""What the recovery of debts brings to the console."""

from __future__ import annotations

from typing import Final

from services.console.recovery.pages import ACTS, CASES, PAGES
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(name="recovery", pages=PAGES, lists=(CASES,), acts=ACTS, menu={"cases": ("cases",)})
