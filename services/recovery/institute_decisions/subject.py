"""What decisions of the institute bring: routes on which a person records them."""

from __future__ import annotations

from typing import Final

from services.recovery.institute_decisions.api import institute_decisions_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(name="institute_decisions", routers=lambda context: [institute_decisions_router(context)])
