"""Requests to contribute more or less: received, decided, and applied to what was billed already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.charge_changes.rules.entries import ChangeCause, ChargeChange, change_charges
from services.billing.charge_changes.service import write_changes
from services.billing.dossier_facts.rules.facts import QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer
from services.billing.dossier_facts.service.facts import facts_of
from services.billing.lateness.rules.surcharge_corrections import lower_surcharges
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind
from services.billing.reductions import store
from services.billing.reductions.procedure import ContributionRequestInput, RequestDecided
from services.billing.reductions.rules.reductions import (
    KeptRequest,
    RequestKind,
    estimated_quarters,
    examine,
    findings_document,
    owed_after_request,
    provisional_bill,
)
from services.billing.regularisation.rules import supplement_due_on
from services.billing.settlement.service import settled_facts, use_credits, write_corrections
from services.billing.subjects.service import lock_subjects
from shared.contracts.billing_v1 import ContributionRequestDecided, RequestOutcome, SettledBy
from shared.contracts.vocabulary import AmountKind
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish, publish_many
from shared.platform.people.tasks import overtake_task
from shared.platform.temporal.dispatch import signal_workflow, start_workflow

REQUEST_WORKFLOW: Final = "ContributionReduction"
REQUEST_TASK: Final = "contributionRequest"
REQUEST_DOCUMENT: Final = "contributionRequestDecision"
DECIDED_SIGNAL: Final = "decided"


class AlreadyDecided(ValueError):
    """The request was decided otherwise before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """A request and what the rules say of it; ``created`` is False when it was received before."""

    request_id: UUID
    created: bool


async def receive_request(
    connection: Connection,
    *,
    dossier: UUID,
    year: int,
    kind: RequestKind,
    estimate_cents: int,
    evidence: Sequence[str],
    received_on: date,
    received_by: str,
    law: AssessmentLaw,
) -> ReceivedRequest:
    """Keep a request with what the rules say of it, and start its procedure; the same again changes nothing.

    Raises:
        UnknownDossier: billing was not told of the dossier.
        NotComputable: what the law asks for the year cannot be said.
    """
    await lock_subjects(connection, dossiers=[dossier])
    facts = await facts_of(connection, dossier=dossier, law=law)
    findings = examine(
        facts,
        year=year,
        kind=kind,
        estimate_cents=estimate_cents,
        evidence=evidence,
        overdue_cents=await store.overdue_cents(connection, dossier=dossier, today=received_on),
        law=law,
    )
    request_id = UUID(int=uuid7().int)
    if not await store.insert_request(
        connection,
        request_id=request_id,
        dossier=dossier,
        year=year,
        kind=kind,
        estimate_cents=estimate_cents,
        estimate_quarters=estimated_quarters(facts, year=year),
        received_on=received_on,
        received_by=received_by,
        evidence=evidence,
        findings=findings,
    ):
        known = await store.same_request(
            connection, dossier=dossier, year=year, received_on=received_on, estimate_cents=estimate_cents
        )
        if known is None:
            raise LookupError("the request was seen by another transaction only; do this again")
        return ReceivedRequest(request_id=known, created=False)
    await start_workflow(
        connection,
        workflow=REQUEST_WORKFLOW,
        workflow_id=workflow_id(request_id),
        argument=ContributionRequestInput(request_id=request_id),
        dossier=dossier,
    )
    return ReceivedRequest(request_id=request_id, created=True)


def workflow_id(request_id: UUID) -> str:
    """Give the id of the procedure of a request."""
    return f"contribution-request:{request_id}"


async def decide(
    connection: Connection,
    *,
    request_id: UUID,
    outcome: RequestOutcome,
    reason: str,
    decided_on: date,
    decided_by: str,
    signal: bool,
) -> bool:
    """Write the decision of a request, tell it and, for a person's decision, wake its procedure.

    Returns:
        True when this call decided it, False when it was decided in the same way before.

    Raises:
        LookupError: there is no such request.
        AlreadyDecided: it was decided otherwise before.
    """
    request = await store.request_of(connection, request_id=request_id)
    if not await store.insert_decision(
        connection,
        request_id=request_id,
        outcome=str(outcome),
        reason=reason,
        decided_on=decided_on,
        decided_by=decided_by,
        input_sha256=_digest(request),
    ):
        before = request.decision
        if before is not None and before.outcome != outcome:
            raise AlreadyDecided(f"the request was {before.outcome} before")
        return False
    await publish(
        connection,
        ContributionRequestDecided(
            dossier=request.dossier,
            occurred_on=decided_on,
            request_id=request_id,
            year=request.year,
            kind=request.kind,
            outcome=outcome,
            reason=reason,
        ),
    )
    await overtake_task(
        connection, kind=REQUEST_TASK, reference=str(request_id), resolved_by=decided_by, resolution=str(outcome)
    )
    if signal:
        await signal_workflow(
            connection,
            workflow_id=workflow_id(request_id),
            signal=DECIDED_SIGNAL,
            argument=RequestDecided(request_id=request_id),
            dossier=request.dossier,
        )
    return True


