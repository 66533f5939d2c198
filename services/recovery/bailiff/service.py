"""Gives the post and the bailiff what they must deliver; a partner that is away is tried again on a working day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from services.recovery.debts.rules import open_of_quarters
from services.recovery.debts.store.debtors import DebtorRecord, find_debtor
from services.recovery.ladder.procedure import StepResult, StepTaken, TakeStep, WithdrawMandate
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import find_case
from services.recovery.ladder.service.taking_a_step import Toolbox, case_if_due, ensure_task
from services.recovery.ladder.store.steps import record_step
from services.recovery.registered_letters.store import (
    find_letter,
    find_mandate,
    prepare_mandate,
    save_deposit,
    save_letter_failure,
    save_mandate_failure,
    save_mandate_sent,
    save_withdrawal,
)
from shared.law.calendar import next_working_day
from shared.platform.database import Connection
from shared.platform.documents import read_document
from shared.platform.partners import Receipt, raise_while_quick
from shared.platform.service_client import CallFailed, PeerNonsense, PeerRefused

_MANDATES: Final = UUID("3f1d8c7a-0d57-5d0b-9a5e-7c2b44f0a6d9")


class DebtorUnknown(LookupError):
    """Affiliation has not told anything about a debtor yet."""


async def deposit_letter(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Hand the last reminder to the post and keep its receipt."""
    async with tools.database.transaction() as connection:
        if await case_if_due(connection, rules=tools.rules, step=step) is None:
            return StepTaken(result=StepResult.NOT_DUE)
        letter = await find_letter(connection, case_id=step.case_id)
        if letter is None:
            return StepTaken(result=StepResult.NOT_DUE)
        debtor = await _debtor(connection, step)
        document = await read_document(connection, document_id=letter.document_id)
    try:
        receipt = await tools.post.deposit(
            reference=letter.letter_id,
            file_number=debtor.file_number,
            language=debtor.language,
            document_sha256=letter.document_sha256,
            content=bytes(document["content"]),
        )
        accepted_on = accepted_day(receipt, peer=tools.post.partner, since=letter.made_on, today=step.today)
    except CallFailed as error:
        raise_while_quick(error)
        return await _letter_postponed(tools, step, letter_id=letter.letter_id)
    async with tools.database.transaction() as connection:
        # The post has the letter: that is written down even when a hold came in between.
        await find_case(connection, case_id=step.case_id, lock=True)
        await save_deposit(
            connection,
            letter_id=letter.letter_id,
            deposited_on=accepted_on,
            receipt=receipt.receipt,
            given_to=tools.post.partner,
        )
        await record_step(
            connection,
            case_id=step.case_id,
            step=Step.DEPOSIT,
            attempt=step.attempt,
            done_on=accepted_on,
            article="RGS art. 46",
            evidence={
                "letterId": str(letter.letter_id),
                "receipt": receipt.receipt,
                "documentSha256": letter.document_sha256,
            },
            document_id=letter.document_id,
        )
    return StepTaken(result=StepResult.TAKEN)


