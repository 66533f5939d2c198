"""Draws up the special roll, makes the approved one enforceable and issues the warrant (RGS art. 47bis)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity

from services.recovery.clients import Affiliation, Billing
from services.recovery.debts.rules import DebtorIdentity, open_of_quarters
from services.recovery.ladder.procedure import NOT_DUE, NOTHING_OPEN, TAKEN, StepTaken, TakeStep
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import case_if_due, evidence_of
from services.recovery.reminders.letters.content import Frame, signature_of
from services.recovery.reminders.service import Paper, frame_of, make_paper
from services.recovery.roll_and_warrant import letters
from services.recovery.roll_and_warrant.rules import Roll, RollDraft, complete_roll, creditor_of, debtor_of
from services.recovery.roll_and_warrant.service import (
    approved_payload,
    approver_of,
    draft_of,
    issue,
    keep_roll,
    supersede,
)
from shared.law.fund import Signatory
from shared.platform.composition import Activity
from shared.platform.context import AnyContext


class WarrantActivities:
    """The roll, put before a designated person with its paper, and the warrant."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)
        self._affiliation = Affiliation(context.peers.affiliation)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return self.draw_up_roll, self.issue_warrant

    @activity.defn
    async def draw_up_roll(self, step: TakeStep) -> StepTaken:
        """Draw up the roll and ask a designated person to approve it; without sums it stays a case for a person.

        Raises:
            FundFileInvalid: nobody is designated to make a roll enforceable and to issue a warrant.
        """
        items = await self._billing.open_items(step.dossier)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            if not open_of_quarters(items=items, quarters=case.quarters):
                return NOTHING_OPEN
            draft = await draft_of(connection, law=self._law, case=case, items=items, today=step.today)
        identity = None if draft is None else await self._affiliation.identity(step.dossier, purpose="recovery.roll")
        paper = None
        if draft is not None and identity is not None:
            paper = await self._draft_paper(step, draft=draft, identity=identity)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            if await draft_of(connection, law=self._law, case=case, items=items, today=step.today) != draft:
                return NOT_DUE
            await keep_roll(
                connection, law=self._law, case=case, step=step, draft=draft, identity=identity, paper=paper
            )
        return TAKEN

    async def _draft_paper(self, step: TakeStep, *, draft: RollDraft, identity: DebtorIdentity) -> Paper:
        """Return the roll as the person who decides reads it, marked as a draft."""
        async with self._database.transaction() as connection:
            frame = await frame_of(connection, law=self._law, step=step, identity=identity, items=draft.items)
        letter = letters.roll_draft(
            frame,
            draft,
            fund=creditor_of(frame.fund, identity.language.value),
            debtor=debtor_of(identity),
            signatory=frame.fund.signatory_of("letter"),
            opposition_months=self._law.periods_on(step.today).opposition_months,
        )
        return await make_paper(letter)

    @activity.defn
    async def issue_warrant(self, step: TakeStep) -> StepTaken:
        """Issue the warrant, if what is owed is still exactly what was approved; else the roll is superseded.

        The approval is checked inside the transaction that issues. Who approved gives the visa and issues the warrant:
        it is that name which is printed, and that person must still be designated on the day.

        Raises:
            FundFileInvalid: nobody is designated to make a roll enforceable and to issue a warrant.
        """
        items = await self._billing.open_items(step.dossier)
        identity = await self._affiliation.identity(step.dossier, purpose="recovery.warrant")
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            if not open_of_quarters(items=items, quarters=case.quarters):
                return NOTHING_OPEN
            draft = await draft_of(connection, law=self._law, case=case, items=items, today=step.today)
            payload = await approved_payload(connection, step=step, draft=draft)
            approver = (
                None if payload is None else await approver_of(connection, law=self._law, step=step, payload=payload)
            )
            if draft is None or payload is None or approver is None:
                await supersede(connection, step=step)
                return TAKEN
            frame = await frame_of(connection, law=self._law, step=step, identity=identity, items=draft.items)
        roll = _complete(frame, draft=draft, approver=approver)
        letter = letters.warrant(
            frame,
            roll,
            signatory=approver,
            pay_hours=self._law.parameters.integer("recovery.warrantPayHours", on=step.today),
            opposition_months=self._law.periods_on(step.today).opposition_months,
        )
        paper = await make_paper(letter)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            if await draft_of(connection, law=self._law, case=case, items=items, today=step.today) != draft:
                return NOT_DUE
            await issue(
                connection,
                case=case,
                step=step,
                roll=roll,
                paper=paper,
                identity=identity,
                payload=payload,
                evidence=evidence_of(items=draft.items, offered=frame.offered, paper_sha256=paper.sha256),
            )
        return TAKEN


def _complete(frame: Frame, *, draft: RollDraft, approver: Signatory) -> Roll:
    signature = signature_of(frame.words, approver)
    return complete_roll(
        draft=draft,
        fund=creditor_of(frame.fund, frame.identity.language.value),
        debtor=debtor_of(frame.identity),
        visa_on=frame.today,
        sent_on=frame.today,
        pay_until=frame.today + timedelta(days=frame.fund.policy.roll_payment_days),
        visa_by=signature,
        issued_by=signature,
    )
