"""What the bailiff's work brings: the mandate, its withdrawal, what is reported, and who bears late costs."""

from __future__ import annotations

from typing import Final

from services.recovery.bailiff.activities import BailiffActivities
from services.recovery.bailiff.api.late_services import late_services_router
from services.recovery.bailiff.api.reports import bailiff_reports_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="bailiff",
    routers=lambda context: [late_services_router(context), bailiff_reports_router(context)],
    activities=lambda context: BailiffActivities(context).all(),
)
