"""What accounts bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.accounts.api import router, summary_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="accounts",
    routers=lambda context: [router(context), summary_router(context)],
)
