"""What other subjects may ask about a debtor."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.recovery.debts.rules import KnownDebtor
from services.recovery.debts.store import booked_after_last_reminder, find_debtor
from shared.platform.database.connections import Connection

__all__ = ["DebtorUnknown", "booked_after_last_reminder", "debtor_of", "find_debtor"]


class DebtorUnknown(LookupError):
    """Affiliation has not told anything about a debtor yet."""


async def debtor_of(connection: Connection, *, dossier: UUID, on: date) -> KnownDebtor:
    """Return what is known of a debtor on a day.

    Raises:
        DebtorUnknown: affiliation told nothing yet.
    """
    debtor = await find_debtor(connection, dossier=dossier, on=on)
    if debtor is None:
        raise DebtorUnknown(f"affiliation told nothing yet about dossier {dossier}")
    return debtor
