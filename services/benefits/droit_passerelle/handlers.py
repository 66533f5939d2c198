"""Facts of billing that may change what the rules say of a claim nobody decided yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.benefits.claims.service import claims
from services.benefits.droit_passerelle.procedure import ContributionsMoved
from shared.contracts.billing_v1 import DebtSettled, PaymentAllocated, ReliefApplied
from shared.contracts.envelope import Envelope
from shared.contracts.topics import FactClass
from shared.platform.database.connections import Connection
from shared.platform.messages_in.inbox import Handler
from shared.platform.temporal import dispatch


async def look_at_claims_again(
    connection: Connection, fact: PaymentAllocated | DebtSettled | ReliefApplied, _envelope: Envelope
) -> None:
    """Let undecided claims be assessed again: a quarter that is paid in time grants from the fact (art. 197 par. 3)."""
    for claim_id in await claims.undecided_claims(connection, dossier=fact.dossier):
        await dispatch.signal_workflow(
            connection,
            workflow_id=claims.workflow_id(claim_id),
            signal="contributions_moved",
            argument=ContributionsMoved(heard_on=fact.occurred_on),
            dossier=fact.dossier,
        )


HANDLERS: Final[Mapping[FactClass, Handler]] = {
    PaymentAllocated: look_at_claims_again,
    DebtSettled: look_at_claims_again,
    ReliefApplied: look_at_claims_again,
}
