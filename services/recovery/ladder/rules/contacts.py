"""What was done to speak with the debtor: no warrant is drawn up before that, and letters tell it truly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ContactHistory:
    """What was done to speak with the debtor.

    Attributes:
        reached_on: day on which somebody spoke with the debtor.
        excepted_on: day on which a team lead wrote down why that can't be asked.
        sought_on: day of the latest attempt that reached nobody.
        recorded_by: who recorded the contact or the exception; None when there is neither.
    """

    reached_on: date | None = None
    excepted_on: date | None = None
    sought_on: date | None = None
    recorded_by: str | None = None

    @property
    def is_on_record(self) -> bool:
        """Return whether there was a contact, or a justified exception."""
        return self.reached_on is not None or self.excepted_on is not None
