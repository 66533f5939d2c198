"""Draws up the special roll, asks approval, and issues the warrant on exactly what was approved (RGS art. 47bis)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from services.recovery.activities.letters import frame_of
from services.recovery.activities.messages import StepResult, StepTaken, TakeStep, workflow_id_of
from services.recovery.activities.work import Paper, Toolbox, case_if_due, evidence_of, keep_paper, make_paper
from services.recovery.clients import DebtorIdentity
from services.recovery.domain.debts import OpenItem, open_of_quarters
from services.recovery.domain.humane import Offer
from services.recovery.domain.ladder import contest_deadline
from services.recovery.domain.picture import Step
from services.recovery.domain.roll import (
    CreditorFund,
    Debtor,
    LastReminderEvidence,
    Remedy,
    Roll,
    RollDraft,
    complete_roll,
    sums_for_warrant,
)
from services.recovery.letters import content
from services.recovery.letters.content import signature_of
from services.recovery.letters.wording import words_of
from services.recovery.store.cases import CaseRecord
from services.recovery.store.debtors import find_debtor
from services.recovery.store.grounds import contact_history, grounds_of
from services.recovery.store.papers import find_roll, save_roll, save_warrant, supersede_roll
from services.recovery.store.picture import (
    contested_quarters,
    listed_sums,
    load_picture,
)
from services.recovery.store.steps import record_step
from shared.contracts.recovery_v1 import WarrantIssued
from shared.platform.approvals import payload_digest, request_approval, require_approval
from shared.platform.database import Connection
from shared.platform.outbox import publish

#: The irreversible act that a second person approves.
ACTION: Final = "issueWarrant"
_ROLLS: Final = UUID("5a0c6a0e-6e0e-5d7c-8a55-64e0b7f2c1d3")
_WARRANTS: Final = UUID("c4c5f7b2-3d52-5b1f-8e0e-2f8f5d1b7a90")
_REMEDIES: Final = (Remedy.OPPOSITION_WITHIN_ONE_MONTH, Remedy.LATER_INSTALMENTS_WITH_BAILIFF)


async def draw_up_roll(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Draw up the roll and ask a second person to approve it; without sums it stays a case for a person."""
    items = await tools.billing.open_items(step.dossier)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if not open_of_quarters(items=items, quarters=case.quarters):
            return StepTaken(result=StepResult.NOTHING_OPEN)
        draft = await _draft(tools, connection, case=case, items=items, step=step)
        roll_id = uuid5(_ROLLS, f"{step.case_id}|{step.attempt}")
        approval_id = None
        if draft is not None:
            approval_id = await _ask_approval(connection, step=step, roll_id=roll_id, draft=draft)
        payload = None if draft is None else draft.payload()
        await save_roll(
            connection,
            roll_id=roll_id,
            case_id=step.case_id,
            attempt=step.attempt,
            requested_on=step.today,
            payload=payload,
            approval_id=approval_id,
        )
        await record_step(
            connection,
            case_id=step.case_id,
            step=Step.ROLL,
            attempt=step.attempt,
            done_on=step.today,
            article="RGS art. 47bis par. 2",
            evidence=_roll_evidence(roll_id, approval_id, payload),
        )
    return StepTaken(result=StepResult.TAKEN)


def _roll_evidence(roll_id: UUID, approval_id: UUID | None, payload: dict[str, Any] | None) -> dict[str, Any]:
    if payload is None:
        return {"rollId": str(roll_id), "result": "noSumForWarrant"}
    return {"rollId": str(roll_id), "approvalId": str(approval_id), "payloadSha256": payload_digest(payload)}


async def _ask_approval(connection: Connection, *, step: TakeStep, roll_id: UUID, draft: RollDraft) -> UUID:
    """Ask for the second person; the first is who spoke with the debtor, for on that word the warrant rests."""
    debtor = await find_debtor(connection, dossier=step.dossier, on=step.today)
    first_person = (await contact_history(connection, case_id=step.case_id)).recorded_by
    if first_person is None:
        raise LookupError("a roll without a personal contact or a justified exception")
    return await request_approval(
        connection,
        action=ACTION,
        reference=str(roll_id),
        payload=draft.payload(),
        requested_by=first_person,
        summary={
            "caseId": str(step.case_id),
            "fileNumber": None if debtor is None else debtor.file_number,
            **{name: value for name, value in draft.payload().items() if name not in {"caseId", "dossier"}},
        },
        workflow_id=workflow_id_of(step.case_id),
        dossier=step.dossier,
        role="teamLead",
    )


