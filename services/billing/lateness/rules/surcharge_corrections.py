"""Surcharges that turn out too high once something is known that happened before they were charged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.billing.ledger.rules.allocation import AllocatedPart
from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount
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
from shared.law.money import round_half_up
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class SurchargeCorrection:
    """A surcharge that turned out too high because a payment of before the closing became known later.

    ``base_cents`` and ``surcharge_cents`` are what goes off; no entry when that rounds to nothing.
    """

    surcharge: BookedSurcharge
    base_cents: int
    surcharge_cents: int
    entry: JournalEntry | None


def correct_surcharges(
    account: DebtorAccount, *, cause: str, value_date: date, parts: Iterable[AllocatedPart]
) -> tuple[SurchargeCorrection, ...]:
    """Take back the surcharges on principal that was paid before they were charged, but told after.

    Args:
        account: the account; changed.
        cause: identity of the payment.
        value_date: day the payment was credited to the fund (RGS art. 42).
        parts: where the payment goes.
    """
    principal = {part.quarter: part.cents for part in parts if part.kind is AmountKind.PRINCIPAL}
    corrections: list[SurchargeCorrection] = []
    for position, surcharge in enumerate(account.surcharges):
        paid = min(principal.get(surcharge.quarter, 0), surcharge.base_cents)
        if paid <= 0 or surcharge.closing.ends_before <= value_date:
            continue
        base = surcharge.base_cents - paid
        difference = _still_to_take_back(surcharge, base)
        account.surcharges[position] = replace(
            surcharge, base_cents=base, surcharge_cents=surcharge.surcharge_cents - difference
        )
        entry = _credit_note(account, cause, surcharge, difference) if difference else None
        if entry is not None:
            account.apply(entry)
        corrections.append(
            SurchargeCorrection(surcharge=surcharge, base_cents=paid, surcharge_cents=difference, entry=entry)
        )
    return tuple(corrections)


def stop_surcharges(
    account: DebtorAccount, *, cause: str, quarters: Sequence[Quarter], served_on: date
) -> tuple[SurchargeCorrection, ...]:
    """Take back what was charged after a warrant or a summons was served, when its service is told after a closing.

    The 3 % is charged for the last time at the end of the quarter before the service (RGS art. 44 par. 1), and the 7 %
    not at all for a contribution whose warrant was served in the same year (RGS art. 44bis par. 1).
    """
    served_in = Quarter.of(served_on)
    corrections: list[SurchargeCorrection] = []
    for position, surcharge in enumerate(account.surcharges):
        stopped = (
            surcharge.closing >= served_in
            if surcharge.kind == "quarterly"
            else surcharge.closing.year == served_in.year
        )
        if surcharge.quarter not in quarters or not stopped or surcharge.surcharge_cents <= 0:
            continue
        entry = _credit_note(account, cause, surcharge, surcharge.surcharge_cents)
        account.apply(entry)
        account.surcharges[position] = replace(surcharge, base_cents=0, surcharge_cents=0)
        corrections.append(
            SurchargeCorrection(
                surcharge=surcharge,
                base_cents=surcharge.base_cents,
                surcharge_cents=surcharge.surcharge_cents,
                entry=entry,
            )
        )
    return tuple(corrections)


def lower_surcharges(
    account: DebtorAccount, *, cause: str, decreases: Mapping[Quarter, int]
) -> tuple[SurchargeCorrection, ...]:
    """Take back the part of surcharges that was charged on principal a granted reduction took off (RGS art. 44 par. 5).

    Args:
        account: the account; changed.
        cause: identity of the request.
        decreases: by how much the unpaid principal of quarters was reduced.
    """
    corrections: list[SurchargeCorrection] = []
    for position, surcharge in enumerate(account.surcharges):
        less = min(decreases.get(surcharge.quarter, 0), surcharge.base_cents)
        if less <= 0:
            continue
        base = surcharge.base_cents - less
        difference = _still_to_take_back(surcharge, base)
        account.surcharges[position] = replace(
            surcharge, base_cents=base, surcharge_cents=surcharge.surcharge_cents - difference
        )
        entry = _credit_note(account, cause, surcharge, difference) if difference else None
        if entry is not None:
            account.apply(entry)
        corrections.append(
            SurchargeCorrection(surcharge=surcharge, base_cents=less, surcharge_cents=difference, entry=entry)
        )
    return tuple(corrections)


def _still_to_take_back(surcharge: BookedSurcharge, base_cents: int) -> int:
    """Give by how much a surcharge falls when it was due on a smaller base, in cents.

    Of one that was waived in part (RGS art. 48) what was waived counts as the part that falls away: of 60.00 of which
    30.00 were waived, 30.00 stay owed when the base is halved. That is inferred, no text says which counts first.
    """
    # see limits: waived-goes-off-first
    return max(0, surcharge.surcharge_cents - round_half_up(base_cents * surcharge.rate))


def _credit_note(account: DebtorAccount, cause: str, surcharge: BookedSurcharge, difference: int) -> JournalEntry:
    """Take back part of a surcharge; what of it had been paid becomes a credit instead of a negative debt."""
    item = account.items[surcharge.quarter, AmountKind.SURCHARGE]
    key = f"{account.dossier}|{surcharge.quarter}|{surcharge.closing}|{surcharge.kind}|{cause}"
    note = charge(
        kind=EntryKind.SURCHARGE_CORRECTION,
        key=key,
        value_date=surcharge.charged_on,
        dossier=account.dossier,
        quarter=surcharge.quarter,
        amounts={AmountKind.SURCHARGE: -difference},
    )
    freed = max(0, difference - item.open_cents)
    if not freed:
        return note
    return JournalEntry(
        entry_id=entry_id(EntryKind.SURCHARGE_CORRECTION, key),
        kind=EntryKind.SURCHARGE_CORRECTION,
        value_date=note.value_date,
        reference=key,
        lines=(
            *note.lines,
            JournalLine(
                account=Account.RECEIVABLE,
                cents=freed,
                dossier=account.dossier,
                quarter=surcharge.quarter,
                kind=AmountKind.SURCHARGE,
                nature=LineNature.PAYMENT,
            ),
            JournalLine(account=Account.DOSSIER_CREDIT, cents=-freed, dossier=account.dossier),
        ),
    )
