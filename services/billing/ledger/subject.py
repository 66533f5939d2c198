"""What the ledger brings to the service."""

from __future__ import annotations

from typing import Final

from services.billing.ledger.api import router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="ledger",
    routers=lambda context: [router(context)],
)
