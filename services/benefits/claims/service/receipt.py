"""Claims as they come in: one for each fact until it is refused, completed when it is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from services.benefits.claims.procedure import ClaimInput
from services.benefits.claims.service.claims import KIND, add_statement, workflow_id
from shared.contracts.benefits_v1 import ClaimReceived
from shared.platform import dispatch, outbox
from shared.platform.approvals import payload_digest
from shared.platform.database import Connection


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
    statements: Mapping[str, Any],
    told_on: date,
    told_by: str,
) -> ReceivedClaim:
    """Keep a claim and start its procedure; the same person and fact again is the same claim until it is refused.

    What an open claim did not know yet is added to it. After a refusal a claim that says something else, or that was
    made on another day, is a new one (Charter art. 19); the same words of the same day are the refused claim sent
    once more.
    """
    digest = payload_digest(statements)
    repeated = await _refused_before(
        connection, dossier=dossier, fact_on=fact_on, received_on=received_on, digest=digest
    )
    if repeated is not None:
        return ReceivedClaim(claim_id=repeated, new=False, statement=None)
    claim_id = UUID(int=uuid7().int)
    cursor = await connection.execute(
        "insert into claim (id, dossier, kind, ground, fact_on, received_on, dependant) "
        "values (%s, %s, %s, %s, %s, %s, %s) "
        "on conflict (dossier, kind, fact_on) where outcome is distinct from 'refused' do nothing",
        (claim_id, dossier, KIND.value, ground, fact_on, received_on, dependant),
    )
    if cursor.rowcount == 0:
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


async def _refused_before(
    connection: Connection, *, dossier: UUID, fact_on: date, received_on: date, digest: str
) -> UUID | None:
    cursor = await connection.execute(
        "select c.id from claim c join claim_statement s on s.claim_id = c.id and s.number = 1 "
        "where c.dossier = %s and c.kind = %s and c.fact_on = %s and c.outcome = 'refused' "
        "and c.received_on = %s and s.statements_sha256 = %s",
        (dossier, KIND.value, fact_on, received_on, digest),
    )
    row = await cursor.fetchone()
    return None if row is None else row["id"]


async def _same_claim(
    connection: Connection,
    *,
    dossier: UUID,
    fact_on: date,
    statements: Mapping[str, Any],
    told_on: date,
    told_by: str,
) -> ReceivedClaim:
    cursor = await connection.execute(
        "select id, outcome from claim where dossier = %s and kind = %s and fact_on = %s "
        "and outcome is distinct from 'refused' for update",
        (dossier, KIND.value, fact_on),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the claim is being written by another transaction; do this again")
    # A request that is sent once more must not take back what was said since: only words nobody said yet are added.
    cursor = await connection.execute(
        "select 1 from claim_statement where claim_id = %s and statements_sha256 = %s",
        (row["id"], payload_digest(statements)),
    )
    is_said = not statements or await cursor.fetchone() is not None
    if is_said or row["outcome"] is not None:
        granted = row["outcome"] is not None and not is_said
        return ReceivedClaim(claim_id=row["id"], new=False, statement=None, granted=granted)
    number = await add_statement(
        connection, claim_id=row["id"], told_on=told_on, told_by=told_by, statements=statements
    )
    return ReceivedClaim(claim_id=row["id"], new=False, statement=number)