async def issue_warrant(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Issue the warrant, if what is owed is still exactly what was approved; else the roll is superseded.

    The approval is checked inside the transaction that issues.
    """
    items = await tools.billing.open_items(step.dossier)
    identity = await tools.affiliation.identity(step.dossier, purpose="recovery.warrant")
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if not open_of_quarters(items=items, quarters=case.quarters):
            return StepTaken(result=StepResult.NOTHING_OPEN)
        draft = await _draft(tools, connection, case=case, items=items, step=step)
        superseded = await _superseded(connection, step=step, draft=draft)
        if draft is None or superseded:
            return StepTaken(result=StepResult.TAKEN)
        frame = await frame_of(tools, connection, step=step, identity=identity, items=draft.items)
    roll = _complete(tools, draft=draft, identity=identity, step=step)
    law = tools.rules.law_on(step.today)
    data = content.warrant(
        frame,
        roll,
        pay_hours=tools.rules.parameters.integer("recovery.warrantPayHours", on=step.today),
        opposition_months=law.opposition_months,
    )
    paper = await make_paper(content.TEMPLATE, data)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        again = await _draft(tools, connection, case=case, items=items, step=step)
        if again is None or again.payload() != draft.payload():
            return StepTaken(result=StepResult.NOT_DUE)
        await _issue(connection, case=case, step=step, roll=roll, paper=paper, identity=identity, offered=frame.offered)
    return StepTaken(result=StepResult.TAKEN)


async def _superseded(connection: Connection, *, step: TakeStep, draft: RollDraft | None) -> bool:
    """Return whether what is owed now differs from what was approved; the roll is then put aside."""
    roll = await find_roll(connection, case_id=step.case_id)
    if roll is None or (draft is not None and roll.payload == draft.payload()):
        return False
    await supersede_roll(connection, roll_id=roll.roll_id)
    return True


async def _issue(
    connection: Connection,
    *,
    case: CaseRecord,
    step: TakeStep,
    roll: Roll,
    paper: Paper,
    identity: DebtorIdentity,
    offered: tuple[Offer, ...],
) -> None:
    roll_id = uuid5(_ROLLS, f"{step.case_id}|{step.attempt}")
    payload = roll.draft.payload()
    await require_approval(connection, action=ACTION, reference=str(roll_id), payload=payload)
    document_id = await keep_paper(
        connection,
        paper=paper,
        kind="warrant",
        case=case,
        step=step,
        language=identity.language.value,
        file_number=identity.file_number,
    )
    warrant_id = uuid5(_WARRANTS, str(step.case_id))
    quarters = tuple(str(quarter) for quarter in roll.draft.quarters)
    await save_warrant(
        connection,
        warrant_id=warrant_id,
        case_id=step.case_id,
        roll_id=roll_id,
        issued_on=roll.visa_on,
        pay_until=roll.pay_until,
        total_cents=roll.draft.total_cents,
        quarters=quarters,
        visa_by=roll.visa_by,
        issued_by=roll.issued_by,
        document_id=document_id,
        document_sha256=paper.sha256,
    )
    await record_step(
        connection,
        case_id=step.case_id,
        step=Step.WARRANT,
        attempt=step.attempt,
        done_on=step.today,
        article="RGS art. 47bis par. 3",
        evidence={
            **evidence_of(items=roll.draft.items, offered=offered, paper=paper),
            "rollId": str(roll_id),
            "payloadSha256": payload_digest(payload),
            "visaOn": roll.visa_on.isoformat(),
            "payUntil": roll.pay_until.isoformat(),
            "visaBy": roll.visa_by,
            "issuedBy": roll.issued_by,
        },
        document_id=document_id,
    )
    await publish(
        connection,
        WarrantIssued(
            dossier=step.dossier,
            occurred_on=step.today,
            case_id=step.case_id,
            warrant_id=warrant_id,
            quarters=quarters,
            total_cents=roll.draft.total_cents,
        ),
    )


def _complete(tools: Toolbox, *, draft: RollDraft, identity: DebtorIdentity, step: TakeStep) -> Roll:
    fund = tools.rules.fund_on(step.today)
    words = words_of(identity.language)
    language = identity.language.value
    address = fund.address
    city = f"{address.postal_code} {address.city[language]}"
    return complete_roll(
        draft=draft,
        fund=CreditorFund(
            name=fund.name[language],
            number=fund.number,
            address=f"{address.street[language]} {address.house_number}, {city}",
        ),
        debtor=Debtor(
            name=identity.name,
            address=identity.address,
            national_number=identity.national_number,
            enterprise_number=identity.enterprise_number,
        ),
        visa_on=step.today,
        sent_on=step.today,
        pay_until=step.today + timedelta(days=fund.policy.roll_payment_days),
        visa_by=signature_of(words, fund.signatory_of("roll")),
        issued_by=signature_of(words, fund.signatory_of("warrant")),
    )


async def _draft(
    tools: Toolbox, connection: Connection, *, case: CaseRecord, items: tuple[OpenItem, ...], step: TakeStep
) -> RollDraft | None:
    """Return the roll as the rows and the open debts make it now; None when no sum may go on it."""
    picture = await load_picture(connection, case=case, today=step.today)
    letter = picture.letter
    if letter is None or letter.notified_on is None or letter.deposited_on is None:
        return None
    if picture.reminder_on is None or picture.statement_on is None:
        return None
    listed = await listed_sums(connection, case_id=case.case_id)
    contested = await contested_quarters(connection, case_id=case.case_id)
    prescriptions = await tools.rules.prescriptions(
        connection, case_id=case.case_id, quarters=case.quarters, today=step.today
    )
    sums = sums_for_warrant(
        items=open_of_quarters(items=items, quarters=case.quarters),
        listed={sum_of: cents for sum_of, cents in listed.items() if sum_of[0] not in contested},
        prescriptions=prescriptions,
        today=step.today,
    )
    if not sums:
        return None
    quarters = {item.quarter for item in sums}
    grounds = await grounds_of(connection, case_id=case.case_id, quarters=quarters, today=step.today)
    if not grounds.contact.is_on_record:
        return None
    law = tools.rules.law_on(step.today)
    return RollDraft(
        case_id=case.case_id,
        dossier=case.dossier,
        fund_number=tools.rules.fund_on(step.today).number,
        items=sums,
        grounds=grounds,
        reminder_on=picture.reminder_on,
        statement_on=picture.statement_on,
        last_reminder=LastReminderEvidence(
            sent_on=letter.deposited_on,
            notified_on=letter.notified_on,
            last_day_to_contest=contest_deadline(notified_on=letter.notified_on, law=law),
            quarters=frozenset(quarter for quarter, _kind in listed),
        ),
        remedies=_REMEDIES,
    )
