"""What cases bring: the procedure of a case, its routes, and the facts that open, pause or wake it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.cases.activities import CaseActivities
from services.recovery.cases.api.cases import cases_router
from services.recovery.cases.api.contacts import contacts_router
from services.recovery.cases.api.pauses import pauses_router
from services.recovery.cases.handlers import HANDLERS
from services.recovery.cases.workflow import RecoveryCase
from services.recovery.clients import Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    work = CaseActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
    )
    return work.look_at_case, work.report_failure


SUBJECT: Final = Subject(
    name="cases",
    routers=lambda context: [cases_router(context), contacts_router(context), pauses_router(context)],
    workflows=(RecoveryCase,),
    activities=_activities,
    handlers=lambda _context: HANDLERS,
)
