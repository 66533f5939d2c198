"""Puts the billing service together; nothing else builds anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from fastapi import FastAPI

from services.billing.api import billing_api
from services.billing.assessment.activities import LawWatchActivities
from services.billing.assessment.workflow import ScheduledLawWatch
from services.billing.certificates.activities import CertificateActivities
from services.billing.certificates.workflow import ScheduledYearlyCertificates
from services.billing.clients import Affiliation, Bank
from services.billing.company_contributions.activities import CompanyActivities
from services.billing.company_contributions.workflow import (
    CompanyContribution,
    CompanyIncrease,
    ScheduledCompanyContribution,
    ScheduledCompanyIncrease,
)
from services.billing.correspondence.clients import carriers
from services.billing.correspondence.service.handing_over import LetterHandOver
from services.billing.correspondence.workflow import LetterDelivery
from services.billing.decisions.handlers import build_consumer
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.dossier_facts.service.law import assessment_law
from services.billing.institute_files.activities import InastiFileActivities
from services.billing.institute_files.workflow import ScheduledInastiStatistics, ScheduledInastiTransfers
from services.billing.lateness.activities import ClosingActivities
from services.billing.lateness.workflow import QuarterClosing, ScheduledQuarterClosing
from services.billing.money_out.activities.announcements import CollectionLetterActivities
from services.billing.money_out.activities.order_file import BankFileActivities
from services.billing.money_out.workflow.order_file import BankFileRun
from services.billing.money_out.workflow.scheduled_files import ScheduledCollectionFile, ScheduledRefundFile
from services.billing.notices.activities import NoticeDeliveryActivities
from services.billing.quarterly.activities import BillingRunActivities
from services.billing.quarterly.workflow import QuarterlyBilling, ScheduledQuarterlyBilling
from services.billing.reductions.activities import ContributionReductionActivities
from services.billing.reductions.workflow import ContributionReduction
from services.billing.regularisation.activities.runs import RegularisationActivities
from services.billing.regularisation.activities.statement_letters import StatementLetters
from services.billing.regularisation.workflow import IncomeRegularisation, ScheduledIncomeRegularisation
from services.billing.settings import BillingSettings
from services.billing.trials.activities import BillingTrialActivities
from services.billing.trials.workflow import BillingTrial
from shared.platform.consumer import FactConsumer
from shared.platform.context import AnyContext
from shared.platform.schedules import ScheduledProcedure
from shared.platform.setbacks import SetbackActivities
from shared.platform.temporal import WorkerDefinition

settings_class = BillingSettings
_QUARTER_MONTHS: Final = (1, 4, 7, 10)
#: The months after the first of a quarter only bill who was affiliated late or can be billed by now.
_EVERY_MONTH: Final = tuple(range(1, 13))


def api(context: AnyContext) -> FastAPI:
    """Return the service's API."""
    return billing_api(context)


def consumers(context: AnyContext) -> FactConsumer | None:
    """Return what handles the facts of the other services."""
    return build_consumer(database=context.database, clock=context.clock, parameters=context.parameters)


def _regularisation(context: AnyContext, law: AssessmentLaw) -> RegularisationActivities:
    """Return the activities that write statements of regularisation and their letters."""
    letters = StatementLetters(
        database=context.database,
        fund=context.fund,
        law=law,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=LetterHandOver(database=context.database, carriers=carriers(context.peers.sandbox)),
        at_once=context.settings.letters_at_once,
    )
    return RegularisationActivities(database=context.database, law=law, letters=letters)


def worker(context: AnyContext) -> WorkerDefinition:
    """Return the service's procedures."""
    settings: BillingSettings = context.settings
    billing = BillingRunActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        page_size=settings.page_size,
        letters_at_once=settings.letters_at_once,
    )
    law = assessment_law(context)
    regularisation = _regularisation(context, law)
    delivery = NoticeDeliveryActivities(
        database=context.database,
        affiliation=Affiliation(context.peers.affiliation),
        carriers=carriers(context.peers.sandbox),
        at_once=settings.letters_at_once,
    )
    law_watch = LawWatchActivities(
        database=context.database, parameters=context.parameters, days_ahead=settings.law_days_ahead
    )
    trial = BillingTrialActivities(
        database=context.database, parameters=context.parameters, fund=context.fund, page_size=settings.page_size
    )
    closing = ClosingActivities(
        database=context.database, parameters=context.parameters, page_size=settings.closing_page_size
    )
    return WorkerDefinition(
        workflows=[
            ScheduledQuarterlyBilling,
            QuarterlyBilling,
            BillingTrial,
            ScheduledLawWatch,
            ScheduledQuarterClosing,
            QuarterClosing,
            ScheduledIncomeRegularisation,
            IncomeRegularisation,
            ScheduledCompanyContribution,
            CompanyContribution,
            ScheduledCompanyIncrease,
            CompanyIncrease,
            ContributionReduction,
            BankFileRun,
            ScheduledRefundFile,
            ScheduledCollectionFile,
            ScheduledInastiTransfers,
            ScheduledInastiStatistics,
            ScheduledYearlyCertificates,
            LetterDelivery,
        ],
        activities=[
            *billing.all(),
            *delivery.all(),
            *trial.all(),
            *law_watch.all(),
            *closing.all(),
            *regularisation.all(),
            *_money_activities(context),
            *SetbackActivities(database=context.database).all(),
        ],
    )


