"""Looks at a case and sees that somebody has a task when nobody else acts; each can be done again after a crash."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio import activity

from services.recovery.bailiff.service import find_mandate
from services.recovery.clients import Billing
from services.recovery.debts.rules import is_left_for_later, open_of_quarters
from services.recovery.debts.service import booked_after_last_reminder
from services.recovery.ladder.procedure import CaseOutlook, LookAtCase, StepFailed
from services.recovery.ladder.rules.picture import Outlook, OutlookKind
from services.recovery.ladder.service.cases import (
    CaseRecord,
    close_case,
    find_case,
    save_outlook,
    save_trouble,
    take_up_rest,
)
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import end_tasks, ensure_task
from shared.contracts.recovery_v1 import CaseClosed, CaseOutcome
from shared.platform.composition import Activity
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish


class CaseActivities:
    """What the procedure of a case has done for it besides its steps."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return self.look_at_case, self.report_failure

    @activity.defn
    async def look_at_case(self, request: LookAtCase) -> CaseOutlook:
        """Say what a case does next, write it on the case, and see that somebody has a task when nobody else acts."""
        if request.debts_changed:
            await self._close_when_settled(request)
        async with self._database.transaction() as connection:
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
            now = await self._law.outlook_of(connection, case=case, today=request.today)
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
                law=self._law,
                details={"step": now.step.value, "attempt": now.attempt, "article": now.article},
            )

    async def _close_when_settled(self, request: LookAtCase) -> None:
        async with self._database.transaction() as connection:
            case = await find_case(connection, case_id=request.case_id)
        if case is None or not case.is_open:
            return
        items = await self._billing.open_items(case.dossier)
        left = open_of_quarters(items=items, quarters=case.quarters)
        async with self._database.transaction() as connection:
            booked_cents = await booked_after_last_reminder(connection, case_id=case.case_id)
        if left and not is_left_for_later(items=left, booked_cents=booked_cents):
            return
        waived = await self._billing.waived_quarters(case.dossier, case.quarters)
        outcome = CaseOutcome.RELIEVED if waived else CaseOutcome.PAID
        async with self._database.transaction() as connection:
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
    async def report_failure(self, failed: StepFailed) -> None:
        """Tell a person that a step failed; the procedure tries again on the next day."""
        async with self._database.transaction() as connection:
            case = await find_case(connection, case_id=failed.case_id, lock=True)
            if case is None or not case.is_open:
                return
            await save_trouble(connection, case_id=failed.case_id, today=failed.today)
            await ensure_task(
                connection,
                kind="recoveryStepFailed",
                case=case,
                today=failed.today,
                law=self._law,
                details={"step": failed.step.value},
            )
