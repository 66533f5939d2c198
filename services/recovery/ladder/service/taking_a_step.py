"""What steps share: is the step still due, what is written down of it, and who gets a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from services.recovery.debts.rules import OpenItem
from services.recovery.debts.service import find_debtor
from services.recovery.ladder.procedure import TakeStep
from services.recovery.ladder.rules.picture import OutlookKind
from services.recovery.ladder.rules.ways_out import Offer, offers
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.store.cases import CaseRecord, find_case, record_step, step_date
from shared.law.calendar import add_working_days
from shared.platform.calls.partners import Receipt
from shared.platform.calls.service_client import PeerNonsense
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.people.tasks import list_tasks, open_task, overtake_task

__all__ = [
    "BLOCKING_TASKS",
    "COLLECTIONS",
    "accepted_day",
    "case_if_due",
    "end_tasks",
    "ensure_task",
    "evidence_of",
    "offers_for",
    "record_step",
    "step_date",
    "write_down",
]

#: Who works on cases, and who is asked when a case can't go on by itself.
COLLECTIONS: Final = "collectionsAgent"
#: Kinds of tasks that say why a case can't go on; they end by themselves when it can.
BLOCKING_TASKS: Final = frozenset(
    {
        "contested",
        "planInForce",
        "rightPending",
        "contactMissing",
        "alternativesNotOffered",
        "registeredLetterLost",
        "registeredLetterReturned",
        "registeredLetterSilent",
        "warrantApprovalWaiting",
        "warrantRefused",
        "noSumForWarrant",
        "notServed",
        "opposed",
        "oppositionUpheld",
        "bailiffSilent",
        "postUnreachable",
        "bailiffUnreachable",
        "recoveryStepFailed",
    }
)


async def case_if_due(connection: Connection, *, law: LawInForce, step: TakeStep) -> CaseRecord | None:
    """Lock the case and return it when the step is still what comes now; None when the world moved on.

    Called inside the transaction that takes the step: a payment, a hold or an earlier try of this activity that came
    in between makes the step not due.
    """
    case = await find_case(connection, case_id=step.case_id, lock=True)
    if case is None or not case.is_open:
        return None
    now = await law.outlook_of(connection, case=case, today=step.today)
    due = now.kind is OutlookKind.DUE and (now.step, now.attempt) == (step.step, step.attempt)
    return case if due else None


async def write_down(
    connection: Connection,
    step: TakeStep,
    *,
    article: str,
    evidence: Mapping[str, Any],
    document_id: UUID | None = None,
    done_on: date | None = None,
) -> None:
    """Write down that a step was taken, on its day unless a partner named another one."""
    await record_step(
        connection,
        case_id=step.case_id,
        step=step.step,
        attempt=step.attempt,
        done_on=done_on or step.today,
        article=article,
        evidence=evidence,
        document_id=document_id,
    )


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


async def offers_for(
    connection: Connection, *, law: LawInForce, dossier: UUID, items: Sequence[OpenItem], today: date
) -> tuple[Offer, ...]:
    """Return the ways out a letter of today names for a debtor."""
    debtor = await find_debtor(connection, dossier=dossier, on=today)
    return offers(
        category=None if debtor is None else debtor.category,
        quarters={item.quarter for item in items},
        today=today,
        exemption_months=law.parameters.integer("recovery.exemptionRequestMonths", on=today),
    )


def evidence_of(*, items: Sequence[OpenItem], offered: Sequence[Offer], paper_sha256: str | None = None) -> JsonObject:
    """Return what a step keeps as proof: the sums of that day, the ways out offered, the hash of the letter."""
    evidence: JsonObject = {
        "openItems": [
            {"quarter": str(item.quarter), "kind": item.kind.value, "openCents": item.open_cents} for item in items
        ],
        "totalCents": sum(item.open_cents for item in items),
        "offers": [offer.alternative.value for offer in offered],
    }
    if paper_sha256 is not None:
        evidence["documentSha256"] = paper_sha256
    return evidence


async def ensure_task(
    connection: Connection, *, kind: str, case: CaseRecord, today: date, law: LawInForce, details: Mapping[str, Any]
) -> None:
    """Make sure that somebody has a task of this kind for a case; one that was closed too early is opened anew."""
    waiting = await list_tasks(connection, dossier=case.dossier, is_open=True, limit=1000)
    if any(task["kind"] == kind and task["reference"].startswith(str(case.case_id)) for task in waiting):
        return
    due_on = add_working_days(today, law.fund.on(today).policy.task_due_working_days)
    await open_task(
        connection,
        kind=kind,
        reference=f"{case.case_id}:{today.isoformat()}",
        dossier=case.dossier,
        due_on=due_on,
        role=COLLECTIONS,
        details={"caseId": str(case.case_id), **details},
    )


async def end_tasks(
    connection: Connection, *, case: CaseRecord, keep: Collection[str], everything: bool = False
) -> None:
    """End the tasks of a case that events have overtaken, but those that are still right.

    A task that a person ends at the same moment stays as that person ended it: their word never stops the procedure.
    """
    for task in await list_tasks(connection, dossier=case.dossier, is_open=True, limit=1000):
        belongs = task["reference"].startswith(str(case.case_id))
        if belongs and task["kind"] not in keep and (everything or task["kind"] in BLOCKING_TASKS):
            await overtake_task(
                connection,
                kind=task["kind"],
                reference=task["reference"],
                resolved_by="recovery",
                resolution="overtaken",
            )
