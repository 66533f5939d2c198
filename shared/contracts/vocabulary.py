"""Words that more than one contract uses."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.law.categories import Category

__all__ = ["AmountKind", "Category", "EuroCents", "Language", "YearQuarter"]

#: A Belgif YearQuarter, for example ``2026Q1``.
YearQuarter = Annotated[str, Field(pattern=r"^[0-9]{4}Q[1-4]$", examples=["2026Q1"])]
#: Integer euro cents (Belgif EuroCentAmount); a debt is positive.
EuroCents = Annotated[int, Field(strict=True, description="Integer euro cents.")]


class Language(StrEnum):
    """Language in which the fund writes to somebody."""

    FRENCH = "fr"
    DUTCH = "nl"
    GERMAN = "de"


class AmountKind(StrEnum):
    """What part of a debt an amount is; payments and open items are kept per kind."""

    PRINCIPAL = "principal"
    FEE = "fee"
    SURCHARGE = "surcharge"
    INTEREST = "interest"
    COST = "cost"
    FINE = "fine"
