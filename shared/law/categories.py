"""What a category of contributor means: one row per category, one column per question a rule asks of it.

Each answer names its article and how sure it is. A category without a row is refused at import, a row without an answer
cannot be made, so that a new category can't be forgotten by any rule. Numbers and what changes with the day (amounts,
ages, the categories article 191 of the droit passerelle names in a period) are dated data in ``data/``; the row names
the parameters of its contribution. There is no column for revaluation: the income of an earlier year is revalued alike
in every category (royal decree 38, art. 11 par. 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from shared.law.parameters import Certainty

Answer = TypeVar("Answer")


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


class Formula(StrEnum):
    """How the income that counts is found; ceilings and bands are the same for all."""

    #: A least income counts, even after a loss.
    MINIMUM = "minimum"
    #: As MINIMUM, refused where the least income has no value, with a cut of the first quarter.
    STARTER = "starter"
    #: Nothing is due below a threshold, everything counts from there on.
    THRESHOLD = "threshold"
    #: As THRESHOLD, until a limit of income from which the contribution is that of a main occupation.
    EQUIVALENCE = "equivalence"
    #: Nothing is due below a threshold, the part above it counts, and everything from the least income of main on.
    STUDENT = "student"
    #: As a pensioner until somebody past the pension age contributes as in a main occupation.
    PENSION_AGE = "pensionAge"


class Occupation(StrEnum):
    """What a change between main occupation and complementary activity is counted from (RGS art. 39)."""

    MAIN = "main"
    COMPLEMENTARY = "complementary"
    #: The law read here gives no quarter for a change from or to it.
    OTHER = "other"


class Age(StrEnum):
    """Which day of birth a category needs."""

    ANY = "any"
    STUDENT = "student"
    SMALLER_STATUS = "smallerStatus"
    BELOW_PENSION_AGE = "belowPensionAge"
    FROM_PENSION_AGE = "fromPensionAge"


class Right(StrEnum):
    """Whether the contributions of a category open a right."""

    YES = "yes"
    NO = "no"
    #: Only when somebody contributes as in a main occupation, which the category alone does not tell.
    AS_MAIN = "asMain"


@dataclass(frozen=True, slots=True)
class Ruling(Generic[Answer]):
    """An answer of the law, the article that gives it, and how sure its reading is."""

    value: Answer
    article: str
    certainty: Certainty = Certainty.OFFICIAL


@dataclass(frozen=True, slots=True)
class Contribution:
    """How a category contributes.

    Attributes:
        formula: how the income that counts is found.
        floor: the parameter of its least income or threshold.
        rates: the parameters of its two rates.
    """

    formula: Formula
    floor: str
    rates: tuple[str, str] = ("contributions.rateBand1", "contributions.rateBand2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a category means to every rule that asks.

    Attributes:
        contribution: how it contributes; the article is the one a letter names.
        occupation: main or complementary, for the quarter from which a change counts.
        bars_starter: who was in it in the quarters before is no primo-starter.
        after_first_quarters: what follows by law when its first, reduced quarters are over; None when it has none.
        age: the day of birth it needs.
        helping_spouse: it is of a spouse who helps a self-employed person, and so needs no professional card.
        on_income_of_helped: its contributions rest on the income of the person who is helped.
        political_mandate: it has another limit of income for a political mandate.
        old_age_opt_out: somebody may ask not to contribute as in a main occupation.
        exemption: its contributions can be exempted.
        droit_passerelle: its quarters count for the droit passerelle.
    """

    contribution: Ruling[Contribution]
    occupation: Ruling[Occupation]
    bars_starter: Ruling[bool]
    after_first_quarters: Ruling[Category | None]
    age: Ruling[Age]
    helping_spouse: Ruling[bool]
    on_income_of_helped: Ruling[bool]
    political_mandate: Ruling[bool]
    old_age_opt_out: Ruling[bool]
    exemption: Ruling[Right]
    droit_passerelle: Ruling[Right]

    @property
    def is_starter(self) -> bool:
        """Whether the category holds for the first quarters only."""
        return self.after_first_quarters.value is not None


class CategoriesUnexplained(LookupError):
    """Categories have no row in the table, or the table has rows that are no category."""


