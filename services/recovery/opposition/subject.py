"""What opposition brings: its routes, and the step that ends its period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.clients import Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.opposition.activities import OppositionActivities
from services.recovery.opposition.api import oppositions_router
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    steps = OppositionActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
    )
    return (steps.end_opposition_period,)


SUBJECT: Final = Subject(
    name="opposition", routers=lambda context: [oppositions_router(context)], activities=_activities
)