async def apply_request(connection: Connection, *, request_id: UUID, today: date, law: AssessmentLaw) -> None:
    """Change what was billed for the year by a granted request; doing it again changes nothing.

    A reduction takes off what is open at most: what was paid stays until the definitive income is known, and
    surcharges on what goes off are taken back (RGS art. 44 par. 5). Later quarters are billed on the estimate.
    """
    request = await store.request_of(connection, request_id=request_id)
    dossier, year, kind = request.dossier, request.year, request.kind
    await lock_subjects(connection, dossiers=[dossier])
    applied = await store.insert_applied(connection, request_id=request_id, applied_on=today)
    if not applied or request.decision is None or request.decision.outcome != RequestOutcome.GRANTED:
        return
    facts = await facts_of(connection, dossier=dossier, law=law)
    if facts.statements_of(year):
        return  # the definitive income came first: there is nothing provisional left to change
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    bill = provisional_bill(facts, year=year, law=law, estimated=True)
    open_before = account.open_quarters()
    changes: list[ChargeChange] = []
    for quarter, answer in zip(bill.quarters, bill.answers, strict=True):
        charge = facts.charges.get(quarter)
        if charge is not None and charge.taken_over_on is None:
            changes.append(_change(account, request, charge, answer, kind, today, law))
    decreases = {
        change.previous.quarter: change.previous.contribution_cents - change.contribution_cents for change in changes
    }
    corrections = lower_surcharges(account, cause=str(request_id), decreases=decreases)
    entries = [change.entry for change in changes] + [correction.entry for correction in corrections]
    await ledger.book(connection, entries=[entry for entry in entries if entry is not None], booking_date=today)
    await write_changes(connection, [change for change in changes if change.entry is not None], law)
    await write_corrections(connection, dossier=dossier, cause_id=request_id, corrections=corrections)
    await publish_many(
        connection,
        settled_facts(
            dossier=dossier,
            quarters=sorted(quarter for quarter in open_before if account.open_of(quarter) <= 0),
            settled_by=SettledBy.WAIVER,
            occurred_on=today,
            remaining_open_cents=account.open_cents,
        ),
    )
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"request|{request_id}",
        booked_on=today,
        interest_rate=law.parameters.decimal("surcharges.socialInterestRate", on=today),
    )


def _change(
    account: DebtorAccount,
    request: KeptRequest,
    charge: QuarterCharge,
    answer: QuarterAnswer,
    kind: RequestKind,
    today: date,
    law: AssessmentLaw,
) -> ChargeChange:
    contribution, fee = owed_after_request(charge, answer, kind=kind)
    entry = change_charges(
        account,
        kind=EntryKind.REDUCTION if kind is RequestKind.REDUCTION else EntryKind.INCREASE,
        key=f"{request.request_id}|{charge.quarter}",
        value_date=today,
        quarter=charge.quarter,
        differences={
            AmountKind.PRINCIPAL: contribution - charge.contribution_cents,
            AmountKind.FEE: fee - charge.fee_cents,
        },
    )
    due_on = charge.quarter.last_day
    if kind is RequestKind.INCREASE:
        due_on = supplement_due_on(today, quarter=charge.quarter, parameters=law.parameters)
    return ChargeChange(
        dossier=account.dossier,
        previous=charge,
        cause=ChangeCause(str(kind)),
        cause_id=request.request_id,
        contribution_cents=contribution,
        fee_cents=fee,
        category=charge.category,
        changed_on=today,
        due_on=due_on,
        row=answer.row,
        entry=entry,
    )


def _digest(request: KeptRequest) -> str:
    """Give the digest of what a request was decided on."""
    inputs = {
        "year": request.year,
        "kind": str(request.kind),
        "estimate_cents": request.estimate_cents,
        "estimate_quarters": request.estimate_quarters,
        "evidence": request.evidence,
        "findings": findings_document(request.findings),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
