"""What quarters that are not due bring to the service."""

from __future__ import annotations

from typing import Final

from services.benefits.quarters_not_due.api import contribution_reliefs_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(name="quarters_not_due", routers=lambda context: [contribution_reliefs_router(context)])
