"""What clocks bring: what makes days stand still, or run out, is remembered."""

from __future__ import annotations

from typing import Final

from services.recovery.clocks import handlers
from shared.contracts.benefits_v1 import ClaimDecided, ClaimReceived
from shared.contracts.billing_v1 import DebtOverdue
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="clocks",
    handlers=lambda _context: {
        DebtOverdue: handlers.on_debt_overdue,
        ClaimReceived: handlers.on_claim_received,
        ClaimDecided: handlers.on_claim_decided,
    },
)
