"""What files and payments that come and go bring to the console."""

from __future__ import annotations

from typing import Final

from services.console.exchange.pages.bank import BANK_ACTS, BANK_FILES, BANK_PAGES, BANK_RUNS
from services.console.exchange.pages.files import IMPORT_PAGES
from services.console.exchange.pages.payments import PAYER_EXCLUSIONS, PAYMENT_ACTS, PAYMENT_PAGES, WAITING_PAYMENTS
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="exchange",
    pages=(*IMPORT_PAGES, *BANK_PAGES, *PAYMENT_PAGES),
    lists=(WAITING_PAYMENTS, BANK_FILES, PAYER_EXCLUSIONS, BANK_RUNS),
    acts=(*BANK_ACTS, *PAYMENT_ACTS),
    menu={"moneyGroup": ("waitingPayments", "bankFiles", "payerExclusions", "bankRuns"), "imports": ("imports",)},
)
