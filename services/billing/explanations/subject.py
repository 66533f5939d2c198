"""What explanations bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.explanations.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="explanations",
    routers=lambda context: [router(context)],
)
