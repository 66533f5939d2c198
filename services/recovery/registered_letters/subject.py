"""What registered letters bring: the steps of the last reminder, and what the post reports of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.clients import Affiliation, Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.registered_letters.activities import RegisteredLetterActivities
from services.recovery.registered_letters.api import delivery_reports_router
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext
from shared.platform.partners import Post


def _activities(context: AnyContext) -> Sequence[Activity]:
    steps = RegisteredLetterActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
        affiliation=Affiliation(context.peers.affiliation),
        post=Post(context.peers.sandbox),
    )
    return steps.make_last_reminder, steps.deposit_letter


SUBJECT: Final = Subject(
    name="registered_letters",
    routers=lambda context: [delivery_reports_router(context)],
    activities=_activities,
)
