"""What the delivery of decisions brings to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.benefits.decisions.activities import DeliveryActivities
from services.benefits.decisions.api import delivery_reports_router
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext
from shared.platform.partners import Post


def _activities(context: AnyContext) -> Sequence[Activity]:
    return DeliveryActivities(
        database=context.database, post=Post(context.peers.sandbox), fund=context.fund
    ).all()


SUBJECT: Final = Subject(
    name="decisions", routers=lambda context: [delivery_reports_router(context)], activities=_activities
)
