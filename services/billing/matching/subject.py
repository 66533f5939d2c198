"""What matching by a person brings to the service."""

from __future__ import annotations

from typing import Final

from services.billing.matching.api import bank_lines, payer_exclusions
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="matching",
    routers=lambda context: [bank_lines.router(context), payer_exclusions.router(context)],
)
