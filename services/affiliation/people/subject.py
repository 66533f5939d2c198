"""What people bring to the service."""

from __future__ import annotations

from typing import Final

from services.affiliation.people.api import channels_router, identities_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="people",
    tags=({"name": "Identities", "description": "Who somebody is, for a stated purpose."},),
    routers=lambda context: (identities_router(context), channels_router(context)),
)
