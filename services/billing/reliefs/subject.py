"""What reliefs and exemptions bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.reliefs.handlers import relief_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="reliefs",
    handlers=lambda context: relief_handlers(clock=context.clock, parameters=context.parameters),
)
