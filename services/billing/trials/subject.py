"""What trials of billing runs bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.subjects.service import page_of_open
from services.billing.trials.activities import BillingTrialActivities
from services.billing.trials.api import router
from services.billing.trials.store import OPEN_TRIALS
from services.billing.trials.workflow import BillingTrial
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    return BillingTrialActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        page_size=context.settings.page_size,
    ).all()


SUBJECT: Final = Subject(
    name="trials",
    routers=lambda context: [router(context)],
    workflows=(BillingTrial,),
    activities=_activities,
    open_work=(OpenWorkKind(what="billingTrials", tag="Runs", page_of=page_of_open(OPEN_TRIALS)),),
)
