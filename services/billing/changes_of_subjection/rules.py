"""Quarters that were waived because an activity had ended, and are owed after all because it had begun again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, JournalLine, LineNature, entry_id
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter


def take_back_relief(
    *, key: str, value_date: date, dossier: UUID, waived: Mapping[tuple[Quarter, AmountKind], int]
) -> JournalEntry:
    """Take a waiver back: what was waived of quarters is owed again (AR38 art. 15 par. 2).

    Args:
        key: identity of what made them owed again; the same is booked once.
        value_date: the day it was told.
        dossier: whose quarters.
        waived: what had been waived, in cents, by quarter and kind.
    """
    lines = [
        JournalLine(
            account=Account.RECEIVABLE,
            cents=cents,
            dossier=dossier,
            quarter=quarter,
            kind=kind,
            nature=LineNature.WAIVER,
        )
        for (quarter, kind), cents in sorted(waived.items())
    ]
    lines.append(JournalLine(account=Account.WAIVED, cents=-sum(waived.values()), dossier=dossier))
    return JournalEntry(
        entry_id=entry_id(EntryKind.RELIEF_TAKEN_BACK, key),
        kind=EntryKind.RELIEF_TAKEN_BACK,
        value_date=value_date,
        reference=key,
        lines=tuple(lines),
    )
