"""Claims: what was said, what the rules answered, what was decided. Nothing of a decision changes later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.benefits.claims.rules.entitlement import EntitledMonth
from services.benefits.claims.store import claims as store
from services.benefits.claims.store import information_requests
from shared.contracts.benefits_v1 import (
    ClaimDecided,
    ClaimKind,
    ClaimOutcome,
    ContributionReliefGranted,
    ReliefBasis,
)
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.messages_out import outbox
from shared.platform.people.approvals import payload_digest

KIND: Final = ClaimKind.DROIT_PASSERELLE

# What other subjects need of the rows as they are.
Claim = store.Claim
Decision = store.Decision
StoredAssessment = store.StoredAssessment
assessments_of = store.assessments_of
attest_dependant = store.attest_dependant
claim_ordinal = store.claim_ordinal
close_claim = store.close_claim
find_claim = store.find_claim
is_insured = store.is_insured
list_claims = store.list_claims
merged_statements = store.merged_statements
months_of = store.months_of
read_decision = store.read_decision
undecided_claims = store.undecided_claims


def workflow_id(claim_id: UUID) -> str:
    """Give the id of the procedure of a claim."""
    return f"droit-passerelle:{claim_id}"


async def read_claim(connection: Connection, *, claim_id: UUID, lock: bool = False) -> Claim:
    """Read one claim; raises ``LookupError`` when there is none."""
    found = await store.find_claim(connection, claim_id=claim_id, lock=lock)
    if found is None:
        raise LookupError("no such claim")
    return found


async def read_assessment(connection: Connection, *, assessment_id: UUID) -> StoredAssessment:
    """Read one assessment; raises ``LookupError`` when there is none."""
    found = await store.find_assessment(connection, assessment_id=assessment_id)
    if found is None:
        raise LookupError("no such assessment")
    return found


async def add_statement(
    connection: Connection, *, claim_id: UUID, told_on: date, told_by: str, statements: Mapping[str, object]
) -> int | None:
    """Keep what somebody said of a claim; saying the last thing again changes nothing and gives None."""
    number = await store.insert_statement(
        connection,
        claim_id=claim_id,
        told_on=told_on,
        told_by=told_by,
        statements=statements,
        statements_sha256=payload_digest(statements),
    )
    if number is not None:
        await information_requests.end_request(connection, claim_id=claim_id, today=told_on)
    return number


async def keep_assessment(
    connection: Connection,
    *,
    claim_id: UUID,
    assessed_on: date,
    verdict: str,
    inputs: JsonObject,
    results: Sequence[JsonObject],
    parameters: JsonObject,
) -> UUID:
    """Freeze what the rules said; the same facts on the same day give the same row."""
    kept = await store.insert_assessment(
        connection,
        assessment_id=UUID(int=uuid7().int),
        claim_id=claim_id,
        assessed_on=assessed_on,
        verdict=verdict,
        inputs=inputs,
        inputs_sha256=payload_digest({"inputs": inputs, "parameters": parameters}),
        results=results,
        parameters=parameters,
    )
    if kept is None:
        raise LookupError("the assessment is being written by another transaction; do this again")
    return kept


async def decide(connection: Connection, *, claim: Claim, decision: Decision, months: Sequence[EntitledMonth]) -> bool:
    """Take a decision once: the row, its months, the facts that follow. False when it was taken before."""
    if not await store.insert_decision(connection, decision=decision, months=months):
        return False
    await outbox.publish(
        connection,
        ClaimDecided(
            dossier=claim.dossier,
            occurred_on=decision.decided_on,
            claim_id=claim.claim_id,
            kind=KIND,
            outcome=ClaimOutcome(decision.outcome),
        ),
    )
    if decision.relief_waives_contributions and decision.relief_quarters:
        await outbox.publish(
            connection,
            ContributionReliefGranted(
                dossier=claim.dossier,
                occurred_on=decision.decided_on,
                claim_id=claim.claim_id,
                quarters=tuple(decision.relief_quarters),
                ground=ReliefBasis.DROIT_PASSERELLE,
                article="RGS art. 50 par. 4",
            ),
        )
    return True
