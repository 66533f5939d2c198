"""What the delivery of decisions brings to the service."""

from __future__ import annotations

from typing import Final

from services.benefits.decisions.activities import DeliveryActivities
from services.benefits.decisions.api import delivery_reports_router
from shared.platform.calls.partners import Post
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="decisions",
    routers=lambda context: [delivery_reports_router(context)],
    activities=lambda context: DeliveryActivities(
        database=context.database, post=Post(context.peers.sandbox), fund=context.fund
    ).all(),
)
