"""What the forecast brings to the service."""

from __future__ import annotations

from typing import Final

from services.billing.forecast.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="forecast",
    routers=lambda context: [router(context)],
)
