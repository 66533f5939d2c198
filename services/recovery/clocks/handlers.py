"""Facts that clocks remember: of which claims overdue principal is made, and which rights are being examined."""

from __future__ import annotations

from services.recovery.clocks import store
from shared.contracts.benefits_v1 import ClaimDecided, ClaimReceived
from shared.contracts.billing_v1 import DebtOverdue
from shared.contracts.envelope import Envelope
from shared.platform.database.connections import Connection


async def on_debt_overdue(connection: Connection, fact: DebtOverdue, envelope: Envelope) -> None:
    """Remember the claims of overdue principal: each prescribes by itself."""
    await store.save_parts(
        connection,
        event_id=envelope.event_id,
        dossier=fact.dossier,
        quarter=fact.quarter,
        overdue_on=fact.occurred_on,
        parts=fact.principal_parts,
    )


async def on_claim_received(connection: Connection, fact: ClaimReceived, _envelope: Envelope) -> None:
    """Remember that a right is examined: cases that open before it is decided are paused too."""
    await store.save_claim_received(
        connection,
        claim_id=fact.claim_id,
        dossier=fact.dossier,
        received_on=fact.occurred_on,
        decide_before=fact.decide_before,
    )


async def on_claim_decided(connection: Connection, fact: ClaimDecided, _envelope: Envelope) -> None:
    """Remember that a right is examined no longer."""
    await store.save_claim_decided(
        connection,
        claim_id=fact.claim_id,
        dossier=fact.dossier,
        decided_on=fact.occurred_on,
        outcome=fact.outcome.value,
    )
