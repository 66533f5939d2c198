"""Gives warrants to the bailiff and takes them back; a bailiff that is away is tried again on a working day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from temporalio import activity

from services.recovery.bailiff.clients import Bailiff
from services.recovery.bailiff.store import (
    find_mandate,
    prepare_mandate,
    save_mandate_failure,
    save_mandate_sent,
    save_withdrawal,
)
from services.recovery.clients import Billing
from services.recovery.debts.rules import open_of_quarters
from services.recovery.debts.service import debtor_of
from services.recovery.ladder.procedure import (
    NOT_DUE,
    NOTHING_OPEN,
    POSTPONED,
    TAKEN,
    StepTaken,
    TakeStep,
    WithdrawMandate,
)
from services.recovery.ladder.service.cases import find_case
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import accepted_day, case_if_due, ensure_task, write_down
from shared.law.calendar import next_working_day
from shared.platform.calls.partners import raise_while_quick
from shared.platform.calls.service_client import CallFailed, PeerRefused
from shared.platform.composition import Activity
from shared.platform.context import AnyContext
from shared.platform.people.documents import read_document

_MANDATES: Final = UUID("3f1d8c7a-0d57-5d0b-9a5e-7c2b44f0a6d9")


class BailiffActivities:
    """The mandate, and its withdrawal when everything was paid before service."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)
        self._bailiff = Bailiff(context.peers.sandbox)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return self.give_mandate, self.withdraw_mandate

    @activity.defn
    async def give_mandate(self, step: TakeStep) -> StepTaken:
        """Give the warrant to the bailiff, unless everything was paid in the last days."""
        items = await self._billing.open_items(step.dossier)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            if not open_of_quarters(items=items, quarters=case.quarters):
                return NOTHING_OPEN
            mandate_id = uuid5(_MANDATES, f"{step.case_id}|{step.attempt}")
            await prepare_mandate(connection, mandate_id=mandate_id, case_id=step.case_id, attempt=step.attempt)
            mandate = await find_mandate(connection, mandate_id=mandate_id)
            if mandate is None:
                return NOT_DUE
            debtor = await debtor_of(connection, dossier=step.dossier, on=step.today)
            document = await read_document(connection, document_id=mandate.document_id)
        try:
            receipt = await self._bailiff.mandate(
                mandate_id=mandate_id,
                file_number=debtor.file_number,
                total_cents=mandate.total_cents,
                document_sha256=mandate.document_sha256,
                content=bytes(document["content"]),
            )
            accepted_on = accepted_day(receipt, peer=self._bailiff.partner, since=mandate.issued_on, today=step.today)
        except CallFailed as error:
            raise_while_quick(error)
            async with self._database.transaction() as connection:
                again_on = next_working_day(step.today + timedelta(days=1))
                await save_mandate_failure(connection, mandate_id=mandate_id, try_again_on=again_on)
            return POSTPONED
        async with self._database.transaction() as connection:
            await find_case(connection, case_id=step.case_id, lock=True)
            await save_mandate_sent(
                connection,
                mandate_id=mandate_id,
                sent_on=accepted_on,
                receipt=receipt.receipt,
                given_to=self._bailiff.partner,
            )
            await write_down(
                connection,
                step,
                article="RGS art. 47bis par. 4",
                evidence={
                    "mandateId": str(mandate_id),
                    "receipt": receipt.receipt,
                    "documentSha256": mandate.document_sha256,
                },
                document_id=mandate.document_id,
                done_on=accepted_on,
            )
        return TAKEN

    @activity.defn
    async def withdraw_mandate(self, request: WithdrawMandate) -> StepTaken:
        """Tell the bailiff to stop; when the warrant was served meanwhile, a person looks at it."""
        async with self._database.transaction() as connection:
            mandate = await find_mandate(connection, case_id=request.case_id)
        if mandate is None or not mandate.is_with_bailiff:
            return NOT_DUE
        too_late = False
        try:
            await self._bailiff.withdraw(mandate_id=mandate.mandate_id)
        except PeerRefused:
            too_late = True
        except CallFailed as error:
            raise_while_quick(error)
            return POSTPONED
        async with self._database.transaction() as connection:
            case = await find_case(connection, case_id=request.case_id, lock=True)
            if not too_late:
                await save_withdrawal(connection, mandate_id=mandate.mandate_id, withdrawn_on=request.today)
            elif case is not None:
                await ensure_task(
                    connection,
                    kind="withdrawalRefused",
                    case=case,
                    today=request.today,
                    law=self._law,
                    details={"mandateId": str(mandate.mandate_id)},
                )
        return TAKEN
