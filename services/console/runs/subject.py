"""What runs of billing bring to the console."""

from __future__ import annotations

from typing import Final

from services.console.runs.pages import ACTS, LISTS, PAGES
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="runs",
    pages=PAGES,
    lists=LISTS,
    acts=ACTS,
    menu={"billingGroup": ("runs", "plans", "trials", "closings", "regularisationRuns", "companyRuns")},
)
