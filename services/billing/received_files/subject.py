"""What files of rows bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.received_files.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="received_files",
    routers=lambda context: [router(context)],
)
