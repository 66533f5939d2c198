"""What notices of contribution bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.correspondence.service import letter_hand_over
from services.billing.notices.activities import NoticeDeliveryActivities
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    return NoticeDeliveryActivities(
        database=context.database,
        affiliation=Affiliation(context.peers.affiliation),
        carriers=letter_hand_over(context).carriers,
        at_once=context.settings.letters_at_once,
    ).all()


SUBJECT: Final = Subject(
    name="notices",
    activities=_activities,
)
