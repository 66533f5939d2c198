"""What the bailiff's work brings: the mandate, its withdrawal, what is reported, and who bears late costs."""

from __future__ import annotations

from typing import Final

from services.recovery.bailiff.activities import BailiffActivities
from services.recovery.bailiff.api import bailiff_routers
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="bailiff",
    routers=bailiff_routers,
    activities=lambda context: BailiffActivities(context).all(),
)