async def give_mandate(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Give the warrant to the bailiff, unless everything was paid in the last days."""
    items = await tools.billing.open_items(step.dossier)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if not open_of_quarters(items=items, quarters=case.quarters):
            return StepTaken(result=StepResult.NOTHING_OPEN)
        mandate_id = uuid5(_MANDATES, f"{step.case_id}|{step.attempt}")
        await prepare_mandate(connection, mandate_id=mandate_id, case_id=step.case_id, attempt=step.attempt)
        mandate = await find_mandate(connection, mandate_id=mandate_id)
        if mandate is None:
            return StepTaken(result=StepResult.NOT_DUE)
        debtor = await _debtor(connection, step)
        document = await read_document(connection, document_id=mandate.document_id)
    try:
        receipt = await tools.bailiff.mandate(
            mandate_id=mandate_id,
            file_number=debtor.file_number,
            total_cents=mandate.total_cents,
            document_sha256=mandate.document_sha256,
            content=bytes(document["content"]),
        )
        accepted_on = accepted_day(receipt, peer=tools.bailiff.partner, since=mandate.issued_on, today=step.today)
    except CallFailed as error:
        raise_while_quick(error)
        return await _mandate_postponed(tools, step, mandate_id=mandate_id)
    async with tools.database.transaction() as connection:
        await find_case(connection, case_id=step.case_id, lock=True)
        await save_mandate_sent(
            connection,
            mandate_id=mandate_id,
            sent_on=accepted_on,
            receipt=receipt.receipt,
            given_to=tools.bailiff.partner,
        )
        await record_step(
            connection,
            case_id=step.case_id,
            step=Step.MANDATE,
            attempt=step.attempt,
            done_on=accepted_on,
            article="RGS art. 47bis par. 4",
            evidence={
                "mandateId": str(mandate_id),
                "receipt": receipt.receipt,
                "documentSha256": mandate.document_sha256,
            },
            document_id=mandate.document_id,
        )
    return StepTaken(result=StepResult.TAKEN)


async def withdraw_mandate(tools: Toolbox, request: WithdrawMandate) -> StepTaken:
    """Tell the bailiff to stop; when the warrant was served meanwhile, a person looks at it."""
    async with tools.database.transaction() as connection:
        mandate = await find_mandate(connection, case_id=request.case_id)
    if mandate is None or not mandate.is_with_bailiff:
        return StepTaken(result=StepResult.NOT_DUE)
    too_late = False
    try:
        await tools.bailiff.withdraw(mandate_id=mandate.mandate_id)
    except PeerRefused:
        too_late = True
    except CallFailed as error:
        raise_while_quick(error)
        return StepTaken(result=StepResult.POSTPONED)
    async with tools.database.transaction() as connection:
        case = await find_case(connection, case_id=request.case_id, lock=True)
        if not too_late:
            await save_withdrawal(connection, mandate_id=mandate.mandate_id, withdrawn_on=request.today)
        elif case is not None:
            await ensure_task(
                connection,
                kind="withdrawalRefused",
                case=case,
                today=request.today,
                rules=tools.rules,
                details={"mandateId": str(mandate.mandate_id)},
            )
    return StepTaken(result=StepResult.TAKEN)


def accepted_day(receipt: Receipt, *, peer: str, since: date, today: date) -> date:
    """Return the day on which a partner took something in, from which the law counts.

    It is the partner's word and not today: who asks again after a crash, maybe past midnight, gets the first receipt.

    Raises:
        PeerNonsense: the partner names a day before there was anything to take in, or one that is yet to come.
    """
    # A step that began before midnight may be taken in after it.
    if not since <= receipt.accepted_on <= today + timedelta(days=1):
        raise PeerNonsense(peer, "a receipt with an impossible day")
    return receipt.accepted_on


async def _debtor(connection: Connection, step: TakeStep) -> DebtorRecord:
    debtor = await find_debtor(connection, dossier=step.dossier, on=step.today)
    if debtor is None:
        raise DebtorUnknown(f"affiliation told nothing yet about dossier {step.dossier}")
    return debtor


async def _letter_postponed(tools: Toolbox, step: TakeStep, *, letter_id: UUID) -> StepTaken:
    async with tools.database.transaction() as connection:
        await save_letter_failure(
            connection, letter_id=letter_id, try_again_on=next_working_day(step.today + timedelta(days=1))
        )
    return StepTaken(result=StepResult.POSTPONED)


async def _mandate_postponed(tools: Toolbox, step: TakeStep, *, mandate_id: UUID) -> StepTaken:
    async with tools.database.transaction() as connection:
        await save_mandate_failure(
            connection, mandate_id=mandate_id, try_again_on=next_working_day(step.today + timedelta(days=1))
        )
    return StepTaken(result=StepResult.POSTPONED)
