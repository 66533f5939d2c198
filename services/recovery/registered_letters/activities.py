"""Makes the last reminder and hands it to the post; a post that is away is tried again on a working day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from temporalio import activity

from services.recovery.clients import Affiliation, Billing
from services.recovery.debts.rules import open_of_quarters
from services.recovery.debts.service import debtor_of
from services.recovery.ladder.procedure import NOT_DUE, NOTHING_OPEN, POSTPONED, TAKEN, StepTaken, TakeStep
from services.recovery.ladder.service.cases import find_case, refuse_more_debts
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import accepted_day, case_if_due, evidence_of, write_down
from services.recovery.registered_letters.letters import last_reminder, last_reminder_content
from services.recovery.registered_letters.rules import check_last_reminder
from services.recovery.registered_letters.store import (
    find_letter,
    save_deposit,
    save_letter_failure,
    save_registered_letter,
)
from services.recovery.reminders.service import amicable_dates, frame_of, keep_paper, make_paper
from shared.law.calendar import next_working_day
from shared.platform.calls.partners import Post, raise_while_quick
from shared.platform.calls.service_client import CallFailed
from shared.platform.composition import Activity
from shared.platform.context import AnyContext
from shared.platform.people.documents import read_document

_LETTERS: Final = UUID("7d2b3a4e-52b8-5c83-9f3e-1a6f1c7c5f21")


class RegisteredLetterActivities:
    """The last reminder of RGS art. 46: made in one step, handed to the post in a step of its own."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)
        self._affiliation = Affiliation(context.peers.affiliation)
        self._post = Post(context.peers.sandbox)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return self.make_last_reminder, self.deposit_letter

    @activity.defn
    async def make_last_reminder(self, step: TakeStep) -> StepTaken:
        """Make the registered last reminder.

        Raises:
            LastReminderVoidError: it would lack something it must state.
        """
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
        if case is None:
            return NOT_DUE
        items = open_of_quarters(items=await self._billing.open_items(step.dossier), quarters=case.quarters)
        if not items:
            return NOTHING_OPEN
        identity = await self._affiliation.identity(step.dossier, purpose="recovery.lastReminder")
        async with self._database.transaction() as connection:
            frame = await frame_of(connection, law=self._law, step=step, identity=identity, items=items)
            dates = await amicable_dates(connection, law=self._law, case=case, step=step)
        stated = last_reminder_content(frame, contest_months=self._law.periods_on(step.today).contest_months)
        check_last_reminder(stated)
        paper = await make_paper(last_reminder(frame, stated, dates))
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            document_id = await keep_paper(
                connection, paper=paper, kind="lastReminder", case=case, step=step, identity=identity
            )
            await save_registered_letter(
                connection,
                letter_id=uuid5(_LETTERS, f"{step.case_id}|{step.attempt}"),
                case_id=step.case_id,
                attempt=step.attempt,
                document_id=document_id,
                document_sha256=paper.sha256,
                sums=items,
                made_on=step.today,
            )
            await refuse_more_debts(connection, case_id=step.case_id)
            await write_down(
                connection,
                step,
                article="RGS art. 46",
                evidence={
                    **evidence_of(items=items, offered=frame.offered, paper_sha256=paper.sha256),
                    "mentions": sorted(mention.value for mention in stated.mentions()),
                    "signatory": stated.signatory,
                },
                document_id=document_id,
            )
        return TAKEN

    @activity.defn
    async def deposit_letter(self, step: TakeStep) -> StepTaken:
        """Hand the last reminder to the post and keep its receipt."""
        async with self._database.transaction() as connection:
            if await case_if_due(connection, law=self._law, step=step) is None:
                return NOT_DUE
            letter = await find_letter(connection, case_id=step.case_id)
            if letter is None:
                return NOT_DUE
            debtor = await debtor_of(connection, dossier=step.dossier, on=step.today)
            document = await read_document(connection, document_id=letter.document_id)
        try:
            receipt = await self._post.deposit(
                reference=letter.letter_id,
                file_number=debtor.file_number,
                language=debtor.language,
                document_sha256=letter.document_sha256,
                content=bytes(document["content"]),
            )
            accepted_on = accepted_day(receipt, peer=self._post.partner, since=letter.made_on, today=step.today)
        except CallFailed as error:
            raise_while_quick(error)
            async with self._database.transaction() as connection:
                again_on = next_working_day(step.today + timedelta(days=1))
                await save_letter_failure(connection, letter_id=letter.letter_id, try_again_on=again_on)
            return POSTPONED
        async with self._database.transaction() as connection:
            # The post has the letter: that is written down even when a hold came in between.
            await find_case(connection, case_id=step.case_id, lock=True)
            await save_deposit(
                connection,
                letter_id=letter.letter_id,
                deposited_on=accepted_on,
                receipt=receipt.receipt,
                given_to=self._post.partner,
            )
            await write_down(
                connection,
                step,
                article="RGS art. 46",
                evidence={
                    "letterId": str(letter.letter_id),
                    "receipt": receipt.receipt,
                    "documentSha256": letter.document_sha256,
                },
                document_id=letter.document_id,
                done_on=accepted_on,
            )
        return TAKEN
