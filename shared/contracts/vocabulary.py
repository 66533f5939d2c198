"""Words that more than one contract uses."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

#: A Belgif YearQuarter, for example ``2026Q1``.
YearQuarter = Annotated[str, Field(pattern=r"^[0-9]{4}Q[1-4]$", examples=["2026Q1"])]
#: Integer euro cents (Belgif EuroCentAmount); a debt is positive.
EuroCents = Annotated[int, Field(strict=True, description="Integer euro cents.")]


class Category(StrEnum):
    """Contribution category of a natural person (royal decree 38, articles 12, 12bis, 13 and 13bis)."""

    MAIN = "main"
    PRIMO_STARTER = "primoStarter"
    COMPLEMENTARY = "complementary"
    ARTICLE_37 = "article37"
    STUDENT = "student"
    SPOUSE_MAXI = "spouseMaxi"
    SPOUSE_MINI = "spouseMini"
    PENSIONER = "pensioner"
    BEYOND_PENSION_AGE = "beyondPensionAge"


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
