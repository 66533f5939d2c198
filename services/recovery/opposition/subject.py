"""What opposition brings: its routes, and the step that ends its period."""

from __future__ import annotations

from typing import Final

from services.recovery.opposition.activities import OppositionActivities
from services.recovery.opposition.api import oppositions_router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="opposition",
    routers=lambda context: [oppositions_router(context)],
    activities=lambda context: OppositionActivities(context).all(),
)
