"""What dossiers bring to the service."""

from __future__ import annotations

from typing import Final

from services.affiliation.dossiers.api import dossiers_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="dossiers",
    tags=({"name": "Dossiers", "description": "Who is affiliated, as what, from when to when."},),
    routers=lambda context: (dossiers_router(context),),
)
