"""What a trial of a billing run finds: totals, who would be parked, and how the amounts differ from before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import polars as pl
from pydantic import BaseModel

from services.billing.assessment.rules.page import AssessedPage

#: How many of the dossiers whose amount changes most are named.
NAMED_MAX: Final = 10


class CategoryTotal(BaseModel):
    """How many would be billed in a category, and how much."""

    dossiers: int = 0
    contribution_cents: int = 0
    fee_cents: int = 0


class ChangedAmount(BaseModel):
    """A dossier that would be charged another amount than for the quarter before."""

    dossier: UUID
    file_number: int
    previous_cents: int
    total_cents: int


class TrialResult(BaseModel):
    """What a page, or all pages together, would give.

    Attributes:
        categories: by category.
        parked: how many could not be billed, by reason.
        new: dossiers without a contribution for the quarter before.
        raised, lowered, same: dossiers whose total is above, below or equal to that of the quarter before.
        raised_cents, lowered_cents: by how much, together; both positive.
        changed: the dossiers that change most.
    """

    categories: dict[str, CategoryTotal] = {}
    parked: dict[str, int] = {}
    new: int = 0
    raised: int = 0
    lowered: int = 0
    same: int = 0
    raised_cents: int = 0
    lowered_cents: int = 0
    changed: tuple[ChangedAmount, ...] = ()

    @property
    def billed(self) -> int:
        """How many would be billed."""
        return sum(total.dossiers for total in self.categories.values())

    @property
    def total_cents(self) -> int:
        """What they would be charged together, with the management fee."""
        return sum(total.contribution_cents + total.fee_cents for total in self.categories.values())


def page_result(*, page: AssessedPage, previous: pl.DataFrame) -> TrialResult:
    """Sum up a page.

    Args:
        page: what the billing of the page would charge, and whom it would park.
        previous: ``dossier`` and ``previous_cents``, the total charged for the quarter before, of those who have one.
    """
    compared = page.assessed.join(previous, on="dossier", how="left").with_columns(
        difference=pl.col("total_cents") - pl.col("previous_cents")
    )
    difference = pl.col("difference")
    counts = compared.select(
        new=difference.is_null().sum(),
        raised=(difference > 0).sum(),
        lowered=(difference < 0).sum(),
        same=(difference == 0).sum(),
        raised_cents=difference.filter(difference > 0).sum(),
        lowered_cents=-difference.filter(difference < 0).sum(),
    ).row(0, named=True)
    categories = compared.group_by("category").agg(
        pl.len().alias("dossiers"), pl.col("contribution_cents").sum(), pl.col("fee_cents").sum()
    )
    most = compared.filter(difference != 0).sort(difference.abs(), descending=True).head(NAMED_MAX)
    parked = page.unassessed.group_by("reason").len()
    return TrialResult(
        categories={row.pop("category"): CategoryTotal(**row) for row in categories.iter_rows(named=True)},
        parked=dict(parked.iter_rows()),
        changed=_most_changed(
            ChangedAmount(**row)
            for row in most.select("dossier", "file_number", "previous_cents", "total_cents").iter_rows(named=True)
        ),
        **counts,
    )


def summed(results: Iterable[TrialResult]) -> TrialResult:
    """Give the result of all pages together."""
    whole = TrialResult()
    parked: Counter[str] = Counter()
    for one in results:
        for category, total in one.categories.items():
            known = whole.categories.setdefault(category, CategoryTotal())
            known.dossiers += total.dossiers
            known.contribution_cents += total.contribution_cents
            known.fee_cents += total.fee_cents
        parked.update(one.parked)
        whole = whole.model_copy(
            update={
                name: getattr(whole, name) + getattr(one, name)
                for name in ("new", "raised", "lowered", "same", "raised_cents", "lowered_cents")
            }
            | {"changed": _most_changed([*whole.changed, *one.changed])}
        )
    return whole.model_copy(update={"parked": dict(parked)})


def _most_changed(changed: Iterable[ChangedAmount]) -> tuple[ChangedAmount, ...]:
    ordered = sorted(changed, key=lambda one: (-abs(one.total_cents - one.previous_cents), one.file_number))
    return tuple(ordered[:NAMED_MAX])
