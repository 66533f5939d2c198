"""The roll as the rows make it, its approval by a designated person, and the warrant on exactly what was approved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from services.recovery.clocks.service import prescriptions_of
from services.recovery.debts.rules import DebtorIdentity, OpenItem, open_of_quarters
from services.recovery.ladder.procedure import TakeStep, workflow_id_of
from services.recovery.ladder.rules.outlook import contest_deadline
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.picture import contact_history, contested_quarters, load_picture
from services.recovery.ladder.service.taking_a_step import write_down
from services.recovery.registered_letters.service import listed_sums
from services.recovery.reminders.service import Paper, keep_paper
from services.recovery.roll_and_warrant import store
from services.recovery.roll_and_warrant.rules import (
    Grounds,
    LastReminderEvidence,
    Remedy,
    Roll,
    RollDraft,
    bound_payload,
    sums_for_warrant,
)
from services.recovery.roll_and_warrant.store import resume_roll
from shared.contracts.recovery_v1 import WarrantIssued
from shared.law.fund import Signatory
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.messages_out.outbox import publish
from shared.platform.people.approvals import payload_digest, request_approval, require_approval

__all__ = ["approved_payload", "approver_of", "draft_of", "issue", "keep_roll", "resume_roll", "supersede"]


#: The irreversible act that a second person approves.
ACTION: Final = "issueWarrant"
#: What the fund designates that person for: the visa on the roll, and the warrant.
_DESIGNATED_FOR: Final = ("roll", "warrant")
_ROLLS: Final = UUID("5a0c6a0e-6e0e-5d7c-8a55-64e0b7f2c1d3")
_WARRANTS: Final = UUID("c4c5f7b2-3d52-5b1f-8e0e-2f8f5d1b7a90")
_REMEDIES: Final = (Remedy.OPPOSITION_WITHIN_ONE_MONTH, Remedy.LATER_INSTALMENTS_WITH_BAILIFF)


def _roll_id_of(step: TakeStep) -> UUID:
    return uuid5(_ROLLS, f"{step.case_id}|{step.attempt}")


async def grounds_of(connection: Connection, *, case_id: UUID, quarters: Collection[Quarter], today: date) -> Grounds:
    """Return the facts on which a warrant for some quarters of a case rests."""
    found = await store.notification_and_contest(connection, case_id=case_id, quarters=quarters)
    return Grounds(
        contact=await contact_history(connection, case_id=case_id),
        deemed_notified=found is not None and found.deemed_notified,
        contested_late_on=None if found is None else found.contested_late_on,
        plan=await store.ended_plan(connection, case_id=case_id, today=today),
    )


async def draft_of(
    connection: Connection, *, law: LawInForce, case: CaseRecord, items: tuple[OpenItem, ...], today: date
) -> RollDraft | None:
    """Return the roll as the rows and the open debts make it now; None when no sum may go on it."""
    picture = await load_picture(connection, case=case, today=today)
    letter = picture.letter
    if letter is None or letter.notified_on is None or letter.deposited_on is None:
        return None
    if picture.reminder_on is None or picture.statement_on is None:
        return None
    listed = await listed_sums(connection, case_id=case.case_id)
    contested = await contested_quarters(connection, case_id=case.case_id)
    prescriptions = await prescriptions_of(
        connection, dossier=case.dossier, quarters=case.quarters, parameters=law.parameters, today=today
    )
    sums = sums_for_warrant(
        items=open_of_quarters(items=items, quarters=case.quarters),
        listed={sum_of: cents for sum_of, cents in listed.items() if sum_of[0] not in contested},
        prescriptions=prescriptions,
        today=today,
    )
    if not sums:
        return None
    quarters = {item.quarter for item in sums}
    grounds = await grounds_of(connection, case_id=case.case_id, quarters=quarters, today=today)
    if not grounds.contact.is_on_record:
        return None
    return RollDraft(
        case_id=case.case_id,
        dossier=case.dossier,
        fund_number=law.fund.on(today).number,
        items=sums,
        grounds=grounds,
        reminder_on=picture.reminder_on,
        statement_on=picture.statement_on,
        last_reminder=LastReminderEvidence(
            sent_on=letter.deposited_on,
            notified_on=letter.notified_on,
            last_day_to_contest=contest_deadline(notified_on=letter.notified_on, law=law.periods_on(today)),
            quarters=frozenset(quarter for quarter, _kind in listed),
        ),
        remedies=_REMEDIES,
    )


async def keep_roll(
    connection: Connection,
    *,
    law: LawInForce,
    case: CaseRecord,
    step: TakeStep,
    draft: RollDraft | None,
    identity: DebtorIdentity | None,
    paper: Paper | None,
) -> None:
    """Keep the roll with its paper and ask for approval; a roll without sums is kept without either."""
    roll_id, payload, approval_id, document_id = _roll_id_of(step), None, None, None
    evidence: JsonObject = {"rollId": str(roll_id), "result": "noSumForWarrant"}
    if draft is not None and identity is not None and paper is not None:
        document_id = await keep_paper(
            connection, paper=paper, kind="warrantDraft", case=case, step=step, identity=identity
        )
        payload = bound_payload(draft, paper_sha256=paper.sha256)
        approval_id = await _ask_approval(
            connection,
            law=law,
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
    await store.save_roll(
        connection,
        roll_id=roll_id,
        case_id=step.case_id,
        attempt=step.attempt,
        requested_on=step.today,
        payload=payload,
        approval_id=approval_id,
    )
    await write_down(connection, step, article="RGS art. 47bis par. 2", evidence=evidence, document_id=document_id)


async def _ask_approval(
    connection: Connection, *, law: LawInForce, step: TakeStep, payload: JsonObject, summary: JsonObject
) -> UUID:
    """Ask a designated person; the first person is who spoke with the debtor, for on that word the warrant rests."""
    first_person = (await contact_history(connection, case_id=step.case_id)).recorded_by
    if first_person is None:
        raise LookupError("a roll without a personal contact or a justified exception")
    designated = law.fund.on(step.today).designated_for(*_DESIGNATED_FOR, on=step.today)
    return await request_approval(
        connection,
        action=ACTION,
        reference=str(_roll_id_of(step)),
        payload=payload,
        requested_by=first_person,
        summary={name: value for name, value in summary.items() if name != "dossier"},
        workflow_id=workflow_id_of(step.case_id),
        dossier=step.dossier,
        role="teamLead",
        deciders={person.subject for person in designated},
    )


async def approved_payload(connection: Connection, *, step: TakeStep, draft: RollDraft | None) -> JsonObject | None:
    """Return what was approved, with the paper on which it was read; None when what is owed now differs from it."""
    roll = await store.find_roll(connection, case_id=step.case_id)
    if roll is None or roll.payload is None or draft is None:
        return None
    now = bound_payload(draft, paper_sha256=str(roll.payload.get("paperSha256")))
    return now if now == roll.payload else None


async def approver_of(
    connection: Connection, *, law: LawInForce, step: TakeStep, payload: JsonObject
) -> Signatory | None:
    """Return the designated person who approved; None when that person is no longer designated today."""
    approved_by = await require_approval(connection, action=ACTION, reference=str(_roll_id_of(step)), payload=payload)
    designated = law.fund.on(step.today).designated_for(*_DESIGNATED_FOR, on=step.today)
    return next((person for person in designated if person.subject == approved_by), None)


async def supersede(connection: Connection, *, step: TakeStep) -> None:
    """Let a new roll be drawn up: what was approved is no longer what is owed, or by whom no longer designated."""
    await store.supersede_roll(connection, roll_id=_roll_id_of(step))


async def issue(
    connection: Connection,
    *,
    case: CaseRecord,
    step: TakeStep,
    roll: Roll,
    paper: Paper,
    identity: DebtorIdentity,
    payload: JsonObject,
    evidence: JsonObject,
) -> None:
    """Issue the warrant, in the transaction that checks its approval; it is kept, written down and told."""
    roll_id = _roll_id_of(step)
    approved_by = await require_approval(connection, action=ACTION, reference=str(roll_id), payload=payload)
    document_id = await keep_paper(connection, paper=paper, kind="warrant", case=case, step=step, identity=identity)
    warrant_id = uuid5(_WARRANTS, str(step.case_id))
    quarters = tuple(str(quarter) for quarter in roll.draft.quarters)
    await store.save_warrant(
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
    await write_down(
        connection,
        step,
        article="RGS art. 47bis par. 3",
        evidence={
            **evidence,
            "payloadSha256": payload_digest(payload),
            "approvedBy": approved_by,
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
