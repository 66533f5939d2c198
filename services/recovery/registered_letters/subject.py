"""What registered letters bring: the steps of the last reminder, and what the post reports of it."""

from __future__ import annotations

from typing import Final

from services.recovery.registered_letters.activities import RegisteredLetterActivities
from services.recovery.registered_letters.api import delivery_reports_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="registered_letters",
    routers=lambda context: [delivery_reports_router(context)],
    activities=lambda context: RegisteredLetterActivities(context).all(),
)
