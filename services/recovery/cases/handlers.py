"""Facts of other services that recovery acts on: written down and told to the procedure in one transaction."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from services.recovery.clocks.store import debt_parts, holds
from services.recovery.clocks.store.holds import HoldRecord
from services.recovery.debts.store import debtors, surcharges
from services.recovery.ladder.service import cases
from services.recovery.ladder.service.overdue_debts import take_up_debt, tell_hold_placed
from services.recovery.ladder.service.signals import Signal, tell_case
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationOpened, CompanyAffiliated
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
from shared.contracts.envelope import Envelope
from shared.contracts.recovery_v1 import HoldLifted
from shared.platform.consumer import FactConsumer
from shared.platform.database import Connection, Database
from shared.platform.outbox import publish

#: After a right was granted, billing still has to waive the quarters: the ladder waits so long.
_RELIEF_DAYS = 1


def build_consumer(database: Database) -> FactConsumer:
    """Return the consumer of recovery: which fact is handled by what."""
    return FactConsumer(
        service="recovery",
        database=database,
        handlers={
            AffiliationOpened: on_affiliation_opened,
            AffiliationCategoryChanged: on_category_changed,
            CompanyAffiliated: on_company_affiliated,
            DebtOverdue: on_debt_overdue,
            SurchargeBooked: on_surcharge_booked,
            PaymentAllocated: on_payment_allocated,
            PaymentReversed: on_payment_reversed,
            DebtSettled: on_debt_settled,
            ReliefApplied: on_relief_applied,
            SurchargesTakenBack: on_surcharges_taken_back,
            ClaimReceived: on_claim_received,
            ClaimDecided: on_claim_decided,
        },
    )


async def on_affiliation_opened(connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
    """Remember the debtor-to-be: file number, language, category."""
    await debtors.save_person(
        connection,
        dossier=fact.dossier,
        file_number=fact.file_number,
        language=fact.language,
        category=fact.category,
        category_from=fact.starts_on,
    )


async def on_category_changed(connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope) -> None:
    """Remember the category, which decides on the ways out that letters offer."""
    await debtors.save_category(
        connection, dossier=fact.dossier, category=fact.category, applies_from=fact.applies_from
    )


async def on_company_affiliated(connection: Connection, fact: CompanyAffiliated, _envelope: Envelope) -> None:
    """Remember a company."""
    await debtors.save_company(connection, dossier=fact.dossier, file_number=fact.file_number, language=fact.language)


async def on_debt_overdue(connection: Connection, fact: DebtOverdue, envelope: Envelope) -> None:
    """Open a case, or add the quarter to the debtor's case as long as that takes debts; remember its claims."""
    await debt_parts.save_parts(
        connection,
        event_id=envelope.event_id,
        dossier=fact.dossier,
        quarter=fact.quarter,
        overdue_on=fact.occurred_on,
        parts=fact.principal_parts,
    )
    await take_up_debt(
        connection,
        dossier=fact.dossier,
        quarter=fact.quarter,
        due_on=fact.due_on,
        overdue_on=fact.occurred_on,
        event_id=envelope.event_id,
    )


async def on_surcharge_booked(connection: Connection, fact: SurchargeBooked, envelope: Envelope) -> None:
    """Remember what a last reminder that was made before can't list, and let the cases look at their debts."""
    await surcharges.save_surcharge(
        connection,
        event_id=envelope.event_id,
        dossier=fact.dossier,
        quarter=fact.quarter,
        booked_on=fact.occurred_on,
        cents=fact.surcharge_cents,
    )
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.DEBTS_CHANGED, event_id=envelope.event_id)


async def on_payment_allocated(connection: Connection, fact: PaymentAllocated, envelope: Envelope) -> None:
    """Remember the payment (it interrupts prescription) and let the cases ask billing what is still open."""
    await debtors.save_payment(
        connection,
        dossier=fact.dossier,
        payment_id=fact.payment_id,
        value_date=fact.value_date,
        quarters=[allocation.quarter for allocation in fact.allocations],
    )
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.DEBTS_CHANGED, event_id=envelope.event_id)


async def on_payment_reversed(connection: Connection, fact: PaymentReversed, envelope: Envelope) -> None:
    """Let the cases see what is owed again; for a quarter without a case billing tells that it is overdue."""
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.DEBTS_CHANGED, event_id=envelope.event_id)


async def on_debt_settled(connection: Connection, fact: DebtSettled, envelope: Envelope) -> None:
    """Let the cases see whether anything is still open."""
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.SETTLED, event_id=envelope.event_id)


async def on_relief_applied(connection: Connection, fact: ReliefApplied, envelope: Envelope) -> None:
    """Let the cases see whether anything is still open."""
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.SETTLED, event_id=envelope.event_id)


async def on_surcharges_taken_back(connection: Connection, fact: SurchargesTakenBack, envelope: Envelope) -> None:
    """Let the cases see what is left, or that nothing is."""
    await _debts_changed(connection, dossier=fact.dossier, signal=Signal.SETTLED, event_id=envelope.event_id)


async def _debts_changed(connection: Connection, *, dossier: UUID, signal: Signal, event_id: UUID) -> None:
    for case_id in await cases.open_cases_of(connection, dossier=dossier):
        await cases.touch_case(connection, case_id=case_id)
        await tell_case(connection, case_id=case_id, dossier=dossier, signal=signal, event_id=event_id)


async def on_claim_received(connection: Connection, fact: ClaimReceived, envelope: Envelope) -> None:
    """Pause the debtor's cases while a right is examined."""
    await debtors.save_claim_received(
        connection,
        claim_id=fact.claim_id,
        dossier=fact.dossier,
        received_on=fact.occurred_on,
        decide_before=fact.decide_before,
    )
    for case_id in await cases.open_cases_of(connection, dossier=fact.dossier):
        hold = await holds.place_hold_for_claim(
            connection,
            case_id=case_id,
            claim_id=fact.claim_id,
            starts_on=fact.occurred_on,
            decide_before=fact.decide_before,
        )
        if hold is not None:
            await tell_hold_placed(connection, hold=hold, dossier=fact.dossier, occurred_on=fact.occurred_on)
            await _hold_changed(connection, hold=hold, dossier=fact.dossier, event_id=envelope.event_id)


async def on_claim_decided(connection: Connection, fact: ClaimDecided, envelope: Envelope) -> None:
    """Let the cases go on; when the right was granted, only after billing had the time to waive what it waives."""
    await debtors.save_claim_decided(
        connection,
        claim_id=fact.claim_id,
        dossier=fact.dossier,
        decided_on=fact.occurred_on,
        outcome=fact.outcome.value,
    )
    granted = fact.outcome is ClaimOutcome.GRANTED
    lifted_on = fact.occurred_on + timedelta(days=_RELIEF_DAYS if granted else 0)
    for hold in await holds.lift_holds_of_claim(connection, claim_id=fact.claim_id, lifted_on=lifted_on):
        await publish(
            connection,
            HoldLifted(dossier=fact.dossier, occurred_on=fact.occurred_on, case_id=hold.case_id, hold_id=hold.hold_id),
        )
    for case_id in await cases.open_cases_of(connection, dossier=fact.dossier):
        await tell_case(
            connection,
            case_id=case_id,
            dossier=fact.dossier,
            signal=Signal.HOLD_CHANGED,
            event_id=uuid5(envelope.event_id, str(case_id)),
        )


async def _hold_changed(connection: Connection, *, hold: HoldRecord, dossier: UUID, event_id: UUID) -> None:
    await tell_case(connection, case_id=hold.case_id, dossier=dossier, signal=Signal.HOLD_CHANGED, event_id=event_id)
