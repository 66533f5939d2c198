"""What the page of a dossier brings to the console."""

from __future__ import annotations

from typing import Final

from services.console.dossier.pages import ACTS, PAGES
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(name="dossier", pages=PAGES, acts=ACTS)
