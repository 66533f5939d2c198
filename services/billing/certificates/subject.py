"""What certificates bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.certificates.activities import CertificateActivities
from services.billing.certificates.api import router
from services.billing.certificates.workflow import ScheduledYearlyCertificates
from services.billing.clients import Affiliation
from services.billing.correspondence.service import letter_hand_over
from shared.platform.composition import Activity, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    return CertificateActivities(
        database=context.database,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=letter_hand_over(context),
        at_once=context.settings.letters_at_once,
    ).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="yearly-certificates",
            workflow="ScheduledYearlyCertificates",
            months=(2,),
            day=15,
            description="Certifies what everybody paid in the year before, for their tax return, and how they stand.",
        ),
    )


SUBJECT: Final = Subject(
    name="certificates",
    routers=lambda context: [router(context)],
    workflows=(ScheduledYearlyCertificates,),
    activities=_activities,
    schedules=_schedules,
)
