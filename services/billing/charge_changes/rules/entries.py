"""The entries of a changed contribution: a supplement is charged, a decrease is a counter-entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.billing.dossier_facts.rules.facts import QuarterCharge
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import (
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

    What had been paid beyond what is left of a kind becomes a credit of the dossier, never a negative debt: only that
    is given back (RGS art. 43). What had been waived was received by nobody: as far as it is no longer owed, the waiver
    is taken back. That a decrease takes off what was waived first, and what was paid only after it, is inferred:
    whoever paid less than is owed in the end has paid nothing too much.

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
    # see limits: waived-goes-off-first
    if not any(differences.values()):
        return None
    entry = charge(
        kind=kind, key=key, value_date=value_date, dossier=account.dossier, quarter=quarter, amounts=differences
    )
    account.apply(entry)
    if difference := differences.get(AmountKind.PRINCIPAL, 0):
        account.note_change(quarter, claimed_on=value_date, difference_cents=difference)
    lines = _given_back(account, quarter, [amount_kind for amount_kind, cents in differences.items() if cents < 0])
    if not lines:
        return entry
    # Applied apart, so that the account knows both halves; written as one entry.
    account.apply(
        JournalEntry(entry_id=entry.entry_id, kind=kind, value_date=value_date, reference=key, lines=tuple(lines))
    )
    return JournalEntry(
        entry_id=entry_id(kind, key), kind=kind, value_date=value_date, reference=key, lines=(*entry.lines, *lines)
    )


def _given_back(account: DebtorAccount, quarter: Quarter, kinds: Sequence[AmountKind]) -> list[JournalLine]:
    """Give the lines that bring kinds of which too little is charged back to nothing open: waivers first."""
    lines: list[JournalLine] = []
    unwaived = freed = 0
    for kind in kinds:
        item = account.items[quarter, kind]
        too_much = -item.open_cents
        if too_much <= 0:
            continue
        # What another system was paid for a quarter that was taken over stands in no item here: it is given back too.
        from_waiver = min(too_much, item.waived_cents)
        for cents, nature in ((from_waiver, LineNature.WAIVER), (too_much - from_waiver, LineNature.PAYMENT)):
            if cents:
                lines.append(
                    JournalLine(
                        account=Account.RECEIVABLE,
                        cents=cents,
                        dossier=account.dossier,
                        quarter=quarter,
                        kind=kind,
                        nature=nature,
                    )
                )
        unwaived += from_waiver
        freed += too_much - from_waiver
    if unwaived:
        lines.append(JournalLine(account=Account.WAIVED, cents=-unwaived, dossier=account.dossier))
    if freed:
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=-freed, dossier=account.dossier))
    return lines
