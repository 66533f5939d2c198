"""What money that came in brings to the service."""

from __future__ import annotations

from typing import Final

from services.billing.money_in.api import LARGEST_FILE_BYTES, router
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="money_in",
    routers=lambda context: [router(context)],
    large_bodies={"/v1/bankFiles": LARGEST_FILE_BYTES},
)
