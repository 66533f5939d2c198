"""What the summary brings to the service."""

from __future__ import annotations

from typing import Final

from services.benefits.summary.api import summary_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(name="summary", routers=lambda context: [summary_router(context)])
