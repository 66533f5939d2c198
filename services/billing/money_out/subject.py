"""What money that goes out or is collected brings to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.correspondence.service import letter_hand_over
from services.billing.money_out.activities.announcements import CollectionLetterActivities
from services.billing.money_out.activities.order_file import BankFileActivities
from services.billing.money_out.api import router
from services.billing.money_out.service.file_work import BANK_FILES
from services.billing.money_out.store import OPEN_RUNS
from services.billing.money_out.workflow import BankFileRun, ScheduledCollectionFile, ScheduledRefundFile
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure
from shared.treasury.activities import FileActivities
from shared.treasury.bank import Bank


def _activities(context: AnyContext) -> Sequence[Activity]:
    affiliation = Affiliation(context.peers.affiliation)
    files = BankFileActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=affiliation,
    )
    deliveries = FileActivities(database=context.database, bank=Bank(context.peers.sandbox), work=BANK_FILES)
    announcements = CollectionLetterActivities(
        database=context.database,
        fund=context.fund,
        affiliation=affiliation,
        hand_over=letter_hand_over(context),
        at_once=context.settings.letters_at_once,
    )
    return [*files.all(), *deliveries.all(), *announcements.all()]


def _schedules(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return one for each day the fund's policy ever names; on its day each asks whether the fund makes a file."""
    files = (
        (
            "refund-file",
            "ScheduledRefundFile",
            context.fund.refund_file_days(),
            "Makes the file that pays credits back.",
        ),
        (
            "collection-file",
            "ScheduledCollectionFile",
            context.fund.collection_file_days(),
            "Makes the file that collects what is due under mandates.",
        ),
    )
    return tuple(
        ScheduledProcedure(
            id=f"{name}-{day:02}", workflow=workflow, months=tuple(range(1, 13)), day=day, description=description
        )
        for name, workflow, days, description in files
        for day in days
    )


SUBJECT: Final = Subject(
    name="money_out",
    routers=lambda context: [router(context)],
    workflows=(BankFileRun, ScheduledRefundFile, ScheduledCollectionFile),
    activities=_activities,
    schedules=_schedules,
    open_work=(OpenWorkKind(what="bankOrderRuns", tag="Runs", page_of=page_of_open(OPEN_RUNS)),),
)
