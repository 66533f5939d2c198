"""What decisions of others bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.decisions.handlers import decision_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="decisions",
    handlers=lambda context: decision_handlers(clock=context.clock, parameters=context.parameters),
)
