"""The console, put together of its working places; nothing else builds anything."""

from __future__ import annotations

from typing import Final

from services.console.accounts import subject as accounts
from services.console.benefits import subject as benefits
from services.console.dossier import subject as dossier
from services.console.exchange import subject as exchange
from services.console.operations import subject as operations
from services.console.overview import subject as overview
from services.console.recovery import subject as recovery
from services.console.runs import subject as runs
from services.console.settings import ConsoleSettings
from services.console.sign_in import subject as sign_in
from services.console.visits.subject import Console

SUBJECTS: Final = (
    overview.SUBJECT,
    operations.SUBJECT,
    exchange.SUBJECT,
    runs.SUBJECT,
    benefits.SUBJECT,
    recovery.SUBJECT,
    accounts.SUBJECT,
    dossier.SUBJECT,
    sign_in.SUBJECT,
)
#: The groups of the menu, from what is done every day to what is looked at now and then.
MENU: Final = (
    "tasks", "approvals", "cases", "claims", "transmissions", "billingGroup", "moneyGroup", "imports",
    "operationsGroup",
)  # fmt: skip

APP: Final = Console(
    service="console",
    title="Auxilia console",
    description="The window on dossiers, tasks, approvals, runs and transmissions.",
    settings_class=ConsoleSettings,
    subjects=(),
    places=SUBJECTS,
    menu=MENU,
)
