"""What files of people and companies bring to the service."""

from __future__ import annotations

from typing import Final

from services.affiliation.imports.api import imports_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="imports",
    tags=({"name": "Imports", "description": "Files of people and companies."},),
    routers=lambda context: (imports_router(context),),
)
