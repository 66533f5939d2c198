"""What reminders bring: the steps of the amicable phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.clients import Affiliation, Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.reminders.activities import ReminderActivities
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    steps = ReminderActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
        affiliation=Affiliation(context.peers.affiliation),
    )
    return steps.send_reminder, steps.send_statement, steps.ask_contact


SUBJECT: Final = Subject(name="reminders", activities=_activities)
