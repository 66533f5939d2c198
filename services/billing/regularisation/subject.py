"""What statements of regularisation bring to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.billing.clients import Affiliation
from services.billing.correspondence.service import letter_hand_over
from services.billing.dossier_facts.service.law import assessment_law
from services.billing.regularisation.activities.runs import RegularisationActivities
from services.billing.regularisation.activities.statement_letters import StatementLetters
from services.billing.regularisation.api import router
from services.billing.regularisation.store.runs import OPEN_RUNS
from services.billing.regularisation.workflow import IncomeRegularisation, ScheduledIncomeRegularisation
from services.billing.subjects.service import page_of_open
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext
from shared.platform.temporal.schedules import ScheduledProcedure


def _activities(context: AnyContext) -> Sequence[Activity]:
    law = assessment_law(context)
    letters = StatementLetters(
        database=context.database,
        fund=context.fund,
        law=law,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=letter_hand_over(context),
        at_once=context.settings.letters_at_once,
    )
    return RegularisationActivities(database=context.database, law=law, letters=letters).all()


def _schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return (
        ScheduledProcedure(
            id="income-regularisation",
            workflow="ScheduledIncomeRegularisation",
            months=tuple(range(1, 13)),
            day=10,
            description="Regularises what no import of incomes asked for: quarters billed late, years completed since.",
        ),
    )


SUBJECT: Final = Subject(
    name="regularisation",
    routers=lambda context: [router(context)],
    workflows=(ScheduledIncomeRegularisation, IncomeRegularisation),
    activities=_activities,
    schedules=_schedules,
    open_work=(OpenWorkKind(what="regularisationRuns", tag="Runs", page_of=page_of_open(OPEN_RUNS)),),
)
