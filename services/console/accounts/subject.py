"""What accounts bring to the console."""

from __future__ import annotations

from typing import Final

from services.console.accounts.pages.account import ACCOUNT_ACTS, ACCOUNT_PAGES
from services.console.accounts.pages.outlook import OUTLOOK_ACTS, OUTLOOK_PAGES
from services.console.accounts.pages.trial_balance import TRIAL_BALANCE
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(
    name="accounts",
    pages=(*ACCOUNT_PAGES, *OUTLOOK_PAGES, TRIAL_BALANCE),
    acts=(*ACCOUNT_ACTS, *OUTLOOK_ACTS),
    menu={"moneyGroup": ("trialBalance",)},
)
