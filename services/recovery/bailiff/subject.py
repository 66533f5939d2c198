"""What the bailiff's work brings: the mandate, its withdrawal, what is reported, and who bears late costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.bailiff.activities import BailiffActivities
from services.recovery.bailiff.api.late_services import late_services_router
from services.recovery.bailiff.api.reports import bailiff_reports_router
from services.recovery.bailiff.clients import Bailiff
from services.recovery.clients import Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    steps = BailiffActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
        bailiff=Bailiff(context.peers.sandbox),
    )
    return steps.give_mandate, steps.withdraw_mandate


SUBJECT: Final = Subject(
    name="bailiff",
    routers=lambda context: [late_services_router(context), bailiff_reports_router(context)],
    activities=_activities,
)
