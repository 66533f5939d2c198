"""What companies bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.companies.api import router
from services.billing.companies.handlers import company_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="companies",
    routers=lambda context: [router(context)],
    handlers=lambda context: company_handlers(context.parameters),
)
