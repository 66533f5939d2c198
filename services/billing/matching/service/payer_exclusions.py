"""Payers whose money waits for a person, until somebody lets it go by itself again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.matching import store
from services.billing.undoing.service.reversals import note_payer
from shared.platform.database.connections import Connection
from shared.platform.people import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """What became of an exclusion: whose it was, and whether this call lifted it."""

    dossier: UUID
    now: bool


async def lift(connection: Connection, *, exclusion_id: int, lifted_on: date, lifted_by: str, reason: str) -> Lifted:
    """Let a payer's money go to a dossier by itself again, on record; lifting what was lifted changes nothing.

    Raises:
        LookupError: there is no such exclusion.
    """
    await store.lock_payer_rules(connection)
    found = await store.noted_exclusion(connection, exclusion_id=exclusion_id)
    if found is None:
        raise LookupError("there is no such exclusion")
    if found.holds:
        await note_payer(
            connection,
            account=found.counterparty_account,
            dossier=found.dossier,
            automatic=True,
            noted_on=lifted_on,
            noted_by=lifted_by,
            reason=reason,
        )
        await audit.record(
            connection,
            actor=lifted_by,
            action="payerExclusion.lifted",
            dossier=found.dossier,
            purpose="identifyPayment",
            details={"exclusionId": exclusion_id, "reason": reason},
        )
    return Lifted(dossier=found.dossier, now=found.holds)
