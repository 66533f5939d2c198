"""What the work of operators brings to the console."""

from __future__ import annotations

from typing import Final

from services.console.operations.pages import ACTS, DEAD_LETTERS, DISPATCHES, PAGES
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="operations",
    pages=PAGES,
    lists=(DEAD_LETTERS, DISPATCHES),
    acts=ACTS,
    menu={"operationsGroup": ("deadLetters", "dispatches", "sleepers")},
)
