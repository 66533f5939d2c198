"""What payouts bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.benefits.clients import Clients
from services.benefits.payouts.activities import PayoutActivities
from services.benefits.payouts.api import payouts_router
from services.benefits.payouts.service.file_work import PAYOUT_FILES
from services.benefits.payouts.workflow import PayoutRun, ScheduledPayoutRun
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure
from shared.treasury.activities import FileActivities
from shared.treasury.bank import Bank


def _activities(context: AnyContext) -> Sequence[Activity]:
    own = PayoutActivities(
        database=context.database, clients=Clients.of(context), parameters=context.parameters, fund=context.fund
    )
    files = FileActivities(database=context.database, bank=Bank(context.peers.sandbox), work=PAYOUT_FILES)
    return [*own.all(), *files.all()]


def _schedules(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return the monthly payout run: one for each day of payment the fund's policy ever names.

    On its day each asks the policy then in force whether the fund pays.
    """
    return tuple(
        ScheduledProcedure(
            id=f"scheduled-payout-run-{day:02}",
            workflow="ScheduledPayoutRun",
            months=tuple(range(1, 13)),
            day=day,
            description="Pays the months of granted benefits that are over.",
        )
        for day in context.fund.payout_days()
    )


SUBJECT: Final = Subject(
    name="payouts",
    routers=lambda context: [payouts_router(context)],
    workflows=(ScheduledPayoutRun, PayoutRun),
    activities=_activities,
    schedules=_schedules,
)