def _money_activities(context: AnyContext) -> list[Callable[..., Any]]:
    """Return what companies, refunds, direct debits, certificates and reductions do outside their procedures."""
    settings: BillingSettings = context.settings
    bank_file = BankFileActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        bank=Bank(context.peers.sandbox),
    )
    hand_over = LetterHandOver(database=context.database, carriers=carriers(context.peers.sandbox))
    announcements = CollectionLetterActivities(
        database=context.database,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=hand_over,
        at_once=settings.letters_at_once,
    )
    company = CompanyActivities(
        database=context.database,
        parameters=context.parameters,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=hand_over,
        page_size=settings.closing_page_size,
        letters_at_once=settings.letters_at_once,
    )
    certificates = CertificateActivities(
        database=context.database,
        fund=context.fund,
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=hand_over,
        at_once=settings.letters_at_once,
    )
    reduction = ContributionReductionActivities(
        database=context.database,
        fund=context.fund,
        law=assessment_law(context),
        affiliation=Affiliation(context.peers.affiliation),
        hand_over=hand_over,
    )
    inasti = InastiFileActivities(database=context.database)
    return [
        *company.all(),
        *inasti.all(),
        *bank_file.all(),
        *announcements.all(),
        *certificates.all(),
        *reduction.all(),
    ]


def _files(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return the files made on their day; on a bank's day the policy then in force says whether the fund makes one."""
    refunds = [
        ScheduledProcedure(
            id=f"refund-file-{day:02}",
            workflow="ScheduledRefundFile",
            months=_EVERY_MONTH,
            day=day,
            description="Makes the file that pays credits back.",
        )
        for day in context.fund.refund_file_days()
    ]
    collections = [
        ScheduledProcedure(
            id=f"collection-file-{day:02}",
            workflow="ScheduledCollectionFile",
            months=_EVERY_MONTH,
            day=day,
            description="Makes the file that collects what is due under mandates.",
        )
        for day in context.fund.collection_file_days()
    ]
    return (
        *refunds,
        *collections,
        ScheduledProcedure(
            id="inasti-transfers",
            workflow="ScheduledInastiTransfers",
            months=_EVERY_MONTH,
            day=1,
            daily=True,
            description="Writes the transfer to the institute of each day that is over.",
        ),
        ScheduledProcedure(
            id="inasti-statistics",
            workflow="ScheduledInastiStatistics",
            months=_QUARTER_MONTHS,
            day=12,
            description="Writes the statistics of the quarter that has ended for the institute.",
        ),
    )


def schedules(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return the procedures that begin on fixed days; the fund's settings name those of files for the bank."""
    return (
        *_files(context),
        ScheduledProcedure(
            id="quarter-closing",
            workflow="ScheduledQuarterClosing",
            months=_QUARTER_MONTHS,
            day=1,
            description="Closes the quarter that has ended: surcharges and overdue debts.",
        ),
        ScheduledProcedure(
            id="law-watch",
            workflow="ScheduledLawWatch",
            months=_EVERY_MONTH,
            day=5,
            daily=True,
            description="Asks for numbers of the law that run out soon.",
        ),
        ScheduledProcedure(
            id="quarterly-billing",
            workflow="ScheduledQuarterlyBilling",
            months=_EVERY_MONTH,
            day=5,
            description="Bills the quarter that has begun, and later in it who was not billed yet.",
        ),
        ScheduledProcedure(
            id="income-regularisation",
            workflow="ScheduledIncomeRegularisation",
            months=_EVERY_MONTH,
            day=10,
            description="Regularises what no import of incomes asked for: quarters billed late, years completed since.",
        ),
        ScheduledProcedure(
            id="company-contribution",
            workflow="ScheduledCompanyContribution",
            months=_EVERY_MONTH,
            day=12,
            description="Bills companies from the fund's month of notices on, and later in the year who joined since.",
        ),
        ScheduledProcedure(
            id="yearly-certificates",
            workflow="ScheduledYearlyCertificates",
            months=(2,),
            day=15,
            description="Certifies what everybody paid in the year before, for their tax return, and how they stand.",
        ),
        ScheduledProcedure(
            id="company-increase",
            workflow="ScheduledCompanyIncrease",
            months=_EVERY_MONTH,
            day=1,
            description="Charges companies that are late 1 % for the month and tells what is overdue.",
        ),
    )
