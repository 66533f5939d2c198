"""What account statements bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.account_statements.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="account_statements",
    routers=lambda context: [router(context)],
)
