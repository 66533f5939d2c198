"""Facts of other services that open a case, pause it or wake it, each in the transaction that hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import uuid5

from services.recovery.clocks.service import lift_holds_of_claim, place_hold_for_claim
from services.recovery.ladder.service.cases import Signal, open_cases_of, take_up_debt, tell_case, touch_case
from shared.contracts.benefits_v1 import ClaimDecided, ClaimOutcome, ClaimReceived
from shared.contracts.billing_v1 import (
    DebtOverdue,
    DebtSettled,
    PaymentAllocated,
    PaymentReversed,
    ReliefApplied,
    SurchargeBooked,
    SurchargesTakenBack,
)
from shared.contracts.envelope import Envelope, Fact
from shared.contracts.topics import FactClass
from shared.platform.database.connections import Connection
from shared.platform.messages_in.inbox import Handler

#: After a right was granted, billing still has to waive the quarters: the ladder waits so long.
_RELIEF_DAYS: Final = 1
#: What changes the debts: the cases ask billing what is still open. A quarter without a case that is owed again comes
#: back as an overdue debt.
_DEBTS_CHANGE: Final[Mapping[FactClass, Signal]] = {
    SurchargeBooked: Signal.DEBTS_CHANGED,
    PaymentAllocated: Signal.DEBTS_CHANGED,
    PaymentReversed: Signal.DEBTS_CHANGED,
    DebtSettled: Signal.SETTLED,
    ReliefApplied: Signal.SETTLED,
    SurchargesTakenBack: Signal.SETTLED,
}


async def on_debt_overdue(connection: Connection, fact: DebtOverdue, envelope: Envelope) -> None:
    """Open a case, or add the quarter to the debtor's case as long as that takes debts."""
    await take_up_debt(
        connection,
        dossier=fact.dossier,
        quarter=fact.quarter,
        due_on=fact.due_on,
        overdue_on=fact.occurred_on,
        event_id=envelope.event_id,
    )


async def on_debts_changed(connection: Connection, fact: Fact, envelope: Envelope, *, signal: Signal) -> None:
    """Let the debtor's cases look at what they still have open."""
    for case_id in await open_cases_of(connection, dossier=fact.dossier):
        await touch_case(connection, case_id=case_id)
        await tell_case(connection, case_id=case_id, dossier=fact.dossier, signal=signal, event_id=envelope.event_id)


async def on_claim_received(connection: Connection, fact: ClaimReceived, envelope: Envelope) -> None:
    """Pause the debtor's cases while a right is examined."""
    for case_id in await open_cases_of(connection, dossier=fact.dossier):
        placed = await place_hold_for_claim(
            connection,
            case_id=case_id,
            dossier=fact.dossier,
            claim_id=fact.claim_id,
            starts_on=fact.occurred_on,
            decide_before=fact.decide_before,
        )
        if placed:
            await tell_case(
                connection,
                case_id=case_id,
                dossier=fact.dossier,
                signal=Signal.HOLD_CHANGED,
                event_id=envelope.event_id,
            )


async def on_claim_decided(connection: Connection, fact: ClaimDecided, envelope: Envelope) -> None:
    """Let the cases go on; when the right was granted, only after billing had the time to waive what it waives."""
    granted = fact.outcome is ClaimOutcome.GRANTED
    await lift_holds_of_claim(
        connection,
        claim_id=fact.claim_id,
        dossier=fact.dossier,
        decided_on=fact.occurred_on,
        lifted_on=fact.occurred_on + timedelta(days=_RELIEF_DAYS if granted else 0),
    )
    for case_id in await open_cases_of(connection, dossier=fact.dossier):
        await tell_case(
            connection,
            case_id=case_id,
            dossier=fact.dossier,
            signal=Signal.HOLD_CHANGED,
            event_id=uuid5(envelope.event_id, str(case_id)),
        )


HANDLERS: Final[Mapping[FactClass, Handler]] = {
    DebtOverdue: on_debt_overdue,
    ClaimReceived: on_claim_received,
    ClaimDecided: on_claim_decided,
    **{fact: partial(on_debts_changed, signal=signal) for fact, signal in _DEBTS_CHANGE.items()},
}
