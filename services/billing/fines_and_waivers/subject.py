"""What fines and waivers of surcharges bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.fines_and_waivers.handlers import fine_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="fines_and_waivers",
    handlers=lambda context: fine_handlers(clock=context.clock, parameters=context.parameters),
)
