"""What the notices of a run are handed over in steps of."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import BaseModel

#: Name of the activity that hands notices over; a procedure of another subject calls it by this.
HAND_OVER_NOTICES: Final = "hand_over_notices"


class HandOverStep(BaseModel):
    """A batch of notices of one partition to hand over on a day, after a reference."""

    quarter: str
    partition: int
    today: date
    after: str | None = None


class HandedOver(BaseModel):
    """How many were taken, and where to go on; ``next_after`` is None when the partition is done."""

    taken: int
    next_after: str | None
