"""Surcharges the institute waives in whole or in part (RGS art. 48): owed no longer, as if paid by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing.lateness.rules.surcharge_corrections import SurchargeCorrection
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, JournalLine, LineNature, entry_id
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """What a waiver did: its entries, what went off each surcharge, and the cents of each quarter."""

    entries: tuple[JournalEntry, ...]
    corrections: tuple[SurchargeCorrection, ...]
    cents: Mapping[Quarter, int]


def waive_surcharges(
    account: DebtorAccount, *, cause: str, value_date: date, granted: Mapping[Quarter, int | None]
) -> Waived:
    """Waive surcharges of quarters, the oldest first, and bring the account up to date.

    What of them was paid becomes a credit of the dossier. Never more than is in force: open + paid + waived stays what
    was charged. Surcharges on a reduction that proved wrong (royal decree 38, art. 11bis) are waived last.

    Args:
        account: the account; changed.
        cause: identity of the decision.
        value_date: day of the decision.
        granted: cents per quarter; None for all its surcharges.
    """
    entries: list[JournalEntry] = []
    corrections: list[SurchargeCorrection] = []
    cents: dict[Quarter, int] = {}
    for quarter, granted_cents in sorted(granted.items()):
        item = account.items.get((quarter, AmountKind.SURCHARGE))
        in_force = 0 if item is None else max(0, item.charged_cents - item.waived_cents)
        left = in_force if granted_cents is None else min(granted_cents, in_force)
        cents[quarter] = left
        for position, surcharge in enumerate(account.surcharges):
            part = min(left, surcharge.surcharge_cents) if surcharge.quarter == quarter else 0
            if part <= 0:
                continue
            left -= part
            whole = part == surcharge.surcharge_cents
            entry = _entry(account, quarter, part, f"{surcharge.closing}|{surcharge.kind}|{cause}", value_date)
            base = surcharge.base_cents if whole else 0
            corrections.append(
                SurchargeCorrection(surcharge=surcharge, base_cents=base, surcharge_cents=part, entry=entry)
            )
            account.surcharges[position] = replace(
                surcharge, base_cents=surcharge.base_cents - base, surcharge_cents=surcharge.surcharge_cents - part
            )
            entries.append(entry)
        if left > 0:
            entries.append(_entry(account, quarter, left, f"rest|{cause}", value_date))
    return Waived(entries=tuple(entries), corrections=tuple(corrections), cents=cents)


def _entry(account: DebtorAccount, quarter: Quarter, cents: int, key: str, value_date: date) -> JournalEntry:
    """Waive cents of a quarter's surcharges; what of them had been paid becomes a credit."""
    freed = max(0, cents - account.items[quarter, AmountKind.SURCHARGE].open_cents)
    lines = [
        _receivable(account.dossier, quarter, -cents, LineNature.WAIVER),
        JournalLine(account=Account.WAIVED, cents=cents, dossier=account.dossier),
    ]
    if freed:
        lines.append(_receivable(account.dossier, quarter, freed, LineNature.PAYMENT))
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=-freed, dossier=account.dossier))
    reference = f"{account.dossier}|{quarter}|{key}"
    entry = JournalEntry(
        entry_id=entry_id(EntryKind.SURCHARGE_WAIVED, reference),
        kind=EntryKind.SURCHARGE_WAIVED,
        value_date=value_date,
        reference=reference,
        lines=tuple(lines),
    )
    account.apply(entry)
    return entry


def _receivable(dossier: UUID, quarter: Quarter, cents: int, nature: LineNature) -> JournalLine:
    return JournalLine(
        account=Account.RECEIVABLE,
        cents=cents,
        dossier=dossier,
        quarter=quarter,
        kind=AmountKind.SURCHARGE,
        nature=nature,
    )
