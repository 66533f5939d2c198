"""What small amounts given up bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.small_amounts.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="small_amounts",
    routers=lambda context: [router(context)],
)
