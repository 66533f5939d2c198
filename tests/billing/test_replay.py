"""Procedures that run are not broken by today's code: their histories, written down earlier, are replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from services.billing.assessment.workflow import ScheduledLawWatch
from services.billing.certificates.workflow import ScheduledYearlyCertificates
from services.billing.company_contributions.workflow import CompanyContribution, CompanyIncrease
from services.billing.correspondence.workflow import LetterDelivery
from services.billing.institute_files.workflow import ScheduledInastiStatistics, ScheduledInastiTransfers
from services.billing.lateness.workflow import QuarterClosing
from services.billing.money_out.workflow import BankFileRun, ScheduledCollectionFile, ScheduledRefundFile
from services.billing.quarterly.workflow import QuarterlyBilling
from services.billing.reductions.workflow import ContributionReduction
from services.billing.regularisation.workflow import IncomeRegularisation
from services.billing.trials.workflow import BillingTrial
from tests.billing.changed_procedure import CarelesslyChanged
from tests.histories.decoding import FOLDER, told_in

HISTORIES = sorted((FOLDER / "billing").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    """Return a golden history."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_every_way_a_procedure_can_end_was_written_down() -> None:
    assert {path.stem for path in HISTORIES} >= {
        "QuarterlyBilling-done",
        "QuarterlyBilling-incomplete",
        "QuarterlyBilling-canary",
        "QuarterlyBilling-waves",
        "QuarterlyBilling-cancelled",
        # Of before and after the number of pages that go side by side was raised.
        "QuarterlyBilling-four-at-once",
        "QuarterlyBilling-six-at-once",
        "QuarterlyBilling-letters-later",
        "BillingTrial-done",
        "ScheduledLawWatch-done",
        "QuarterClosing-done",
        "IncomeRegularisation-done",
        "ContributionReduction-granted",
        "ContributionReduction-refused",
        "ContributionReduction-increase",
        "CompanyContribution-done",
        "CompanyIncrease-done",
        "BankFileRun-completed",
        "ScheduledYearlyCertificates-done",
        "LetterDelivery-done",
        "ScheduledRefundFile-done",
        "ScheduledCollectionFile-done",
        "ScheduledInastiTransfers-done",
        "ScheduledInastiStatistics-done",
        "BankFileRun-refused",
        "BankFileRun-withdrawn",
        "BankFileRun-nothing-due",
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_running_procedure_continues_with_this_code(path: Path) -> None:
    workflows = [
        QuarterlyBilling,
        BillingTrial,
        ScheduledLawWatch,
        QuarterClosing,
        IncomeRegularisation,
        ContributionReduction,
        CompanyContribution,
        CompanyIncrease,
        BankFileRun,
        LetterDelivery,
        ScheduledRefundFile,
        ScheduledCollectionFile,
        ScheduledInastiTransfers,
        ScheduledInastiStatistics,
        ScheduledYearlyCertificates,
    ]
    replayer = Replayer(workflows=workflows, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


async def test_a_careless_change_is_noticed() -> None:
    replayer = Replayer(workflows=[CarelesslyChanged], data_converter=pydantic_data_converter)
    with pytest.raises(Exception, match=r"[Nn]ondeterminis"):
        await replayer.replay_workflow(history(FOLDER / "billing" / "QuarterlyBilling-done.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_no_amount_and_nobody_s_name_is_in_a_history(path: Path) -> None:
    told = told_in(path)
    assert b"20" in told, "in clear here, so what is looked for would be seen"
    for secret in (b"Exemplemont", b"Camille", b"85073003328", b"Cents", b"BE71", b"accountNumber"):
        assert secret not in told
