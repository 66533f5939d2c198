"""Draws up the special roll, and asks a designated person to approve it with its paper at hand (RGS art. 47bis)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5

from services.recovery.clients import DebtorIdentity
from services.recovery.debts.rules import OpenItem, open_of_quarters
from services.recovery.ladder.procedure import StepResult, StepTaken, TakeStep, workflow_id_of
from services.recovery.ladder.rules.ladder import contest_deadline
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.picture import contested_quarters, listed_sums, load_picture
from services.recovery.ladder.service.taking_a_step import Paper, Toolbox, case_if_due, keep_paper, make_paper
from services.recovery.ladder.store.grounds import contact_history, grounds_of
from services.recovery.ladder.store.steps import record_step
from services.recovery.registered_letters.store import save_roll
from services.recovery.reminders.letters import content
from services.recovery.reminders.service import frame_of
from services.recovery.roll_and_warrant import letters as warrant
from services.recovery.roll_and_warrant.rules import (
    CreditorFund,
    Debtor,
    LastReminderEvidence,
    Remedy,
    RollDraft,
    bound_payload,
    sums_for_warrant,
)
from shared.law.fund import FundSettings
from shared.platform.approvals import payload_digest, request_approval
from shared.platform.database import Connection

#: The irreversible act that a second person approves.
ACTION: Final = "issueWarrant"
#: What the fund designates that person for: the visa on the roll, and the warrant.
DESIGNATED_FOR: Final = ("roll", "warrant")
_ROLLS: Final = UUID("5a0c6a0e-6e0e-5d7c-8a55-64e0b7f2c1d3")
_REMEDIES: Final = (Remedy.OPPOSITION_WITHIN_ONE_MONTH, Remedy.LATER_INSTALMENTS_WITH_BAILIFF)


def roll_id_of(step: TakeStep) -> UUID:
    """Return the id of the roll of an attempt."""
    return uuid5(_ROLLS, f"{step.case_id}|{step.attempt}")


async def draw_up_roll(tools: Toolbox, step: TakeStep) -> StepTaken:
    """Draw up the roll and ask a designated person to approve it; without sums it stays a case for a person.

    Raises:
        FundFileInvalid: nobody is designated to make a roll enforceable and to issue a warrant.
    """
    items = await tools.billing.open_items(step.dossier)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if not open_of_quarters(items=items, quarters=case.quarters):
            return StepTaken(result=StepResult.NOTHING_OPEN)
        draft = await draft_of(tools, connection, case=case, items=items, step=step)
    identity = None if draft is None else await tools.affiliation.identity(step.dossier, purpose="recovery.roll")
    paper = None
    if draft is not None and identity is not None:
        paper = await _paper(tools, step=step, draft=draft, identity=identity)
    async with tools.database.transaction() as connection:
        case = await case_if_due(connection, rules=tools.rules, step=step)
        if case is None:
            return StepTaken(result=StepResult.NOT_DUE)
        if await draft_of(tools, connection, case=case, items=items, step=step) != draft:
            return StepTaken(result=StepResult.NOT_DUE)
        await _keep(tools, connection, case=case, step=step, draft=draft, identity=identity, paper=paper)
    return StepTaken(result=StepResult.TAKEN)


async def _paper(tools: Toolbox, *, step: TakeStep, draft: RollDraft, identity: DebtorIdentity) -> Paper:
    """Return the roll as the person who decides reads it, marked as a draft."""
    async with tools.database.transaction() as connection:
        frame = await frame_of(tools, connection, step=step, identity=identity, items=draft.items)
    data = warrant.roll_draft(
        frame,
        draft,
        fund=creditor_of(frame.fund, identity.language.value),
        debtor=debtor_of(identity),
        signatory=frame.fund.signatory_of("letter"),
        opposition_months=tools.rules.law_on(step.today).opposition_months,
    )
    return await make_paper(content.TEMPLATE, data)


async def _keep(
    tools: Toolbox,
    connection: Connection,
    *,
    case: CaseRecord,
    step: TakeStep,
    draft: RollDraft | None,
    identity: DebtorIdentity | None,
    paper: Paper | None,
) -> None:
    """Keep the roll with its paper and ask for approval; a roll without sums is kept without either."""
    roll_id, payload, approval_id, document_id = roll_id_of(step), None, None, None
    evidence: dict[str, Any] = {"rollId": str(roll_id), "result": "noSumForWarrant"}
    if draft is not None and identity is not None and paper is not None:
        document_id = await keep_paper(
            connection,
            paper=paper,
            kind="warrantDraft",
            case=case,
            step=step,
            language=identity.language.value,
            file_number=identity.file_number,
        )
        payload = bound_payload(draft, paper_sha256=paper.sha256)
        approval_id = await _ask_approval(
            tools,
            connection,
            step=step,
            payload=payload,
            summary={"fileNumber": identity.file_number, "documentId": str(document_id), **draft.payload()},
        )
        evidence = {
            "rollId": str(roll_id),
            "approvalId": str(approval_id),
            "payloadSha256": payload_digest(payload),
            "documentSha256": paper.sha256,
        }
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
        evidence=evidence,
        document_id=document_id,
    )


async def _ask_approval(
    tools: Toolbox, connection: Connection, *, step: TakeStep, payload: dict[str, Any], summary: dict[str, Any]
) -> UUID:
    """Ask a designated person; the first person is who spoke with the debtor, for on that word the warrant rests."""
    first_person = (await contact_history(connection, case_id=step.case_id)).recorded_by
    if first_person is None:
        raise LookupError("a roll without a personal contact or a justified exception")
    designated = tools.rules.fund_on(step.today).designated_for(*DESIGNATED_FOR, on=step.today)
    return await request_approval(
        connection,
        action=ACTION,
        reference=str(roll_id_of(step)),
        payload=payload,
        requested_by=first_person,
        summary={name: value for name, value in summary.items() if name != "dossier"},
        workflow_id=workflow_id_of(step.case_id),
        dossier=step.dossier,
        role="teamLead",
        deciders={person.subject for person in designated},
    )


def creditor_of(fund: FundSettings, language: str) -> CreditorFund:
    """Return the fund as a roll names it."""
    address = fund.address
    city = f"{address.postal_code} {address.city[language]}"
    return CreditorFund(
        name=fund.name[language],
        number=fund.number,
        address=f"{address.street[language]} {address.house_number}, {city}",
    )


def debtor_of(identity: DebtorIdentity) -> Debtor:
    """Return the debtor as a roll names him."""
    return Debtor(
        name=identity.name,
        address=identity.address,
        national_number=identity.national_number,
        enterprise_number=identity.enterprise_number,
    )


async def draft_of(
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
        connection, dossier=case.dossier, quarters=case.quarters, today=step.today
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
