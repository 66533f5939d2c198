"""To which debts a payment goes.

An administrative fine that was claimed comes first (royal decree 38, art. 17ter). Then the debtor's choice: the
structured reference names a quarter (Civil Code art. 5.208; before 2023 old Civil Code art. 1253). Then debts that are
due before those that are not, and the oldest first (art. 5.209; old art. 1256): a quarter is due on its last day, so
one order by quarter is both. That no quarter is more in the debtor's interest than another is inferred: each costs the
same 3 % a quarter. Within a quarter interest comes before capital (art. 5.210; old art. 1254), and so do costs, by the
same article; surcharges come before the contribution they were charged on, and the principal, which keeps costing 3 % a
quarter, before the management fee. Cents that find no debt stay a credit.

An amount of one kind is never used up by paying another: open + paid + waived = charged holds per quarter and kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

#: Within a quarter, from first to last.
ORDER_OF_KINDS: Final = (
    AmountKind.FINE,
    AmountKind.INTEREST,
    AmountKind.COST,
    AmountKind.SURCHARGE,
    AmountKind.PRINCIPAL,
    AmountKind.FEE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What is open of one kind of one quarter; ``charged_on`` is the value date of its oldest charge."""

    quarter: Quarter
    kind: AmountKind
    open_cents: int
    charged_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatedPart:
    """Cents of a payment that go to one kind of one quarter."""

    quarter: Quarter
    kind: AmountKind
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPlan:
    """Where a payment goes; ``credit_cents`` is what no debt could take."""

    parts: tuple[AllocatedPart, ...]
    credit_cents: int


def allocate(
    *,
    amount_cents: int,
    open_items: Sequence[OpenItem],
    chosen_quarter: Quarter | None,
) -> AllocationPlan:
    """Spread an amount over open items in the lawful order.

    Args:
        amount_cents: what was paid, more than zero.
        open_items: everything the dossier owes; items of zero or less are passed over.
        chosen_quarter: the quarter the payer's structured reference names, or None.

    Raises:
        ValueError: the amount is not positive.
    """
    if amount_cents <= 0:
        raise ValueError("only a positive amount can be allocated")
    remaining = amount_cents
    parts: list[AllocatedPart] = []
    for item in sorted(open_items, key=lambda item: _rank(item, chosen_quarter)):
        taken = min(remaining, item.open_cents)
        if taken <= 0:
            continue
        parts.append(AllocatedPart(quarter=item.quarter, kind=item.kind, cents=taken))
        remaining -= taken
    return AllocationPlan(parts=tuple(parts), credit_cents=remaining)


def _rank(item: OpenItem, chosen_quarter: Quarter | None) -> tuple[bool, bool, int, int]:
    return (
        item.kind is not AmountKind.FINE,
        item.quarter != chosen_quarter,
        # see limits: no-quarter-more-in-the-debtors-interest
        item.quarter.index,
        ORDER_OF_KINDS.index(item.kind),
    )
