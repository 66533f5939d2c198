"""What is everybody's work: the first page, tasks, approvals."""

from __future__ import annotations

from typing import Final

from services.console.overview.pages import ACTS, APPROVALS, PAGES, TASKS
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="overview",
    pages=PAGES,
    lists=(TASKS, APPROVALS),
    acts=ACTS,
    menu={"tasks": ("tasks",), "approvals": ("approvals",)},
)
