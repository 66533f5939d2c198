"""What warrants and summonses bring to the service."""

from __future__ import annotations

from typing import Final

from services.billing.titles.handlers import title_handlers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="titles",
    handlers=lambda context: title_handlers(clock=context.clock, parameters=context.parameters),
)
