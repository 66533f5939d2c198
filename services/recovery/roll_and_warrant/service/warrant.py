"""Makes the approved roll enforceable and issues the warrant on exactly what was approved (RGS art. 47bis)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from services.recovery.clients import DebtorIdentity
from services.recovery.debts.rules import open_of_quarters
from services.recovery.ladder.procedure import StepResult, StepTaken, TakeStep
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.taking_a_step import (
    Paper,
    Toolbox,
    case_if_due,
    evidence_of,
    keep_paper,
    make_paper,
)
from services.recovery.ladder.store.steps import record_step
from services.recovery.registered_letters.store import find_roll, save_warrant, supersede_roll
from services.recovery.reminders.letters import content
from services.recovery.reminders.letters.content import signature_of
from services.recovery.reminders.letters.wording import words_of
from services.recovery.reminders.service import frame_of
from services.recovery.roll_and_warrant import letters as warrant
from services.recovery.roll_and_warrant.rules import Roll, RollDraft, bound_payload, complete_roll
from services.recovery.roll_and_warrant.service.roll import (
    ACTION,
    DESIGNATED_FOR,
    creditor_of,
    debtor_of,
    draft_of,
    roll_id_of,
)
from shared.contracts.recovery_v1 import WarrantIssued
from shared.law.fund import Signatory
from shared.platform.approvals import payload_digest, require_approval
from shared.platform.database import Connection
from shared.platform.outbox import publish

_WARRANTS: Final = UUID("c4c5f7b2-3d52-5b1f-8e0e-2f8f5d1b7a90")


async def issue_warrant(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Issue the warrant, if what is owed is still exactly what was approved; else the roll is superseded.

    The approval is checked inside the transaction that issues. Who approved gives the visa and issues the warrant: it
    is that name which is printed, and that person must still be designated on the day.

    Raises:
        FundFileInvalid: nobody is designated to make a roll enforceable and to issue a warrant.
    """
    items = await tools.billing.open_items(step.dossier)
    identity = await tools.affiliation.identity(step.dossier, purpose="recovery.warrant")
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if not open_of_quarters(items=items, quarters=case.quarters):
            return StepTaken(result=StepResult.NOTHING_OPEN)
        draft = await draft_of(tools, connection, case=case, items=items, step=step)
        payload = await _approved_payload(connection, step=step, draft=draft)
        approver = None if payload is None else await _approver(tools, connection, step=step, payload=payload)
        if draft is None or payload is None or approver is None:
            await supersede_roll(connection, roll_id=roll_id_of(step))
            return StepTaken(result=StepResult.TAKEN)
        frame = await frame_of(tools, connection, step=step, identity=identity, items=draft.items)
    roll = _complete(tools, draft=draft, identity=identity, step=step, approver=approver)
    data = warrant.warrant(
        frame,
        roll,
        signatory=approver,
        pay_hours=tools.rules.parameters.integer("recovery.warrantPayHours", on=step.today),
        opposition_months=tools.rules.law_on(step.today).opposition_months,
    )
    paper = await make_paper(content.TEMPLATE, data)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if await draft_of(tools, connection, case=case, items=items, step=step) != draft:
            return StepTaken(result=StepResult.NOT_DUE)
        approved_by = await require_approval(
            connection, action=ACTION, reference=str(roll_id_of(step)), payload=payload
        )
        await _issue(
            connection,
            case=case,
            step=step,
            roll=roll,
            paper=paper,
            identity=identity,
            evidence={
                **evidence_of(items=draft.items, offered=frame.offered, paper=paper),
                "payloadSha256": payload_digest(payload),
                "approvedBy": approved_by,
            },
        )
    return StepTaken(result=StepResult.TAKEN)


async def _approved_payload(
    connection: Connection, *, step: TakeStep, draft: RollDraft | None
) -> dict[str, Any] | None:
    """Return what was approved, with the paper on which it was read; None when what is owed now differs from it."""
    roll = await find_roll(connection, case_id=step.case_id)
    if roll is None or roll.payload is None or draft is None:
        return None
    now = bound_payload(draft, paper_sha256=str(roll.payload.get("paperSha256")))
    return now if now == roll.payload else None


async def _approver(
    tools: Toolbox, connection: Connection, *, step: TakeStep, payload: dict[str, Any]
) -> Signatory | None:
    """Return the designated person who approved; None when that person is no longer designated today."""
    approved_by = await require_approval(connection, action=ACTION, reference=str(roll_id_of(step)), payload=payload)
    designated = tools.rules.fund_on(step.today).designated_for(*DESIGNATED_FOR, on=step.today)
    return next((person for person in designated if person.subject == approved_by), None)


async def _issue(
    connection: Connection,
    *,
    case: CaseRecord,
    step: TakeStep,
    roll: Roll,
    paper: Paper,
    identity: DebtorIdentity,
    evidence: dict[str, Any],
) -> None:
    roll_id = roll_id_of(step)
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
            **evidence,
            "rollId": str(roll_id),
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


def _complete(
    tools: Toolbox, *, draft: RollDraft, identity: DebtorIdentity, step: TakeStep, approver: Signatory
) -> Roll:
    fund = tools.rules.fund_on(step.today)
    signature = signature_of(words_of(identity.language), approver)
    return complete_roll(
        draft=draft,
        fund=creditor_of(fund, identity.language.value),
        debtor=debtor_of(identity),
        visa_on=step.today,
        sent_on=step.today,
        pay_until=step.today + timedelta(days=fund.policy.roll_payment_days),
        visa_by=signature,
        issued_by=signature,
    )
