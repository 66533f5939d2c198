"""Activities of a billing run: cut into pages, bill a page, write letters, note how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from temporalio import activity

from services.billing.assessment.rules import QuarterLaw, explain, law_from_document, quarter_law, stored_row
from services.billing.assessment.rules.page import assess_page
from services.billing.clients import Affiliation
from services.billing.correspondence.rules.channels import NOTICE_DOCUMENT
from services.billing.correspondence.rules.notice import Notice
from services.billing.notices import service as notices
from services.billing.notices.letters import TEMPLATE, document_name, notice_data
from services.billing.notices.service import NoticeToWrite
from services.billing.quarterly.procedure import (
    LettersOutcome,
    LettersStep,
    PageOutcome,
    PageStep,
    Partitions,
    RunReference,
    RunStatus,
    WavePlan,
)
from services.billing.quarterly.service import contributions, late_quarters, page_subjects, runs
from services.billing.quarterly.service.contributions import LawOfQuarter
from services.billing.quarterly.service.runs import RequestedRun
from services.billing.quarterly.store import runs as store
from services.billing.subjects.procedure import BusinessDay
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.law.fund import Fund, FundSettingMissing
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection, Database
from shared.platform.observation.logging import get_logger
from shared.platform.people.documents import render, store_document
from shared.platform.people.tasks import open_task, overtake_task

INCOMPLETE_RUN_TASK = "incompleteBillingRun"
UNADDRESSED_TASK = "noticeWithoutAddress"
UNMADE_TASK = "noticeNotMade"
GO_TASK = "billingRunAwaitsGo"
AWAITING_GO = "awaitingGo"
_TASK_DAYS = 5
#: The notices must still leave in the first month of the quarter.
_GO_DAYS = 2
_log = get_logger(__name__)


@dataclass
class BillingRunActivities:
    """Activities of billing runs, with what they were given at start."""

    database: Database
    parameters: Parameters
    fund: Fund
    affiliation: Affiliation
    page_size: int
    letters_at_once: int
    _laws: dict[Quarter, QuarterLaw] = field(default_factory=dict)
    _stored_laws: dict[UUID, QuarterLaw] = field(default_factory=dict)

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_quarterly_billing,
            self.plan_billing_run,
            self.bill_page,
            self.note_failed_page,
            self.note_run_status,
            self.partitions_of_run,
            self.write_notice_letters,
        ]

    @activity.defn
    async def request_quarterly_billing(self, step: BusinessDay) -> RunReference:
        """Ask for the billing of the quarter a business day lies in, and of the one before for who was told late.

        Whoever starts after the last billing day of a quarter still owes that whole quarter (royal decree 38, art. 15
        par. 2). A quarter with nobody left to bill gets no new run; who was parked is tried again once the data allow.
        Quarters that were over when somebody affiliated late are asked for after those, each for that dossier alone.
        """
        quarter = Quarter.of(step.business_date)
        async with self.database.transaction() as connection:
            if await store.was_billed_here(connection, quarter=quarter.previous()):
                await self._request(connection, quarter.previous(), step.business_date)
            run = await self._request(connection, quarter, step.business_date)
            await late_quarters.request_late_runs(
                connection,
                business_date=step.business_date,
                missing_law=lambda late: self._missing_law(late, step.business_date),
                assessable=lambda late, known: self._some_assessable(known, late, step.business_date),
            )
        return RunReference(run_id=run.run_id, quarter=str(quarter))

    def _missing_law(self, quarter: Quarter, business_date: date) -> str | None:
        """Name what of the law of a quarter, or of the fund's own configuration, is not known; None when all is."""
        try:
            self._law(quarter, business_date)
        except (ParameterMissing, FundSettingMissing) as missing:
            return str(missing)
        return None

    async def _request(self, connection: Connection, quarter: Quarter, business_date: date) -> RequestedRun:
        parked = await page_subjects.waiting_parked(connection, quarter=quarter)
        return await runs.request_run(
            connection,
            quarter=quarter,
            requested_by="schedule",
            business_date=business_date,
            retry_parked=not parked.is_empty() and self._some_assessable(parked, quarter, business_date),
        )

    def _some_assessable(self, parked: pl.DataFrame, quarter: Quarter, business_date: date) -> bool:
        law = self._law(quarter, business_date)
        outcome = assess_page(
            subjects=parked, quarter=quarter, parameters=self.parameters, fee_rate=law.fee_rate, law=law.law
        )
        return not outcome.assessed.is_empty()

    @activity.defn
    async def plan_billing_run(self, run: RunReference) -> WavePlan:
        """Cut the subjects of a run into pages and waves."""
        async with self.database.transaction() as connection:
            pages = await store.plan_pages(connection, run_id=run.run_id, page_size=self.page_size)
            # Kept before the first page: else the pages billed beside it wait for its transaction to end. Where the law
            # is not known, the pages say so.
            with suppress(ParameterMissing):
                await contributions.keep_law(connection, self._quarter_law(Quarter.parse(run.quarter)))
            waves = await store.waves_of(connection, run_id=run.run_id)
        in_waves = len(waves.ends) > 1
        return WavePlan(pages=pages, wave_ends=waves.ends if in_waves else (), has_canary=in_waves and waves.has_canary)

    @activity.defn
    async def bill_page(self, step: PageStep) -> PageOutcome:
        """Bill one page in one transaction."""
        async with self.database.transaction() as connection:
            page = await store.page_for_update(connection, run_id=step.run_id, ordinal=step.ordinal)
            law = self._law(Quarter.parse(page.quarter), page.business_date)
            outcome = await contributions.bill_page(connection, run_id=step.run_id, ordinal=step.ordinal, law=law)
        return PageOutcome(billed=outcome.billed, parked=outcome.parked)

    @activity.defn
    async def note_failed_page(self, step: PageStep) -> None:
        """Note that a page could not be billed; the others go on."""
        async with self.database.transaction() as connection:
            await store.finish_page(connection, run_id=step.run_id, ordinal=step.ordinal, status="failed")

    @activity.defn
    async def note_run_status(self, step: RunStatus) -> None:
        """Note the stage of a run; one that waits for a person or could not do all its work opens a task."""
        if step.business_date is None:
            raise ValueError("a stage is noted on a day")
        async with self.database.transaction() as connection:
            await store.set_status(connection, run_id=step.run_id, status=step.status)
            await _ask_for_go(connection, step.run_id, step.business_date, awaits=step.status == AWAITING_GO)
            if step.status == "incomplete":
                await open_task(
                    connection,
                    kind=INCOMPLETE_RUN_TASK,
                    reference=str(step.run_id),
                    dossier=None,
                    due_on=add_working_days(step.business_date, _TASK_DAYS),
                    role="operator",
                    details={"runId": str(step.run_id)},
                )

    @activity.defn
    async def partitions_of_run(self, run: RunReference) -> Partitions:
        """Return the partitions that hold notices of the run's quarter."""
        async with self.database.transaction() as connection:
            found = await notices.partitions_with_notices(connection, quarter=Quarter.parse(run.quarter))
        return Partitions(partitions=tuple(found))

    @activity.defn
    async def write_notice_letters(self, step: LettersStep) -> LettersOutcome:
        """Make the letters of a batch of notices that have none yet, and keep them."""
        quarter = Quarter.parse(step.quarter)
        async with self.database.transaction() as connection:
            rows = await notices.without_letter(
                connection,
                quarter=quarter,
                partition=step.partition,
                after=step.after,
                limit=self.letters_at_once,
            )
        if not rows:
            return LettersOutcome(written=0, next_after=None)
        addressees = await self.affiliation.addressees([row.dossier for row in rows], purpose="notice of contribution")
        letters, problems = await asyncio.to_thread(self._letters, rows, addressees, quarter)
        await self._keep(rows, letters, problems)
        return LettersOutcome(written=len(letters), next_after=rows[-1].reference)

    def _letters(
        self, rows: list[NoticeToWrite], addressees: dict[UUID, Addressee], quarter: Quarter
    ) -> tuple[dict[str, tuple[str, str, bytes]], dict[str, str]]:
        letters: dict[str, tuple[str, str, bytes]] = {}
        problems: dict[str, str] = {}
        for row in rows:
            addressee = addressees.get(row.dossier)
            if addressee is None:
                continue
            language = str(addressee.language)
            try:
                notice = self._notice(row, quarter, language)
                data = notice_data(notice=notice, addressee=addressee, fund=self.fund.on(notice.issued_on))
                letters[row.reference] = (language, document_name(notice, language), render(TEMPLATE, data))
            except Exception as error:  # noqa: BLE001 - the letters of the others go on
                # Whatever is wrong with one notice must not stop the letters of the others; the message can hold what
                # the letter says, so only the kind of error is kept.
                _log.exception("letter.notMade", dossier=str(row.dossier))
                problems[row.reference] = type(error).__name__
        return letters, problems

    async def _keep(
        self, rows: list[NoticeToWrite], letters: dict[str, tuple[str, str, bytes]], problems: dict[str, str]
    ) -> None:
        async with self.database.transaction() as connection:
            for row in rows:
                letter = letters.get(row.reference)
                if letter is None:
                    await _ask_for_letter(connection, row, problems.get(row.reference))
                    continue
                language, name, content = letter
                await store_document(
                    connection,
                    kind=NOTICE_DOCUMENT,
                    reference=row.reference,
                    dossier=row.dossier,
                    language=language,
                    media_type="application/pdf",
                    name=name,
                    content=content,
                    business_date=row.issued_on,
                    readers=(Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
                )
                for kind in (UNADDRESSED_TASK, UNMADE_TASK):
                    await overtake_task(
                        connection,
                        kind=kind,
                        reference=row.reference,
                        resolved_by="billing",
                        resolution="letterMade",
                    )

    def _notice(self, row: NoticeToWrite, quarter: Quarter, language: str) -> Notice:
        law = self._stored_law(row)
        return Notice(
            reference=row.reference,
            file_number=row.file_number,
            quarter=quarter,
            issued_on=row.issued_on,
            due_on=row.due_on,
            contribution_cents=row.contribution_cents,
            fee_cents=row.fee_cents,
            charged_cents=row.charged_cents,
            credit_used_cents=row.credit_used_cents,
            quarterly_rate=self.parameters.decimal("surcharges.quarterlyRate", on=row.due_on),
            yearly_rate=self.parameters.decimal("surcharges.yearlyRate", on=row.due_on),
            # The last step repeats the total, which the notice shows after a credit was deducted from it.
            explanation=tuple(explain(stored_row(row.assessed, law=law), law=law, language=language)[:-1]),
        )

    def _law(self, quarter: Quarter, business_date: date) -> LawOfQuarter:
        return LawOfQuarter(
            quarter=quarter,
            parameters=self.parameters,
            fee_rate=self.fund.on(quarter.starts_on).management_fee_rate,
            interest_rate=self.parameters.decimal("surcharges.socialInterestRate", on=business_date),
            law=self._quarter_law(quarter),
        )

    def _stored_law(self, row: NoticeToWrite) -> QuarterLaw:
        """Give the law a contribution was assessed with, as it was kept then."""
        if row.law_id not in self._stored_laws:
            self._stored_laws[row.law_id] = law_from_document(row.law)
        return self._stored_laws[row.law_id]

    def _quarter_law(self, quarter: Quarter) -> QuarterLaw:
        if quarter not in self._laws:
            self._laws[quarter] = quarter_law(quarter=quarter, parameters=self.parameters)
        return self._laws[quarter]


async def _ask_for_go(connection: Connection, run_id: UUID, today: date, *, awaits: bool) -> None:
    """Ask somebody to look at what the canary gave and to say go; the task is over when the run is in another stage."""
    if not awaits:
        await overtake_task(
            connection, kind=GO_TASK, reference=str(run_id), resolved_by="billing", resolution="answered"
        )
        return
    (run,) = await store.runs(connection, run_id=run_id)
    await open_task(
        connection,
        kind=GO_TASK,
        reference=str(run_id),
        dossier=None,
        due_on=add_working_days(today, _GO_DAYS),
        role="finance",
        details={
            "runId": str(run_id),
            "quarter": run.quarter,
            "billed": run.billed,
            "parked": run.parked,
            "subjects": run.subjects,
        },
    )


async def _ask_for_letter(connection: Connection, row: NoticeToWrite, problem: str | None) -> None:
    """Open the task about a notice without letter: nobody knows the address, or it could not be made."""
    details = {"fileNumber": row.file_number, "quarter": row.quarter}
    await open_task(
        connection,
        kind=UNADDRESSED_TASK if problem is None else UNMADE_TASK,
        reference=row.reference,
        dossier=row.dossier,
        due_on=add_working_days(row.issued_on, _TASK_DAYS),
        role="affiliationAgent" if problem is None else "operator",
        details=details if problem is None else {**details, "problem": problem},
    )
