"""What debts bring: what other services tell about debtors and what they owe is remembered."""

from __future__ import annotations

from typing import Final

from services.recovery.debts import handlers
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationOpened, CompanyAffiliated
from shared.contracts.billing_v1 import PaymentAllocated, SurchargeBooked
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="debts",
    handlers=lambda _context: {
        AffiliationOpened: handlers.on_affiliation_opened,
        AffiliationCategoryChanged: handlers.on_category_changed,
        CompanyAffiliated: handlers.on_company_affiliated,
        SurchargeBooked: handlers.on_surcharge_booked,
        PaymentAllocated: handlers.on_payment_allocated,
    },
)
