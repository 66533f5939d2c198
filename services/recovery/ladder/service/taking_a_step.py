"""What steps share: is the step still due, who gets a task, and how a letter is made."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from services.recovery.clients import Affiliation, Bailiff, Billing
from services.recovery.debts.rules import OpenItem
from services.recovery.debts.store.debtors import find_debtor
from services.recovery.ladder.procedure import TakeStep
from services.recovery.ladder.rules.picture import OutlookKind
from services.recovery.ladder.rules.ways_out import Offer, offers
from services.recovery.ladder.service.cases import CaseRecord, find_case
from services.recovery.ladder.service.law_in_force import Rules
from shared.law.calendar import add_working_days
from shared.platform.auth import Role
from shared.platform.database import Connection, Database
from shared.platform.documents import render, store_document
from shared.platform.partners import Post
from shared.platform.tasks import list_tasks, open_task, overtake_task

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


@dataclass(frozen=True)
class Toolbox:
    """Everything the activities of a case work with."""

    database: Database
    rules: Rules
    billing: Billing
    affiliation: Affiliation
    post: Post
    bailiff: Bailiff


@dataclass(frozen=True)
class Paper:
    """A document that was made and is not yet kept."""

    content: bytes
    sha256: str


async def make_paper(template: Path, data: Mapping[str, Any]) -> Paper:
    """Render a letter without holding up the other work of the process."""
    content = await asyncio.to_thread(render, template, data)
    return Paper(content=content, sha256=hashlib.sha256(content).hexdigest())


async def keep_paper(
    connection: Connection,
    *,
    paper: Paper,
    kind: str,
    case: CaseRecord,
    step: TakeStep,
    language: str,
    file_number: int,
) -> UUID:
    """Keep a letter of a case as it leaves; its name bears file number and oldest quarter, and no personal data.

    The quarter tells two cases of one debtor apart, which may send the same kind of letter on the same day.
    """
    mark = f"{file_number:07d}-{kind}-{min(case.quarters)}-{step.attempt}-{language}"
    name = f"recovery/{step.today.isoformat()}/{mark}.pdf"
    return await store_document(
        connection,
        kind=kind,
        reference=f"{step.case_id}:{step.attempt}",
        dossier=step.dossier,
        language=language,
        media_type="application/pdf",
        name=name,
        content=paper.content,
        business_date=step.today,
        readers=(Role.COLLECTIONS_AGENT,),
    )


async def case_if_due(connection: Connection, *, rules: Rules, step: TakeStep) -> CaseRecord | None:
    """Lock the case and return it when the step is still what comes now; None when the world moved on.

    Called inside the transaction that takes the step: a payment, a hold or an earlier try of this activity that came
    in between makes the step not due.
    """
    case = await find_case(connection, case_id=step.case_id, lock=True)
    if case is None or not case.is_open:
        return None
    now = await rules.outlook_of(connection, case=case, today=step.today)
    due = now.kind is OutlookKind.DUE and (now.step, now.attempt) == (step.step, step.attempt)
    return case if due else None


async def offers_for(
    connection: Connection, *, rules: Rules, dossier: UUID, items: Sequence[OpenItem], today: date
) -> tuple[Offer, ...]:
    """Return the ways out a letter of today names for a debtor."""
    debtor = await find_debtor(connection, dossier=dossier, on=today)
    return offers(
        category=None if debtor is None else debtor.category,
        quarters={item.quarter for item in items},
        today=today,
        exemption_months=rules.exemption_months(today),
    )


def evidence_of(*, items: Sequence[OpenItem], offered: Sequence[Offer], paper: Paper | None) -> dict[str, Any]:
    """Return what a step keeps as proof: the sums of that day, the ways out offered, the hash of the letter."""
    evidence: dict[str, Any] = {
        "openItems": [
            {"quarter": str(item.quarter), "kind": item.kind.value, "openCents": item.open_cents} for item in items
        ],
        "totalCents": sum(item.open_cents for item in items),
        "offers": [offer.alternative.value for offer in offered],
    }
    if paper is not None:
        evidence["documentSha256"] = paper.sha256
    return evidence


async def ensure_task(
    connection: Connection, *, kind: str, case: CaseRecord, today: date, rules: Rules, details: Mapping[str, Any]
) -> None:
    """Make sure that somebody has a task of this kind for a case; one that was closed too early is opened anew."""
    waiting = await list_tasks(connection, dossier=case.dossier, is_open=True, limit=1000)
    if any(task["kind"] == kind and task["reference"].startswith(str(case.case_id)) for task in waiting):
        return
    due_on = add_working_days(today, rules.fund_on(today).policy.task_due_working_days)
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
