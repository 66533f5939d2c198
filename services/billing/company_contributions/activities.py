"""Activities of the yearly company contribution: bill a batch, write letters, charge the increases of a month."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.company_contributions.letters import CompanyNotice, company_notice_data, document_name
from services.billing.company_contributions.procedure import (
    AskedMonth,
    AskedRuns,
    CompanyLettersDone,
    CompanyLettersStep,
    CompanyRunStage,
    CompanyStep,
    CompanyStepDone,
    IncreaseDone,
    IncreaseStep,
    ScheduledDay,
)
from services.billing.company_contributions.service import increases as company_increases
from services.billing.company_contributions.service import runs as company_runs
from services.billing.company_contributions.store import increases as increase_store
from services.billing.company_contributions.store import runs as run_store
from services.billing.company_contributions.store.runs import UnsentLetter
from services.billing.correspondence.letters import TEMPLATE
from services.billing.correspondence.service import LetterHandOver
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection, Database
from shared.platform.people.documents import render, store_document
from shared.platform.people.tasks import open_task, overtake_task

UNADDRESSED_TASK = "noticeWithoutAddress"
_TASK_DAYS = 5


@dataclass
class CompanyActivities:
    """What the procedures about companies do outside themselves."""

    database: Database
    parameters: Parameters
    fund: Fund
    affiliation: Affiliation
    hand_over: LetterHandOver
    page_size: int
    letters_at_once: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [
            self.request_company_contribution,
            self.bill_companies,
            self.write_company_letters,
            self.note_company_run,
            self.request_company_increases,
            self.charge_company_increases,
            self.finish_company_increases,
        ]

    @activity.defn
    async def request_company_contribution(self, step: ScheduledDay) -> AskedRuns:
        """Ask for the year of a day from the fund's month of notices on, and for the year before if it is ours.

        A company created late in a year owes that year until the end of the third month after (art. 92).
        """
        year, found = step.business_date.year, list[UUID]()
        async with self.database.transaction() as connection:
            years = [year - 1] if await run_store.was_billed_here(connection, year=year - 1) else []
            if step.business_date.month >= self.fund.on(step.business_date).policy.company_notice_month:
                years.append(year)
            for wanted in years:
                run = await company_runs.request_run(
                    connection, year=wanted, requested_by="schedule", business_date=step.business_date
                )
                found += [] if run is None else [run.run_id]
        return AskedRuns(run_ids=tuple(found))

    @activity.defn
    async def bill_companies(self, step: CompanyStep) -> CompanyStepDone:
        """Bill the next companies in one transaction."""
        async with self.database.transaction() as connection:
            (run,) = await run_store.runs(connection, run_id=step.run_id)
            done = await company_runs.bill_companies(
                connection,
                run_id=step.run_id,
                after=step.after,
                limit=self.page_size,
                parameters=self.parameters,
                interest_rate=self.parameters.decimal("surcharges.socialInterestRate", on=run.business_date),
            )
        return CompanyStepDone(billed=done.billed, parked=done.parked, next_after=done.next_after)

    @activity.defn
    async def write_company_letters(self, step: CompanyLettersStep) -> CompanyLettersDone:
        """Make the next letters of a run, keep them and hand them over; without address a person gets a task.

        Raises:
            CallFailed: the post does not answer; done again, what was made is not made twice.
        """
        async with self.database.transaction() as connection:
            rows = await run_store.unsent_letters(
                connection, run_id=step.run_id, limit=self.letters_at_once, after=step.after
            )
        if not rows:
            return CompanyLettersDone(written=0, next_after=None)
        addressees = await self.affiliation.addressees(
            [row.dossier for row in rows], purpose="notice of company contribution"
        )
        missing = [row for row in rows if not row.made]
        letters = await asyncio.to_thread(self._letters, missing, addressees)
        async with self.database.transaction() as connection:
            for row in missing:
                await _keep(connection, row, letters.get(row.reference))
        await self.hand_over.of_kind(
            run_store.COMPANY_NOTICE,
            [row.reference for row in rows],
            addressees,
            today=step.today or rows[0].issued_on,
        )
        return CompanyLettersDone(written=len(letters), next_after=rows[-1].reference)

    @activity.defn
    async def note_company_run(self, step: CompanyRunStage) -> None:
        """Note the stage of a run."""
        async with self.database.transaction() as connection:
            await run_store.set_status(connection, run_id=step.run_id, status=step.status)

    @activity.defn
    async def request_company_increases(self, step: ScheduledDay) -> AskedMonth:
        """Ask for the increases of the month a day lies in (art. 93)."""
        async with self.database.transaction() as connection:
            asked = await company_increases.request_month(
                connection,
                month=step.business_date.replace(day=1),
                requested_by="schedule",
                business_date=step.business_date,
            )
        return AskedMonth(workflow_id=None if asked is None else asked[0])

    @activity.defn
    async def charge_company_increases(self, step: IncreaseStep) -> IncreaseDone:
        """Bring the increases of the next late companies up to date in one transaction."""
        async with self.database.transaction() as connection:
            done = await company_increases.charge_increases(
                connection, month=step.month, after=step.after, limit=self.page_size, parameters=self.parameters
            )
        return IncreaseDone(
            companies=done.companies, changed=done.changed, overdue=done.overdue, next_after=done.next_after
        )

    @activity.defn
    async def finish_company_increases(self, step: IncreaseStep) -> None:
        """Note that a month was done."""
        async with self.database.transaction() as connection:
            await increase_store.finish_month(connection, month=step.month)

    def _letters(
        self, rows: list[UnsentLetter], addressees: dict[UUID, Addressee]
    ) -> dict[str, tuple[str, str, bytes]]:
        letters: dict[str, tuple[str, str, bytes]] = {}
        for row in rows:
            addressee = addressees.get(row.dossier)
            if addressee is None:
                continue
            notice = self._notice(row)
            language = str(addressee.language)
            data = company_notice_data(notice=notice, addressee=addressee, fund=self.fund.on(notice.issued_on))
            letters[row.reference] = (language, document_name(notice, language), render(TEMPLATE, data))
        return letters

    def _notice(self, row: UnsentLetter) -> CompanyNotice:
        return CompanyNotice(
            reference=row.reference,
            file_number=row.file_number,
            year=row.year,
            issued_on=row.issued_on,
            due_on=row.due_on,
            charged_cents=row.charged_cents,
            credit_used_cents=row.credit_used_cents,
            size=row.size,
            financial_year_end=row.financial_year_end,
            balance_total_cents=row.balance_total_cents,
            limit_cents=row.limit_cents,
            monthly_rate=self.parameters.decimal("company.lateInterestRate", on=row.due_on),
        )


async def _keep(connection: Connection, row: UnsentLetter, letter: tuple[str, str, bytes] | None) -> None:
    if letter is None:
        await open_task(
            connection,
            kind=UNADDRESSED_TASK,
            reference=row.reference,
            dossier=row.dossier,
            due_on=add_working_days(row.issued_on, _TASK_DAYS),
            role="affiliationAgent",
            details={"fileNumber": row.file_number, "year": row.year},
        )
        return
    language, name, content = letter
    await store_document(
        connection,
        kind=run_store.COMPANY_NOTICE,
        reference=row.reference,
        dossier=row.dossier,
        language=language,
        media_type="application/pdf",
        name=name,
        content=content,
        business_date=row.issued_on,
        readers=(Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
    )
    await overtake_task(
        connection,
        kind=UNADDRESSED_TASK,
        reference=row.reference,
        resolved_by="billing",
        resolution="letterMade",
    )
