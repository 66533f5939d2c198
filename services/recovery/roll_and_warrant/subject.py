"""What the special roll and the warrant bring: the two steps of RGS art. 47bis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.recovery.clients import Affiliation, Billing
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.roll_and_warrant.activities import WarrantActivities
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    steps = WarrantActivities(
        database=context.database,
        law=LawInForce(context.parameters, context.fund),
        billing=Billing(context.peers.billing),
        affiliation=Affiliation(context.peers.affiliation),
    )
    return steps.draw_up_roll, steps.issue_warrant


SUBJECT: Final = Subject(name="roll_and_warrant", activities=_activities)
