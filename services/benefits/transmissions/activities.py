"""Activities of MutualityTransmission."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.clients import Clients
from services.benefits.transmissions import service, store
from services.benefits.transmissions.procedure import SendOutcome
from services.benefits.transmissions.rules import message_body, warn_on
from shared.law.fund import Fund
from shared.platform.calls.partners import raise_while_quick
from shared.platform.calls.service_client import CallFailed, PeerNonsense, PeerRefused, PeerUnavailable
from shared.platform.database.connections import Database


@dataclass(frozen=True, kw_only=True)
class TransmissionActivities:
    """What a transmission needs: rows, identities, the mutualites."""

    database: Database
    clients: Clients
    fund: Fund

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [
            self.send_transmission,
            self.mark_transmission_overdue,
        ]

    @activity.defn(name="send_transmission")
    async def send_transmission(self, request: OnDay) -> SendOutcome:
        """Hand the message to the mutualite once and keep what came of it.

        The ticket makes a second delivery of the same message harmless, so being cut off between the call and the row
        is too. A partner that stays down or answers nonsense is an outcome, not an error: the procedure waits for the
        next working day.
        """
        async with self.database.transaction() as connection:
            transmission = await store.read_transmission(connection, transmission_id=request.reference)
        warn = warn_on(deadline_on=transmission.deadline)
        if transmission.status in {"acknowledged", "closed"}:
            return SendOutcome(outcome="settled", warn_on=warn)
        identity = await self.clients.identity(dossier=transmission.dossier, purpose="mutualityTransmission")
        message = message_body(
            notice=service.notice_of(transmission),
            fund_number=self.fund.on(request.today).number,
            ssin=identity.national_number,
            sent_on=request.today,
        )
        outcome, status_code, detail = await self._deliver(transmission, message)
        digest = sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
        async with self.database.transaction() as connection:
            await store.read_transmission(connection, transmission_id=request.reference, lock=True)
            # Written down as it was sent: it may have been corrected meanwhile.
            await service.record_attempt(
                connection,
                transmission=transmission,
                sent_on=request.today,
                outcome=outcome,
                status_code=status_code,
                payload_sha256=digest,
                detail=detail,
            )
        return SendOutcome(outcome=outcome, warn_on=warn)

    async def _deliver(
        self, transmission: store.Transmission, message: Mapping[str, str | int | bool]
    ) -> tuple[store.Outcome, int | None, str]:
        try:
            await self.clients.send_to_mutuality(
                insurer=transmission.insurer, ticket=transmission.ticket, message=message
            )
        except CallFailed as error:
            raise_while_quick(error)
            return _told_of(error)
        return "accepted", 202, "taken in"

    @activity.defn(name="mark_transmission_overdue")
    async def mark_transmission_overdue(self, request: OnDay) -> Nothing:
        """Give a person a task because no receipt came, and tell so, five working days before the deadline."""
        async with self.database.transaction() as connection:
            transmission = await store.read_transmission(connection, transmission_id=request.reference, lock=True)
            if transmission.status in {"acknowledged", "closed"}:
                return Nothing()
            await service.mark_overdue(connection, transmission=transmission, today=request.today)
        return Nothing()


def _told_of(error: CallFailed) -> tuple[store.Outcome, int | None, str]:
    """Give the outcome, the status and the detail that are kept of a call that failed."""
    match error:
        case PeerRefused():
            return "nonsense", error.status, error.problem_type
        case PeerNonsense():
            return "nonsense", None, error.reason
        case PeerUnavailable():
            return "unavailable", None, error.reason
        case _:
            return "unavailable", None, "the call failed"
