"""What benefits bring to the console."""

from __future__ import annotations

from typing import Final

from services.console.benefits.pages.claims import CLAIM_ACTS, CLAIM_PAGES, CLAIMS
from services.console.benefits.pages.payouts import PAYOUT_ACTS, PAYOUT_PAGES, PAYOUT_RUNS
from services.console.benefits.pages.transmissions import TRANSMISSION_ACTS, TRANSMISSION_PAGES, TRANSMISSIONS
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="benefits",
    pages=(*CLAIM_PAGES, *TRANSMISSION_PAGES, *PAYOUT_PAGES),
    lists=(CLAIMS, TRANSMISSIONS, PAYOUT_RUNS),
    acts=(*CLAIM_ACTS, *TRANSMISSION_ACTS, *PAYOUT_ACTS),
    menu={"claims": ("claims",), "transmissions": ("transmissions",), "moneyGroup": ("payoutRuns",)},
)
