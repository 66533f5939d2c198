"""What requests to contribute more or less bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.correspondence.service import letter_hand_over
from services.billing.dossier_facts.service.law import assessment_law
from services.billing.reductions.activities import ContributionReductionActivities
from services.billing.reductions.api import router
from services.billing.reductions.store import OPEN_REQUESTS
from services.billing.reductions.workflow import ContributionReduction
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    return ContributionReductionActivities(
        database=context.database,
        fund=context.fund,
        law=assessment_law(context),
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=letter_hand_over(context),
    ).all()


SUBJECT: Final = Subject(
    name="reductions",
    routers=lambda context: [router(context)],
    workflows=(ContributionReduction,),
    activities=_activities,
    open_work=(OpenWorkKind(what="contributionRequests", tag="Runs", page_of=page_of_open(OPEN_REQUESTS)),),
)
