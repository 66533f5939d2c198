"""Requests to contribute more or less: received, decided, and applied to what was billed already."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.billing.charge_changes.rules.entries import ChangeCause, ChargeChange, change_charges
from services.billing.charge_changes.service import write_changes
from services.billing.dossier_facts.rules.facts import DossierFacts, QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer
from services.billing.dossier_facts.service.facts import load_dossier_facts
from services.billing.lateness.rules.surcharge_corrections import lower_surcharges
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind
from services.billing.reductions.procedure import ContributionRequestInput, RequestDecided
from services.billing.reductions.rules.reductions import (
    RequestFindings,
    RequestKind,
    estimated_quarters,
    examine,
    owed_after_request,
    provisional_bill,
)
from services.billing.regularisation.rules import supplement_due_on
from services.billing.settlement.service import settled_facts, use_credits, write_corrections
from services.billing.subjects.service import UnknownDossier, lock_subjects
from shared.contracts.billing_v1 import ContributionRequestDecided, RequestOutcome, SettledBy
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.dispatch import signal_workflow, start_workflow
from shared.platform.outbox import publish, publish_many
from shared.platform.tasks import overtake_task

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


async def dossier_facts(connection: Connection, *, dossier: UUID, law: AssessmentLaw) -> DossierFacts:
    """Return the facts of one dossier.

    Raises:
        UnknownDossier: billing was not told of it.
    """
    found = await load_dossier_facts(connection, dossiers=[dossier], fee_rate_of=law.fee_rate_of)
    if dossier not in found:
        raise UnknownDossier(dossier)
    return found[dossier]


async def overdue_cents(connection: Connection, *, dossier: UUID, today: date) -> int:
    """Return what is open of quarters whose last day is past: the debt that stands in the way of an increase."""
    cursor = await connection.execute(
        "select coalesce(sum(open_cents), 0)::bigint as cents from open_item where dossier = %s and quarter < %s "
        "and open_cents > 0",
        (dossier, str(Quarter.of(today))),
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["cents"])


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
    facts = await dossier_facts(connection, dossier=dossier, law=law)
    findings = examine(
        facts,
        year=year,
        kind=kind,
        estimate_cents=estimate_cents,
        evidence=evidence,
        overdue_cents=await overdue_cents(connection, dossier=dossier, today=received_on),
        law=law,
    )
    request_id = UUID(int=uuid7().int)
    cursor = await connection.execute(
        "insert into contribution_request (request_id, dossier, year, kind, estimate_cents, estimate_quarters, "
        "received_on, received_by, evidence, findings) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (dossier, year, received_on, estimate_cents) do nothing returning request_id",
        (
            request_id,
            dossier,
            year,
            str(kind),
            estimate_cents,
            estimated_quarters(facts, year=year),
            received_on,
            received_by,
            sorted(set(evidence)),
            Jsonb(_document(findings)),
        ),
    )
    if await cursor.fetchone() is None:
        cursor = await connection.execute(
            "select request_id from contribution_request where dossier = %s and year = %s and received_on = %s "
            "and estimate_cents = %s",
            (dossier, year, received_on, estimate_cents),
        )
        row = await cursor.fetchone()
        if row is None:
            raise LookupError("the request was seen by another transaction only; do this again")
        return ReceivedRequest(request_id=row["request_id"], created=False)
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
    request = await request_of(connection, request_id=request_id)
    inputs = {
        name: request[name] for name in ("year", "kind", "estimate_cents", "estimate_quarters", "evidence", "findings")
    }
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    cursor = await connection.execute(
        "insert into contribution_request_decision (request_id, outcome, reason, decided_on, decided_by, "
        "input_sha256) values (%s, %s, %s, %s, %s, %s) on conflict (request_id) do nothing",
        (request_id, str(outcome), reason, decided_on, decided_by, digest),
    )
    if cursor.rowcount == 0:
        if request["outcome"] not in (None, str(outcome)):
            raise AlreadyDecided(f"the request was {request['outcome']} before")
        return False
    await publish(
        connection,
        ContributionRequestDecided(
            dossier=request["dossier"],
            occurred_on=decided_on,
            request_id=request_id,
            year=request["year"],
            kind=request["kind"],
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
            dossier=request["dossier"],
        )
    return True


async def request_of(connection: Connection, *, request_id: UUID) -> dict[str, Any]:
    """Return a request with its decision, where there is one.

    Raises:
        LookupError: there is no such request.
    """
    cursor = await connection.execute(f"{_REQUESTS} where r.request_id = %s", (request_id,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"contribution request {request_id} does not exist")
    return row


async def requests_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the requests of a dossier, the oldest first."""
    cursor = await connection.execute(f"{_REQUESTS} where r.dossier = %s order by r.request_id", (dossier,))
    return await cursor.fetchall()


_REQUESTS: Final = (
    "select r.request_id, r.dossier, r.year, r.kind, r.estimate_cents, r.estimate_quarters, r.received_on, "
    "r.received_by, r.evidence, r.findings, s.file_number, d.outcome, d.reason, d.decided_on, d.decided_by, "
    "a.applied_on "
    "from contribution_request r join subject s using (dossier) "
    "left join contribution_request_decision d using (request_id) "
    "left join contribution_request_applied a using (request_id)"
)


async def apply_request(connection: Connection, *, request_id: UUID, today: date, law: AssessmentLaw) -> None:
    """Change what was billed for the year by a granted request; doing it again changes nothing.

    A reduction takes off what is open at most: what was paid stays until the definitive income is known, and
    surcharges on what goes off are taken back (RGS art. 44 par. 5). Later quarters are billed on the estimate.
    """
    request = await request_of(connection, request_id=request_id)
    dossier, year, kind = request["dossier"], request["year"], RequestKind(request["kind"])
    await lock_subjects(connection, dossiers=[dossier])
    cursor = await connection.execute(
        "insert into contribution_request_applied (request_id, applied_on) values (%s, %s) "
        "on conflict (request_id) do nothing",
        (request_id, today),
    )
    if cursor.rowcount == 0 or request["outcome"] != str(RequestOutcome.GRANTED):
        return
    facts = await dossier_facts(connection, dossier=dossier, law=law)
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
    request: Mapping[str, Any],
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
        key=f"{request['request_id']}|{charge.quarter}",
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
        cause_id=request["request_id"],
        contribution_cents=contribution,
        fee_cents=fee,
        category=charge.category,
        changed_on=today,
        due_on=due_on,
        row=answer.row,
        entry=entry,
    )


def _document(findings: RequestFindings) -> dict[str, Any]:
    return {
        "legalCents": findings.legal_cents,
        "currentCents": findings.current_cents,
        "askedCents": findings.asked_cents,
        "minimumIncomeCents": findings.minimum_income_cents,
        "problems": [str(problem) for problem in findings.problems],
    }
