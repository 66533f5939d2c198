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
from services.benefits.claims.store.claims import (
    Claim,
    Decision,
    StoredAssessment,
    attest_dependant,
    claim_ordinal,
    close_claim,
    file_number_of,
    latest_assessment,
    merged_statements,
    months_of,
    read_assessment,
    read_claim,
    read_decision,
    undecided_claims,
)
from shared.contracts.benefits_v1 import (
    ClaimDecided,
    ClaimKind,
    ClaimOutcome,
    ContributionReliefGranted,
    ReliefBasis,
)
from shared.platform import outbox
from shared.platform.approvals import payload_digest
from shared.platform.database import Connection
from shared.platform.rows import JsonObject

#: What other subjects need of a claim's rows as they are.
__all__ = [
    "KIND",
    "Claim",
    "Decision",
    "StoredAssessment",
    "add_statement",
    "attest_dependant",
    "claim_ordinal",
    "close_claim",
    "decide",
    "file_number_of",
    "keep_assessment",
    "latest_assessment",
    "merged_statements",
    "months_of",
    "read_assessment",
    "read_claim",
    "read_decision",
    "undecided_claims",
    "workflow_id",
]

KIND: Final = ClaimKind.DROIT_PASSERELLE


def workflow_id(claim_id: UUID) -> str:
    """Give the id of the procedure of a claim."""
    return f"droit-passerelle:{claim_id}"


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


async def decide(
    connection: Connection, *, claim: Claim, decision: Decision, months: Sequence[EntitledMonth]
) -> bool:
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
