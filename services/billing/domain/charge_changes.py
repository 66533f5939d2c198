"""The entries of a changed contribution: a supplement is charged, a decrease is a counter-entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.billing.domain.debtor_account import DebtorAccount
from services.billing.domain.dossier_facts import QuarterCharge
from services.billing.domain.ledger import (
    Account,
    EntryKind,
    JournalEntry,
    JournalLine,
    LineNature,
    charge,
    entry_id,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter


class ChangeCause(StrEnum):
    """Why what a quarter is owed changed after it was billed."""

    REGULARISATION = "regularisation"
    REDUCTION = "reduction"
    INCREASE = "increase"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeChange:
    """What a quarter is owed from a day on.

    Attributes:
        previous: what it was billed before.
        row: the computation of what is owed; a reduction can leave more, because what was paid stays.
        entry: the entry that books the difference, or None when there is none.
    """

    dossier: UUID
    previous: QuarterCharge
    cause: ChangeCause
    cause_id: UUID
    contribution_cents: int
    fee_cents: int
    category: str
    changed_on: date
    due_on: date
    row: Mapping[str, Any]
    entry: JournalEntry | None


def change_charges(
    account: DebtorAccount,
    *,
    kind: EntryKind,
    key: str,
    value_date: date,
    quarter: Quarter,
    differences: Mapping[AmountKind, int],
) -> JournalEntry | None:
    """Charge the differences of a quarter and bring the account up to date.

    What had been paid beyond what is left of a kind becomes a credit of the dossier, never a negative debt.

    Args:
        account: the account; changed.
        kind: why the charges change.
        key: identity of the change; the same change is never booked twice.
        value_date: the day of the statement or decision.
        quarter: the quarter.
        differences: per kind, positive to charge more, negative to take back.

    Returns:
        The entry, or None when nothing differs.
    """
    if not any(differences.values()):
        return None
    entry = charge(
        kind=kind, key=key, value_date=value_date, dossier=account.dossier, quarter=quarter, amounts=differences
    )
    account.apply(entry)
    freed = {
        amount_kind: -account.items[quarter, amount_kind].open_cents
        for amount_kind, difference in differences.items()
        if difference < 0 and account.items[quarter, amount_kind].open_cents < 0
    }
    if not freed:
        return entry
    lines = [
        JournalLine(
            account=Account.RECEIVABLE,
            cents=cents,
            dossier=account.dossier,
            quarter=quarter,
            kind=amount_kind,
            nature=LineNature.PAYMENT,
        )
        for amount_kind, cents in freed.items()
    ]
    lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=-sum(freed.values()), dossier=account.dossier))
    # Applied apart, so that the account knows both halves; written as one entry.
    account.apply(
        JournalEntry(entry_id=entry.entry_id, kind=kind, value_date=value_date, reference=key, lines=tuple(lines))
    )
    return JournalEntry(
        entry_id=entry_id(kind, key), kind=kind, value_date=value_date, reference=key, lines=(*entry.lines, *lines)
    )
