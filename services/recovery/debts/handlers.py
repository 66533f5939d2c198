"""Facts that recovery only remembers: who the debtors are, what they paid, which surcharges were booked."""

from __future__ import annotations

from services.recovery.debts import store
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationOpened, CompanyAffiliated
from shared.contracts.billing_v1 import PaymentAllocated, SurchargeBooked
from shared.contracts.envelope import Envelope
from shared.platform.database.connections import Connection


async def on_affiliation_opened(connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
    """Remember the debtor-to-be: file number, language, category."""
    await store.save_person(
        connection,
        dossier=fact.dossier,
        file_number=fact.file_number,
        language=fact.language,
        category=fact.category,
        category_from=fact.starts_on,
    )


async def on_category_changed(connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope) -> None:
    """Remember the category, which decides on the ways out that letters offer."""
    await store.save_category(connection, dossier=fact.dossier, category=fact.category, applies_from=fact.applies_from)


async def on_company_affiliated(connection: Connection, fact: CompanyAffiliated, _envelope: Envelope) -> None:
    """Remember a company."""
    await store.save_company(connection, dossier=fact.dossier, file_number=fact.file_number, language=fact.language)


async def on_surcharge_booked(connection: Connection, fact: SurchargeBooked, envelope: Envelope) -> None:
    """Remember what a last reminder that was made before can't list."""
    await store.save_surcharge(
        connection,
        event_id=envelope.event_id,
        dossier=fact.dossier,
        quarter=fact.quarter,
        booked_on=fact.occurred_on,
        cents=fact.surcharge_cents,
    )


async def on_payment_allocated(connection: Connection, fact: PaymentAllocated, _envelope: Envelope) -> None:
    """Remember the payment: it interrupts prescription."""
    await store.save_payment(
        connection,
        dossier=fact.dossier,
        payment_id=fact.payment_id,
        value_date=fact.value_date,
        quarters=[allocation.quarter for allocation in fact.allocations],
    )
