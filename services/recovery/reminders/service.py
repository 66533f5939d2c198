"""Makes the letters of the amicable phase and the last reminder, ready to be kept and sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.recovery.clients import DebtorIdentity
from services.recovery.debts.rules import OpenItem
from services.recovery.ladder.procedure import TakeStep
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.rules.ways_out import Offer
from services.recovery.ladder.service.cases import find_case
from services.recovery.ladder.service.taking_a_step import Paper, Toolbox, make_paper, offers_for
from services.recovery.ladder.store.grounds import contact_history
from services.recovery.ladder.store.steps import step_date
from services.recovery.registered_letters.rules import check_last_reminder
from services.recovery.reminders.letters import content
from services.recovery.reminders.letters.content import AmicableDates, Frame
from services.recovery.reminders.letters.wording import words_of
from shared.platform.database import Connection


@dataclass(frozen=True)
class Letter:
    """A letter on paper, with what its step keeps as evidence."""

    paper: Paper
    language: str
    file_number: int
    offered: tuple[Offer, ...]
    mentions: tuple[str, ...] = ()
    signatory: str = ""


async def make_letter(tools: Toolbox, *, step: TakeStep, kind: str, items: tuple[OpenItem, ...]) -> Letter:
    """Make the letter of a step: reminder, statement or lastReminder.

    Raises:
        LastReminderVoidError: the last reminder would lack something it must state.
    """
    identity = await tools.affiliation.identity(step.dossier, purpose=f"recovery.{kind}")
    async with tools.database.transaction() as connection:
        frame = await frame_of(tools, connection, step=step, identity=identity, items=items)
        dates = await _dates(tools, connection, step=step)
    mentions: tuple[str, ...] = ()
    signatory = frame.fund.signatory_of("letter").name
    data: dict[str, Any]
    if kind == "reminder":
        data = content.reminder(frame)
    elif kind == "statement":
        data = content.statement(frame, dates)
    else:
        stated = content.last_reminder_content(frame, contest_months=tools.rules.law_on(step.today).contest_months)
        check_last_reminder(stated)
        mentions, signatory = tuple(mention.value for mention in stated.mentions()), stated.signatory
        data = content.last_reminder(frame, stated, dates)
    return Letter(
        paper=await make_paper(content.TEMPLATE, data),
        language=identity.language.value,
        file_number=identity.file_number,
        offered=frame.offered,
        mentions=mentions,
        signatory=signatory,
    )


async def frame_of(
    tools: Toolbox,
    connection: Connection,
    *,
    step: TakeStep,
    identity: DebtorIdentity,
    items: tuple[OpenItem, ...],
) -> Frame:
    """Return what every letter of a case needs on the day of a step."""
    offered = await offers_for(connection, rules=tools.rules, dossier=step.dossier, items=items, today=step.today)
    return Frame(
        words=words_of(identity.language),
        fund=tools.rules.fund_on(step.today),
        identity=identity,
        reference=f"REC/{identity.file_number:07d}/{step.today.year}",
        today=step.today,
        items=items,
        offered=offered,
        quarterly_rate=tools.rules.parameters.decimal("surcharges.quarterlyRate", on=step.today),
        yearly_rate=tools.rules.parameters.decimal("surcharges.yearlyRate", on=step.today),
    )


async def _dates(tools: Toolbox, connection: Connection, *, step: TakeStep) -> AmicableDates:
    case = await find_case(connection, case_id=step.case_id)
    if case is None:
        return AmicableDates()
    policy = tools.rules.policy_on(step.today)
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
