"""What every letter of a case needs, how it is put on paper, and how it is kept as it leaves."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.recovery.debts.rules import DebtorIdentity, OpenItem
from services.recovery.ladder.procedure import TakeStep
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.picture import contact_history
from services.recovery.ladder.service.taking_a_step import offers_for, step_date
from services.recovery.reminders.letters.content import TEMPLATE, AmicableDates, Frame, words_of
from shared.law.calendar import add_working_days
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.people.documents import render, store_document


@dataclass(frozen=True)
class Paper:
    """A document that was made and is not yet kept."""

    content: bytes
    sha256: str


async def make_paper(data: JsonObject) -> Paper:
    """Render a letter without holding up the other work of the process."""
    content = await asyncio.to_thread(render, TEMPLATE, data)
    return Paper(content=content, sha256=hashlib.sha256(content).hexdigest())


async def keep_paper(
    connection: Connection, *, paper: Paper, kind: str, case: CaseRecord, step: TakeStep, identity: DebtorIdentity
) -> UUID:
    """Keep a letter of a case as it leaves; its name bears file number and oldest quarter, and no personal data.

    The quarter tells two cases of one debtor apart, which may send the same kind of letter on the same day.
    """
    language = identity.language.value
    mark = f"{identity.file_number:07d}-{kind}-{min(case.quarters)}-{step.attempt}-{language}"
    name = f"recovery/{step.today.isoformat()}/{mark}.pdf"
    return await store_document(
        connection,
        kind=kind,
        reference=f"{step.case_id}:{step.attempt}",
        dossier=step.dossier,
        language=language,
        media_type="application/pdf",
        name=name,
        content=paper.content,
        business_date=step.today,
        readers=(Role.COLLECTIONS_AGENT,),
    )


async def frame_of(
    connection: Connection,
    *,
    law: LawInForce,
    step: TakeStep,
    identity: DebtorIdentity,
    items: tuple[OpenItem, ...],
) -> Frame:
    """Return what every letter of a case needs on the day of a step."""
    offered = await offers_for(connection, law=law, dossier=step.dossier, items=items, today=step.today)
    return Frame(
        words=words_of(identity.language),
        fund=law.fund.on(step.today),
        identity=identity,
        reference=f"REC/{identity.file_number:07d}/{step.today.year}",
        today=step.today,
        items=items,
        offered=offered,
        quarterly_rate=law.parameters.decimal("surcharges.quarterlyRate", on=step.today),
        yearly_rate=law.parameters.decimal("surcharges.yearlyRate", on=step.today),
    )


async def amicable_dates(connection: Connection, *, law: LawInForce, case: CaseRecord, step: TakeStep) -> AmicableDates:
    """Return the dates of the amicable phase that a letter of a case names."""
    policy = law.fund.on(step.today).policy
    planned = case.opened_on - timedelta(days=1)
    return AmicableDates(
        reminder_on=await step_date(connection, case_id=step.case_id, step=Step.REMINDER),
        statement_on=await step_date(connection, case_id=step.case_id, step=Step.STATEMENT),
        contact_on=_not_before(planned + timedelta(days=policy.contact_after_days), step.today),
        last_reminder_on=_not_before(planned + timedelta(days=policy.last_reminder_after_days), step.today),
        contact=await contact_history(connection, case_id=step.case_id),
    )


def _not_before(day: date, today: date) -> date:
    """Return a planned day; a case that runs late must not announce a day in the past."""
    return max(day, today + timedelta(days=1))


def contact_deadline(case: CaseRecord, *, law: LawInForce, today: date) -> date:
    """Return the day by which somebody must have spoken with the debtor; never less than a task usually gets."""
    policy = law.fund.on(today).policy
    planned = case.opened_on + timedelta(days=policy.contact_deadline_days - 1)
    return max(planned, add_working_days(today, policy.task_due_working_days))
