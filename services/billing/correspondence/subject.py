"""What letters of every kind bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.correspondence.activities import LetterActivities
from services.billing.correspondence.api import router
from services.billing.correspondence.service import letter_hand_over
from services.billing.correspondence.workflow import LetterDelivery
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    return LetterActivities(
        database=context.database,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=letter_hand_over(context),
    ).all()


SUBJECT: Final = Subject(
    name="correspondence",
    routers=lambda context: [router(context)],
    workflows=(LetterDelivery,),
    activities=_activities,
)
