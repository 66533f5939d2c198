"""Claims as they come in: one for each fact until it is refused, completed when it is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.benefits.claims.procedure import ClaimInput
from services.benefits.claims.service.claims import KIND, add_statement, workflow_id
from services.benefits.claims.store import claims as store
from shared.contracts.benefits_v1 import ClaimReceived
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox
from shared.platform.people.approvals import payload_digest
from shared.platform.temporal import dispatch


@dataclass(frozen=True, kw_only=True)
class ReceivedClaim:
    """What became of a claim that came in.

    Attributes:
        claim_id: the claim it is.
        new: whether it was not there before.
        statement: number of the statement it added, or None when it said nothing that had not been said.
        granted: whether this fact was granted before: what it says then changes nothing.
    """

    claim_id: UUID
    new: bool
    statement: int | None
    granted: bool = False


async def receive_claim(
    connection: Connection,
    *,
    dossier: UUID,
    ground: str,
    fact_on: date,
    received_on: date,
    dependant: bool,
    decide_before: date,
    statements: Mapping[str, object],
    told_on: date,
    told_by: str,
) -> ReceivedClaim:
    """Keep a claim and start its procedure; the same person and fact again is the same claim until it is refused.

    What an open claim did not know yet is added to it. After a refusal a claim that says something else, or that was
    made on another day, is a new one (Charter art. 19); the same words of the same day are the refused claim sent
    once more.
    """
    digest = payload_digest(statements)
    repeated = await store.refused_claim(
        connection,
        dossier=dossier,
        kind=KIND.value,
        fact_on=fact_on,
        received_on=received_on,
        statements_sha256=digest,
    )
    if repeated is not None:
        return ReceivedClaim(claim_id=repeated, new=False, statement=None)
    claim_id = UUID(int=uuid7().int)
    if not await store.insert_claim(
        connection,
        claim_id=claim_id,
        dossier=dossier,
        kind=KIND.value,
        ground=ground,
        fact_on=fact_on,
        received_on=received_on,
        dependant=dependant,
    ):
        return await _same_claim(
            connection, dossier=dossier, fact_on=fact_on, statements=statements, told_on=told_on, told_by=told_by
        )
    number = await add_statement(
        connection, claim_id=claim_id, told_on=received_on, told_by=told_by, statements=statements
    )
    await outbox.publish(
        connection,
        ClaimReceived(
            dossier=dossier,
            occurred_on=received_on,
            claim_id=claim_id,
            kind=KIND,
            decide_before=decide_before,
        ),
    )
    await dispatch.start_workflow(
        connection,
        workflow="DroitPasserelleClaim",
        workflow_id=workflow_id(claim_id),
        argument=ClaimInput(claim_id=claim_id),
        dossier=dossier,
    )
    return ReceivedClaim(claim_id=claim_id, new=True, statement=number)


async def _same_claim(
    connection: Connection,
    *,
    dossier: UUID,
    fact_on: date,
    statements: Mapping[str, object],
    told_on: date,
    told_by: str,
) -> ReceivedClaim:
    claim = await store.lock_same_claim(connection, dossier=dossier, kind=KIND.value, fact_on=fact_on)
    if claim is None:
        raise LookupError("the claim is being written by another transaction; do this again")
    # A request that is sent once more must not take back what was said since: only words nobody said yet are added.
    is_said = not statements or await store.was_said(
        connection, claim_id=claim.claim_id, statements_sha256=payload_digest(statements)
    )
    if is_said or claim.outcome is not None:
        granted = claim.outcome is not None and not is_said
        return ReceivedClaim(claim_id=claim.claim_id, new=False, statement=None, granted=granted)
    number = await add_statement(
        connection, claim_id=claim.claim_id, told_on=told_on, told_by=told_by, statements=statements
    )
    return ReceivedClaim(claim_id=claim.claim_id, new=False, statement=number)
