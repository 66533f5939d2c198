"""What the contribution of companies brings to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.company_contributions.activities import CompanyActivities
from services.billing.company_contributions.api import router
from services.billing.company_contributions.store.increases import OPEN_INCREASES
from services.billing.company_contributions.store.runs import OPEN_RUNS
from services.billing.company_contributions.workflow import (
    CompanyContribution,
    CompanyIncrease,
    ScheduledCompanyContribution,
    ScheduledCompanyIncrease,
)
from services.billing.correspondence.service import letter_hand_over
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    return CompanyActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=letter_hand_over(context),
        page_size=context.settings.closing_page_size,
        letters_at_once=context.settings.letters_at_once,
    ).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="company-contribution",
            workflow="ScheduledCompanyContribution",
            months=tuple(range(1, 13)),
            day=12,
            description="Bills companies from the fund's month of notices on, and later in the year who joined since.",
        ),
        ScheduledProcedure(
            id="company-increase",
            workflow="ScheduledCompanyIncrease",
            months=tuple(range(1, 13)),
            day=1,
            description="Charges companies that are late 1 % for the month and tells what is overdue.",
        ),
    )


SUBJECT: Final = Subject(
    name="company_contributions",
    routers=lambda context: [router(context)],
    workflows=(ScheduledCompanyContribution, CompanyContribution, ScheduledCompanyIncrease, CompanyIncrease),
    activities=_activities,
    schedules=_schedules,
    open_work=(
        OpenWorkKind(what="companyContributionRuns", tag="Runs", page_of=page_of_open(OPEN_RUNS)),
        OpenWorkKind(what="companyIncreases", tag="Runs", page_of=page_of_open(OPEN_INCREASES)),
    ),
)
