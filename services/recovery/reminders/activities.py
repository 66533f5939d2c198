"""The steps of the amicable phase. Each one can be done again after a crash at any point."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio import activity

from services.recovery.clients import Affiliation, Billing
from services.recovery.debts.rules import open_of_quarters
from services.recovery.ladder.procedure import NOT_DUE, NOTHING_OPEN, TAKEN, StepTaken, TakeStep
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.picture import contact_history
from services.recovery.ladder.service.taking_a_step import (
    COLLECTIONS,
    case_if_due,
    evidence_of,
    offers_for,
    write_down,
)
from services.recovery.reminders.letters import content
from services.recovery.reminders.service import amicable_dates, contact_deadline, frame_of, keep_paper, make_paper
from shared.contracts.recovery_v1 import ReminderKind, ReminderSent
from shared.platform.composition import Activity
from shared.platform.context import AnyContext
from shared.platform.messages_out.outbox import publish
from shared.platform.people.tasks import open_task


class ReminderActivities:
    """Reminder, statement of account, and the question to speak with the debtor."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)
        self._affiliation = Affiliation(context.peers.affiliation)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return self.send_reminder, self.send_statement, self.ask_contact

    @activity.defn
    async def send_reminder(self, step: TakeStep) -> StepTaken:
        """Send the first, ordinary reminder."""
        return await self._send(step, ReminderKind.REMINDER)

    @activity.defn
    async def send_statement(self, step: TakeStep) -> StepTaken:
        """Send the statement of account."""
        return await self._send(step, ReminderKind.STATEMENT)

    async def _send(self, step: TakeStep, kind: ReminderKind) -> StepTaken:
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
        if case is None:
            return NOT_DUE
        items = open_of_quarters(items=await self._billing.open_items(step.dossier), quarters=case.quarters)
        if not items:
            return NOTHING_OPEN
        identity = await self._affiliation.identity(step.dossier, purpose=f"recovery.{kind.value}")
        async with self._database.transaction() as connection:
            frame = await frame_of(connection, law=self._law, step=step, identity=identity, items=items)
            dates = await amicable_dates(connection, law=self._law, case=case, step=step)
        letter = content.reminder(frame) if kind is ReminderKind.REMINDER else content.statement(frame, dates)
        paper = await make_paper(letter)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            document_id = await keep_paper(
                connection, paper=paper, kind=kind.value, case=case, step=step, identity=identity
            )
            await write_down(
                connection,
                step,
                article="policy",
                evidence=evidence_of(items=items, offered=frame.offered, paper_sha256=paper.sha256),
                document_id=document_id,
            )
            await publish(
                connection,
                ReminderSent(dossier=step.dossier, occurred_on=step.today, case_id=step.case_id, kind=kind),
            )
        return TAKEN

    @activity.defn
    async def ask_contact(self, step: TakeStep) -> StepTaken:
        """Ask a member of staff to speak with the debtor before anything else happens."""
        items = await self._billing.open_items(step.dossier)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            open_items = open_of_quarters(items=items, quarters=case.quarters)
            if not open_items:
                return NOTHING_OPEN
            offered = await offers_for(
                connection, law=self._law, dossier=step.dossier, items=open_items, today=step.today
            )
            if not (await contact_history(connection, case_id=step.case_id)).is_on_record:
                await open_task(
                    connection,
                    kind="personalContact",
                    reference=str(step.case_id),
                    dossier=step.dossier,
                    due_on=contact_deadline(case, law=self._law, today=step.today),
                    role=COLLECTIONS,
                    details={"caseId": str(step.case_id), "offers": [offer.alternative.value for offer in offered]},
                )
            await write_down(
                connection,
                step,
                article="service commitment",
                evidence={**evidence_of(items=open_items, offered=()), "task": "personalContact"},
            )
        return TAKEN
