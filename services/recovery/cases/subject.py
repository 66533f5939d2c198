"""What cases bring: the procedure of a case, its routes, and the facts that open, pause or wake it."""

from __future__ import annotations

from typing import Final

from services.recovery.cases.activities import CaseActivities
from services.recovery.cases.api.cases import cases_router
from services.recovery.cases.api.contacts import contacts_router
from services.recovery.cases.api.pauses import pauses_router
from services.recovery.cases.handlers import HANDLERS
from services.recovery.cases.workflow import RecoveryCase
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="cases",
    routers=lambda context: [cases_router(context), contacts_router(context), pauses_router(context)],
    workflows=(RecoveryCase,),
    activities=lambda context: CaseActivities(context).all(),
    handlers=lambda _context: HANDLERS,
)
