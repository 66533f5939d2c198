"""What billing runs bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.quarterly.activities import BillingRunActivities
from services.billing.quarterly.api import router
from services.billing.quarterly.store.runs import OPEN_RUNS
from services.billing.quarterly.workflow import QuarterlyBilling, ScheduledQuarterlyBilling
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    return BillingRunActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        page_size=context.settings.page_size,
        letters_at_once=context.settings.letters_at_once,
    ).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    # The months after the first of a quarter only bill who was affiliated late or can be billed by now.
    return (
        ScheduledProcedure(
            id="quarterly-billing",
            workflow="ScheduledQuarterlyBilling",
            months=tuple(range(1, 13)),
            day=5,
            description="Bills the quarter that has begun, and later in it who was not billed yet.",
        ),
    )


SUBJECT: Final = Subject(
    name="quarterly",
    routers=lambda context: [router(context)],
    workflows=(ScheduledQuarterlyBilling, QuarterlyBilling),
    activities=_activities,
    schedules=_schedules,
    open_work=(OpenWorkKind(what="billingRuns", tag="Runs", page_of=page_of_open(OPEN_RUNS)),),
)