_INFERRED: Final = Certainty.INFERRED
_IN_MAIN: Final = Ruling(Occupation.MAIN, "RGS art. 39; AR38 art. 12 §1 and 1bis")
#: RGS art. 39 speaks of main occupation and complementary activity only.
_NO_OCCUPATION: Final = Ruling(Occupation.OTHER, "RGS art. 39", _INFERRED)
#: In main occupation is who "belongs to a category of contributors of article 12, par. 1, 1bis or 1ter"; who was
#: assimilated to complementary activity (art. 12 par. 2 al. 4, which is RGS art. 37) is no starter either.
_BARS_STARTER: Final = Ruling(True, "AR38 art. 12 §1bis al. 2")
_NO_BAR: Final = Ruling(False, "AR38 art. 12 §1bis al. 2")
_NO_FIRST_QUARTERS: Final[Ruling[Category | None]] = Ruling(None, "AR38 art. 12 §1bis")
_BELOW_PENSION_AGE: Final = Ruling(Age.BELOW_PENSION_AGE, "AR38 art. 13")
_HELPING: Final = Ruling(True, "AR38 art. 7bis")
_NOT_HELPING: Final = Ruling(False, "AR38 art. 7bis")
_OWN_INCOME: Final = Ruling(False, "AR38 art. 11 §2")
_NO_MANDATE: Final = Ruling(False, "RGS art. 37 §1")
_NO_OPT_OUT: Final = Ruling(False, "RGS art. 37/1")
#: Art. 17 par. 2: the contributions of royal decree 38, art. 12 par. 1, 1bis and 1ter, 12bis par. 2 and 13 par. 1.
_EXEMPTION: Final = Ruling(Right.YES, "AR38 art. 17 §2")
_NO_EXEMPTION: Final = Ruling(Right.NO, "AR38 art. 17 §2")
#: Art. 191: who pays as in a main occupation.
_PASSERELLE: Final = Ruling(Right.YES, "LP22 art. 191 §1")
_NO_PASSERELLE: Final = Ruling(Right.NO, "LP22 art. 191 §1")

