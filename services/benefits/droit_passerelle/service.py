"""What people do with claims, on record and told to the procedure; and the claims that are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.benefits.claims.service import claims
from services.benefits.decisions.rules import ARRIVED
from services.benefits.droit_passerelle import store
from services.benefits.droit_passerelle.procedure import InformationReceived, PersonDecided
from shared.platform.database.connections import Connection
from shared.platform.people import audit
from shared.platform.temporal import dispatch
from shared.platform.temporal.sleepers import OpenWork

#: Who answers for claims until somebody takes a task.
_OWNER: Final = "benefitsAgent"


async def open_claims(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return claims that are not decided, not paid to the last month or not yet with the applicant, in order of id."""
    return [
        OpenWork(
            workflow_id=claims.workflow_id(one.claim_id), reference=one.claim_id, dossier=one.dossier, owner=_OWNER
        )
        for one in await store.open_claims(connection, arrived=ARRIVED, after=after, limit=limit)
    ]


async def complete(connection: Connection, *, claim_id: UUID, dossier: UUID, actor: str, statement: int | None) -> None:
    """Record that somebody completed a claim; the rules look at it again when they said something new."""
    await record(connection, actor=actor, action="claim.completed", dossier=dossier, claim_id=claim_id)
    if statement is not None:
        await dispatch.signal_workflow(
            connection,
            workflow_id=claims.workflow_id(claim_id),
            signal="information_received",
            argument=InformationReceived(statement=statement),
            dossier=dossier,
        )


async def decide_by_person(connection: Connection, *, claim: claims.Claim, decided: PersonDecided) -> None:
    """Record what a member of staff decided and tell the procedure, which takes the decision."""
    action = f"claim.{decided.outcome}ByPerson"
    await record(connection, actor=decided.decided_by, action=action, dossier=claim.dossier, claim_id=claim.claim_id)
    await dispatch.signal_workflow(
        connection,
        workflow_id=claims.workflow_id(claim.claim_id),
        signal="person_decided",
        argument=decided,
        dossier=claim.dossier,
    )


async def record(connection: Connection, *, actor: str, action: str, dossier: UUID, claim_id: UUID) -> None:
    """Put on record what somebody did with a claim."""
    await audit.record(
        connection,
        actor=actor,
        action=action,
        dossier=dossier,
        purpose="droitPasserelle",
        details={"claimId": str(claim_id)},
    )
