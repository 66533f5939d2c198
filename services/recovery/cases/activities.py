"""The activities of a recovery case. Each one can be done again after a crash at any point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid5

from temporalio import activity

from services.recovery.bailiff.service import deposit_letter, give_mandate, withdraw_mandate
from services.recovery.debts.rules import is_left_for_later, open_of_quarters
from services.recovery.debts.store.surcharges import booked_after_last_reminder
from services.recovery.ladder.procedure import (
    CaseOutlook,
    LookAtCase,
    StepFailed,
    StepResult,
    StepTaken,
    TakeStep,
    WithdrawMandate,
)
from services.recovery.ladder.rules.picture import Outlook, OutlookKind, Step
from services.recovery.ladder.service.cases import (
    CaseRecord,
    close_case,
    find_case,
    refuse_more_debts,
    save_outlook,
    save_trouble,
)
from services.recovery.ladder.service.overdue_debts import take_up_rest
from services.recovery.ladder.service.taking_a_step import (
    COLLECTIONS,
    Toolbox,
    case_if_due,
    end_tasks,
    ensure_task,
    evidence_of,
    keep_paper,
    offers_for,
)
from services.recovery.ladder.store.grounds import contact_history
from services.recovery.ladder.store.steps import record_step
from services.recovery.registered_letters.store import find_mandate, save_registered_letter
from services.recovery.reminders.service import make_letter
from services.recovery.roll_and_warrant.service.roll import draw_up_roll
from services.recovery.roll_and_warrant.service.warrant import issue_warrant
from shared.contracts.recovery_v1 import CaseClosed, CaseOutcome, ReminderKind, ReminderSent
from shared.platform.database import Connection
from shared.platform.outbox import publish
from shared.platform.tasks import open_task

_LETTERS: Final = UUID("7d2b3a4e-52b8-5c83-9f3e-1a6f1c7c5f21")
_TAKEN: Final = StepTaken(result=StepResult.TAKEN)
_NOT_DUE: Final = StepTaken(result=StepResult.NOT_DUE)
_NOTHING_OPEN: Final = StepTaken(result=StepResult.NOTHING_OPEN)


class RecoveryActivities:
    """What the procedure of a case has done for it."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    def all(self) -> list[Callable[..., Any]]:
        """Return every activity, for the worker."""
        return [
            self.look_at_case,
            self.send_reminder,
            self.send_statement,
            self.ask_contact,
            self.make_last_reminder,
            self.deposit_letter,
            self.draw_up_roll,
            self.issue_warrant,
            self.give_mandate,
            self.withdraw_mandate,
            self.end_opposition_period,
            self.report_failure,
        ]

    @activity.defn
    async def look_at_case(self, request: LookAtCase) -> CaseOutlook:
        """Say what a case does next, write it on the case, and see that somebody has a task when nobody else acts."""
        if request.debts_changed:
            await self._close_when_settled(request)
        async with self._tools.database.transaction() as connection:
            case = await find_case(connection, case_id=request.case_id, lock=True)
            if case is None or not case.is_open:
                mandate = await find_mandate(connection, case_id=request.case_id)
                return CaseOutlook(
                    kind=None,
                    step=None,
                    attempt=0,
                    on=request.today,
                    closed=True,
                    outcome=None if case is None else case.outcome,
                    withdraw=mandate is not None and mandate.is_with_bailiff,
                )
            now = await self._tools.rules.outlook_of(connection, case=case, today=request.today)
            await save_outlook(connection, case_id=case.case_id, outlook=now, today=request.today)
            await self._tend_tasks(connection, case=case, now=now, request=request)
        return CaseOutlook(kind=now.kind, step=now.step, attempt=now.attempt, on=now.on)

    async def _tend_tasks(self, connection: Connection, *, case: CaseRecord, now: Outlook, request: LookAtCase) -> None:
        # What failed for a reason that is no rule is still a person's until nothing is due any more.
        failed = {"recoveryStepFailed"} if now.kind is OutlookKind.DUE else set()
        await end_tasks(connection, case=case, keep=failed | {now.task or ""})
        if now.task is not None:
            await ensure_task(
                connection,
                kind=now.task,
                case=case,
                today=request.today,
                rules=self._tools.rules,
                details={"step": now.step.value, "attempt": now.attempt, "article": now.article},
            )

    async def _close_when_settled(self, request: LookAtCase) -> None:
        async with self._tools.database.transaction() as connection:
            case = await find_case(connection, case_id=request.case_id)
        if case is None or not case.is_open:
            return
        items = await self._tools.billing.open_items(case.dossier)
        left = open_of_quarters(items=items, quarters=case.quarters)
        async with self._tools.database.transaction() as connection:
            booked_cents = await booked_after_last_reminder(connection, case_id=case.case_id)
        if left and not is_left_for_later(items=left, booked_cents=booked_cents):
            return
        waived = await self._tools.billing.waived_quarters(case.dossier, case.quarters)
        outcome = CaseOutcome.RELIEVED if waived else CaseOutcome.PAID
        async with self._tools.database.transaction() as connection:
            closed = await close_case(
                connection, case_id=case.case_id, version=case.version, outcome=outcome, today=request.today
            )
            # Not closed: a debt joined while billing was asked; the signal it sent makes the case look again.
            if closed:
                await end_tasks(connection, case=case, keep=set(), everything=True)
                await publish(
                    connection,
                    CaseClosed(dossier=case.dossier, occurred_on=request.today, case_id=case.case_id, outcome=outcome),
                )
                await take_up_rest(connection, case=case, items=left, today=request.today)

    @activity.defn
    async def send_reminder(self, step: TakeStep) -> StepTaken:
        """Send the first, ordinary reminder."""
        return await self._send_ordinary(step, ReminderKind.REMINDER)

    @activity.defn
    async def send_statement(self, step: TakeStep) -> StepTaken:
        """Send the statement of account."""
        return await self._send_ordinary(step, ReminderKind.STATEMENT)

    async def _send_ordinary(self, step: TakeStep, kind: ReminderKind) -> StepTaken:
        tools = self._tools
        async with tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return _NOT_DUE
        items = open_of_quarters(items=await tools.billing.open_items(step.dossier), quarters=case.quarters)
        if not items:
            return _NOTHING_OPEN
        letter = await make_letter(tools, step=step, kind=kind.value, items=items)
        async with tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=tools.rules, step=step)
            if case is None:
                return _NOT_DUE
            document_id = await keep_paper(
                connection,
                paper=letter.paper,
                kind=kind.value,
                case=case,
                step=step,
                language=letter.language,
                file_number=letter.file_number,
            )
            await record_step(
                connection,
                case_id=step.case_id,
                step=step.step,
                attempt=step.attempt,
                done_on=step.today,
                article="policy",
                evidence=evidence_of(items=items, offered=letter.offered, paper=letter.paper),
                document_id=document_id,
            )
            await publish(
                connection,
                ReminderSent(dossier=step.dossier, occurred_on=step.today, case_id=step.case_id, kind=kind),
            )
        return _TAKEN

    @activity.defn
    async def ask_contact(self, step: TakeStep) -> StepTaken:
        """Ask a member of staff to speak with the debtor before anything else happens."""
        tools = self._tools
        items = await tools.billing.open_items(step.dossier)
        async with tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=tools.rules, step=step)
            if case is None:
                return _NOT_DUE
            open_items = open_of_quarters(items=items, quarters=case.quarters)
            if not open_items:
                return _NOTHING_OPEN
            offered = await offers_for(
                connection, rules=tools.rules, dossier=step.dossier, items=open_items, today=step.today
            )
            if not (await contact_history(connection, case_id=step.case_id)).is_on_record:
                await open_task(
                    connection,
                    kind="personalContact",
                    reference=str(step.case_id),
                    dossier=step.dossier,
                    due_on=tools.rules.contact_deadline(case, step.today),
                    role=COLLECTIONS,
                    details={"caseId": str(step.case_id), "offers": [offer.alternative.value for offer in offered]},
                )
            await record_step(
                connection,
                case_id=step.case_id,
                step=Step.CONTACT,
                attempt=step.attempt,
                done_on=step.today,
                article="service commitment",
                evidence={**evidence_of(items=open_items, offered=(), paper=None), "task": "personalContact"},
            )
        return _TAKEN

    @activity.defn
    async def make_last_reminder(self, step: TakeStep) -> StepTaken:
        """Make the registered last reminder of RGS art. 46; it is handed to the post in a step of its own."""
        tools = self._tools
        async with tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return _NOT_DUE
        items = open_of_quarters(items=await tools.billing.open_items(step.dossier), quarters=case.quarters)
        if not items:
            return _NOTHING_OPEN
        letter = await make_letter(tools, step=step, kind="lastReminder", items=items)
        async with tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=tools.rules, step=step)
            if case is None:
                return _NOT_DUE
            document_id = await keep_paper(
                connection,
                paper=letter.paper,
                kind="lastReminder",
                case=case,
                step=step,
                language=letter.language,
                file_number=letter.file_number,
            )
            await save_registered_letter(
                connection,
                letter_id=uuid5(_LETTERS, f"{step.case_id}|{step.attempt}"),
                case_id=step.case_id,
                attempt=step.attempt,
                document_id=document_id,
                document_sha256=letter.paper.sha256,
                sums=items,
                made_on=step.today,
            )
            await refuse_more_debts(connection, case_id=step.case_id)
            await record_step(
                connection,
                case_id=step.case_id,
                step=Step.LAST_REMINDER,
                attempt=step.attempt,
                done_on=step.today,
                article="RGS art. 46",
                evidence={
                    **evidence_of(items=items, offered=letter.offered, paper=letter.paper),
                    "mentions": sorted(letter.mentions),
                    "signatory": letter.signatory,
                },
                document_id=document_id,
            )
        return _TAKEN

    @activity.defn
    async def deposit_letter(self, step: TakeStep) -> StepTaken:
        """Hand the registered last reminder to the post."""
        return await deposit_letter(self._tools, step)

    @activity.defn
    async def draw_up_roll(self, step: TakeStep) -> StepTaken:
        """Draw up the special roll and ask a second person to approve it."""
        return await draw_up_roll(self._tools, step)

    @activity.defn
    async def issue_warrant(self, step: TakeStep) -> StepTaken:
        """Make the approved roll enforceable and issue the warrant."""
        return await issue_warrant(self._tools, step)

    @activity.defn
    async def give_mandate(self, step: TakeStep) -> StepTaken:
        """Give the warrant to the bailiff."""
        return await give_mandate(self._tools, step)

    @activity.defn
    async def withdraw_mandate(self, request: WithdrawMandate) -> StepTaken:
        """Tell the bailiff that everything was paid before the warrant was served."""
        return await withdraw_mandate(self._tools, request)

    @activity.defn
    async def end_opposition_period(self, step: TakeStep) -> StepTaken:
        """Write down that the month of opposition is over; the bailiff goes on (RGS art. 47bis par. 5 and 6)."""
        items = await self._tools.billing.open_items(step.dossier)
        async with self._tools.database.transaction() as connection:
            case = await case_if_due(connection, rules=self._tools.rules, step=step)
            if case is None:
                return _NOT_DUE
            open_items = open_of_quarters(items=items, quarters=case.quarters)
            if not open_items:
                return _NOTHING_OPEN
            await record_step(
                connection,
                case_id=step.case_id,
                step=Step.OPPOSITION_END,
                attempt=step.attempt,
                done_on=step.today,
                article="RGS art. 47bis par. 5",
                evidence=evidence_of(items=open_items, offered=(), paper=None),
            )
        return _TAKEN

    @activity.defn
    async def report_failure(self, failed: StepFailed) -> None:
        """Tell a person that a step failed; the procedure tries again on the next day."""
        async with self._tools.database.transaction() as connection:
            case = await find_case(connection, case_id=failed.case_id, lock=True)
            if case is None or not case.is_open:
                return
            await save_trouble(connection, case_id=failed.case_id, today=failed.today)
            await ensure_task(
                connection,
                kind="recoveryStepFailed",
                case=case,
                today=failed.today,
                rules=self._tools.rules,
                details={"step": failed.step.value},
            )
