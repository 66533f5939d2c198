"""What incomes bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.incomes.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="incomes",
    routers=lambda context: [router(context)],
)