_TABLE: Final[dict[Category, Meaning]] = {
    Category.MAIN: Meaning(
        contribution=Ruling(Contribution(Formula.MINIMUM, "contributions.minimumIncomeMain"), "AR38 art. 12 §1"),
        occupation=_IN_MAIN,
        bars_starter=_BARS_STARTER,
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=_BELOW_PENSION_AGE,
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_EXEMPTION,
        droit_passerelle=_PASSERELLE,
    ),
    Category.PRIMO_STARTER: Meaning(
        contribution=Ruling(
            Contribution(Formula.STARTER, "contributions.minimumIncomePrimoStarter"), "AR38 art. 12 §1bis"
        ),
        occupation=_IN_MAIN,
        bars_starter=_BARS_STARTER,
        after_first_quarters=Ruling(Category.MAIN, "AR38 art. 12 §1bis"),
        age=_BELOW_PENSION_AGE,
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_EXEMPTION,
        droit_passerelle=_PASSERELLE,
    ),
    Category.SPOUSE_MAXI: Meaning(
        contribution=Ruling(
            Contribution(Formula.MINIMUM, "contributions.minimumIncomeSpouseMaxi"), "AR38 art. 12 §1ter"
        ),
        occupation=_NO_OCCUPATION,
        bars_starter=_BARS_STARTER,
        after_first_quarters=_NO_FIRST_QUARTERS,
        # What art. 13 says of a helping spouse past the pension age was not read.
        age=Ruling(Age.ANY, "AR38 art. 7bis; AR38 art. 13", _INFERRED),
        helping_spouse=_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_EXEMPTION,
        droit_passerelle=_PASSERELLE,
    ),
    Category.SPOUSE_MINI: Meaning(
        contribution=Ruling(
            Contribution(
                Formula.MINIMUM,
                "contributions.minimumIncomeMain",
                ("contributions.rateSpouseMiniBand1", "contributions.rateSpouseMiniBand2"),
            ),
            "RGS art. 11 §2",
        ),
        occupation=_NO_OCCUPATION,
        bars_starter=_NO_BAR,
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=Ruling(Age.SMALLER_STATUS, "AR38 art. 7bis §3"),
        helping_spouse=_HELPING,
        on_income_of_helped=Ruling(True, "RGS art. 11 §2"),
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_NO_EXEMPTION,
        droit_passerelle=_NO_PASSERELLE,
    ),
    Category.COMPLEMENTARY: Meaning(
        contribution=Ruling(Contribution(Formula.THRESHOLD, "contributions.thresholdComplementary"), "AR38 art. 12 §2"),
        occupation=Ruling(Occupation.COMPLEMENTARY, "RGS art. 39"),
        bars_starter=_NO_BAR,
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=_BELOW_PENSION_AGE,
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_NO_EXEMPTION,
        droit_passerelle=_NO_PASSERELLE,
    ),
    Category.ARTICLE_37: Meaning(
        contribution=Ruling(
            Contribution(Formula.EQUIVALENCE, "contributions.thresholdComplementary"), "RGS art. 37; AR38 art. 12 §2"
        ),
        occupation=_NO_OCCUPATION,
        bars_starter=_BARS_STARTER,
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=_BELOW_PENSION_AGE,
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=Ruling(True, "RGS art. 37 §1"),
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_NO_EXEMPTION,
        droit_passerelle=_NO_PASSERELLE,
    ),
    Category.STUDENT: Meaning(
        contribution=Ruling(Contribution(Formula.STUDENT, "contributions.studentLowerIncome"), "AR38 art. 12bis"),
        occupation=_NO_OCCUPATION,
        bars_starter=_NO_BAR,
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=Ruling(Age.STUDENT, "AR38 art. 5quater; RGS art. 5bis §4 and 5"),
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=Ruling(Right.AS_MAIN, "AR38 art. 17 §2; AR38 art. 12bis §2"),
        # The law of 18-07-2025 brought students who contribute as in a main occupation in; before, a person looks.
        droit_passerelle=Ruling(Right.AS_MAIN, "LP22 art. 191 §1; AR38 art. 13bis §2, 3°"),
    ),
    Category.PENSIONER: Meaning(
        contribution=Ruling(
            Contribution(
                Formula.THRESHOLD,
                "contributions.thresholdPensioner",
                ("contributions.ratePensionerBand1", "contributions.rateBand2"),
            ),
            "AR38 art. 13 §1",
        ),
        occupation=_NO_OCCUPATION,
        bars_starter=_NO_BAR,
        after_first_quarters=_NO_FIRST_QUARTERS,
        # An early pension makes a pensioner before the pension age.
        age=Ruling(Age.ANY, "AR38 art. 13 §1"),
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=_NO_OPT_OUT,
        exemption=_EXEMPTION,
        droit_passerelle=_NO_PASSERELLE,
    ),
    # The text of art. 13 from 01-10-2025 was not read.
    Category.BEYOND_PENSION_AGE: Meaning(
        contribution=Ruling(
            Contribution(Formula.PENSION_AGE, "contributions.thresholdPensioner"), "AR38 art. 13", Certainty.PUBLISHED
        ),
        occupation=_NO_OCCUPATION,
        bars_starter=Ruling(False, "AR38 art. 12 §1bis al. 2; AR38 art. 13", _INFERRED),
        after_first_quarters=_NO_FIRST_QUARTERS,
        age=Ruling(Age.FROM_PENSION_AGE, "AR38 art. 13"),
        helping_spouse=_NOT_HELPING,
        on_income_of_helped=_OWN_INCOME,
        political_mandate=_NO_MANDATE,
        old_age_opt_out=Ruling(True, "RGS art. 37/1"),
        exemption=Ruling(Right.YES, "AR38 art. 17 §2; AR38 art. 13 §1", _INFERRED),
        droit_passerelle=Ruling(Right.AS_MAIN, "LP22 art. 191 §1; AR38 art. 13", _INFERRED),
    ),
}


def complete(table: Mapping[Category, Meaning]) -> Mapping[Category, Meaning]:
    """Give a table that nobody changes; raises ``CategoriesUnexplained`` unless it has one row for each category."""
    missing = [category.value for category in Category if category not in table]
    if missing:
        raise CategoriesUnexplained(f"shared/law/categories.py says nothing of {', '.join(missing)}")
    unknown = sorted(set(table) - set(Category))
    if unknown:
        raise CategoriesUnexplained(f"shared/law/categories.py knows no category {', '.join(unknown)}")
    return MappingProxyType(dict(table))


#: Every category, in the order in which the contributions of art. 12 to 13 are read.
MEANINGS: Final = complete(_TABLE)


def meaning_of(category: Category) -> Meaning:
    """Give what a category means."""
    return MEANINGS[category]


def categories_where(holds: Callable[[Meaning], bool]) -> tuple[Category, ...]:
    """Give the categories of whose meaning something holds, in the order of the enumeration."""
    return tuple(category for category in Category if holds(MEANINGS[category]))


def named_where(holds: Callable[[Meaning], bool]) -> str:
    """Give the names of the categories of whose meaning something holds, as a message says them."""
    return " or ".join(categories_where(holds))
