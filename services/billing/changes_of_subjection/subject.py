"""What changes of subjection bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.changes_of_subjection.handlers import subjection_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="changes_of_subjection",
    handlers=lambda context: subjection_handlers(clock=context.clock, parameters=context.parameters),
)
