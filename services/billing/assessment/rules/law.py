"""The numbers of the law for one quarter, turned into exact integers for whole columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.assessment.rules.columns import EARLIER_BASES, YEARS_BACK, IncomeBasis
from shared.contracts.vocabulary import Category
from shared.law.money import cents_from_euro
from shared.law.parameters import Certainty, ParameterMissing, Parameters, ParameterValue
from shared.law.quarter import Quarter

BASIS_POINTS: Final = 10_000
INDEX_PARTS: Final = 100

#: From the surest to the least sure.
CERTAINTY_ORDER: Final = (Certainty.OFFICIAL, Certainty.PUBLISHED, Certainty.INFERRED, Certainty.ASSUMED)

#: Key of the law of somebody past the pension age who opted out of contributing as in main occupation.
OPTED_OUT: Final = "beyondPensionAge/optOut"
#: Key of the law of somebody under article 37 who has a political mandate: another limit of income.
POLITICAL_MANDATE: Final = "article37/politicalMandate"

_ARTICLES: Final[dict[str, str]] = {
    Category.MAIN: "AR38 art. 12 §1",
    Category.PRIMO_STARTER: "AR38 art. 12 §1bis",
    Category.SPOUSE_MAXI: "AR38 art. 12 §1ter",
    Category.SPOUSE_MINI: "RGS art. 11 §2",
    Category.COMPLEMENTARY: "AR38 art. 12 §2",
    Category.ARTICLE_37: "RGS art. 37; AR38 art. 12 §2",
    POLITICAL_MANDATE: "RGS art. 37; AR38 art. 12 §2",
    Category.STUDENT: "AR38 art. 12bis",
    Category.PENSIONER: "AR38 art. 13 §1",
    Category.BEYOND_PENSION_AGE: "AR38 art. 13",
    OPTED_OUT: "AR38 art. 13; RGS art. 37/1",
}
#: What applies instead once the income reaches the limit of article 37.
_EQUIVALENCE_LOST: Final = "RGS art. 37; AR38 art. 12 §1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryLaw:
    """The rules of one category in one quarter, in cents and basis points.

    Attributes:
        minimum_cents: least income that is counted, 0 when there is none.
        threshold_cents: income below which nothing is due, 0 when there is none.
        free_cents: part of the income that stays free as long as the income is below ``whole_from_cents``.
        limit_cents: income from which the category's favour is lost and ``lost_minimum_cents`` counts, or None.
        lost_article: the article that holds from that income on.
        start_cents: lump sum of income at the start of the activity, or None when it is not known.
        first_quarter_cut_cents: cut of the first quarter, 0 when there is none.
        rates: the two rates.
        floor_facts: the parameter that gives the least income or the threshold.
        income_facts: what an income is measured against besides, such as the limit of article 37.
        lost_facts: that limit and the least income that counts from there on.
        start_facts: what the starting lump sum rests on.
        cut_facts: what the cut of the first quarter rests on.
        refusal: why nobody of this category can be assessed in this quarter, or None.
        start_refusal: why nobody of this category can be assessed on the starting lump sum, or None.
    """

    key: str
    article: str
    minimum_cents: int = 0
    threshold_cents: int = 0
    free_cents: int = 0
    whole_from_cents: int = 0
    limit_cents: int | None = None
    lost_minimum_cents: int = 0
    lost_article: str | None = None
    start_cents: int | None = None
    rate_band1_basis_points: int = 0
    rate_band2_basis_points: int = 0
    first_quarter_cut_cents: int = 0
    rates: tuple[ParameterValue, ...] = ()
    floor_facts: tuple[ParameterValue, ...] = ()
    income_facts: tuple[ParameterValue, ...] = ()
    lost_facts: tuple[ParameterValue, ...] = ()
    start_facts: tuple[ParameterValue, ...] = ()
    cut_facts: tuple[ParameterValue, ...] = ()
    refusal: str | None = None
    start_refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRevaluation:
    """What revalues the income of a year before the third one, which stands in for it when it was not known in time.

    The numerator is that of the contribution year. The denominator is the mean index of the year of the income (royal
    decree 38, art. 11 §3, al. 2 and 3): the one that was published for the contribution year three years after it.
    """

    years_back: int
    denominator: int
    facts: tuple[ParameterValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterLaw:
    """All numbers that assess a quarter; read once, then used for every row."""

    quarter: Quarter
    ceiling1_cents: int
    ceiling2_cents: int
    ceilings: tuple[ParameterValue, ...]
    categories: tuple[CategoryLaw, ...]
    revaluation_numerator: int | None
    revaluation_denominator: int | None
    revaluation: tuple[ParameterValue, ...]
    revaluation_refusal: str | None
    earlier_revaluations: tuple[EarlierRevaluation, ...] = ()

    def revaluation_of(self, years_back: int) -> tuple[ParameterValue, ...]:
        """Give the numbers that revalue an income of so many years before; none when they are not known."""
        if years_back == YEARS_BACK[IncomeBasis.N_MINUS_3]:
            return self.revaluation
        return next((one.facts for one in self.earlier_revaluations if one.years_back == years_back), ())

    def category(self, key: str) -> CategoryLaw:
        """Give the rules of a category; raises ``KeyError`` for an unknown one."""
        for law in self.categories:
            if law.key == key:
                return law
        raise KeyError(key)


def least_sure(facts: Iterable[ParameterValue]) -> Certainty:
    """Give the certainty of the least sure of some parameters."""
    return max((fact.certainty for fact in facts), key=CERTAINTY_ORDER.index, default=Certainty.OFFICIAL)


def quarter_law(*, quarter: Quarter, parameters: Parameters) -> QuarterLaw:
    """Read the law of a quarter.

    Raises ``ParameterMissing`` when a ceiling or a rate has no value on its first day: then nobody can be assessed.
    What only some people need (a starting lump sum, the revaluation of an old income) is a refusal of those people.
    """
    on = quarter.starts_on
    reader = _Reader(parameters, on)
    ceilings = (reader.fact("ceiling1"), reader.fact("ceiling2"))
    numerator, denominator, revaluation, refusal = reader.revaluation()
    return QuarterLaw(
        quarter=quarter,
        ceiling1_cents=_cents(ceilings[0]),
        ceiling2_cents=_cents(ceilings[1]),
        ceilings=ceilings,
        categories=tuple(_categories(reader)),
        revaluation_numerator=numerator,
        revaluation_denominator=denominator,
        revaluation=revaluation,
        revaluation_refusal=refusal,
        earlier_revaluations=() if numerator is None else tuple(reader.earlier_revaluations(revaluation[0])),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    parameters: Parameters
    on: date

    def fact(self, name: str) -> ParameterValue:
        return self.parameters.fact(f"contributions.{name}", on=self.on)

    def revaluation(self) -> tuple[int | None, int | None, tuple[ParameterValue, ...], str | None]:
        try:
            facts = (self.fact("revaluationNumerator"), self.fact("revaluationDenominator"))
        except ParameterMissing as missing:
            return None, None, (), str(missing)
        numerator, denominator = (_scaled(fact, INDEX_PARTS) for fact in facts)
        return numerator, denominator, facts, None

    def earlier_revaluations(self, numerator: ParameterValue) -> Iterable[EarlierRevaluation]:
        """Read the mean indexes of the years whose income may stand in, leaving out those nobody published."""
        usual = YEARS_BACK[IncomeBasis.N_MINUS_3]
        for basis in EARLIER_BASES:
            back = YEARS_BACK[basis]
            published_for = date(self.on.year - back + usual, 1, 1)
            try:
                fact = self.parameters.fact("contributions.revaluationDenominator", on=published_for)
            except ParameterMissing:
                continue
            # see limits: earlier-income-stands-in
            # No minister prints this fraction: that the mean index of a year is the same number whatever contribution
            # year it is used for is how the law defines it, read by us.
            doubted = max(fact.certainty, Certainty.INFERRED, key=CERTAINTY_ORDER.index)
            yield EarlierRevaluation(
                years_back=back,
                denominator=_scaled(fact, INDEX_PARTS),
                facts=(numerator, replace(fact, certainty=doubted)),
            )


def _categories(reader: _Reader) -> Iterable[CategoryLaw]:
    rates = (reader.fact("rateBand1"), reader.fact("rateBand2"))
    main_minimum = reader.fact("minimumIncomeMain")
    yield _with_minimum(Category.MAIN, main_minimum, rates)
    yield _primo_starter(reader, rates)
    yield _with_minimum(Category.SPOUSE_MAXI, reader.fact("minimumIncomeSpouseMaxi"), rates)
    mini = (reader.fact("rateSpouseMiniBand1"), reader.fact("rateSpouseMiniBand2"))
    yield _with_minimum(Category.SPOUSE_MINI, main_minimum, mini)
    complementary = reader.fact("thresholdComplementary")
    yield _with_threshold(Category.COMPLEMENTARY, complementary, rates)
    for key, limit in ((Category.ARTICLE_37, "limitArticle37"), (POLITICAL_MANDATE, "limitArticle37Politician")):
        yield _article_37(key, _with_threshold(key, complementary, rates), reader.fact(limit), main_minimum)
    yield _student(reader, complementary, main_minimum, rates)
    pensioner = reader.fact("thresholdPensioner")
    yield _with_threshold(Category.PENSIONER, pensioner, (reader.fact("ratePensionerBand1"), rates[1]))
    yield _with_threshold(OPTED_OUT, pensioner, rates)
    yield _beyond_pension_age(reader, pensioner, main_minimum, rates)


def _with_minimum(key: str, minimum: ParameterValue, rates: tuple[ParameterValue, ParameterValue]) -> CategoryLaw:
    return replace(_rated(key, minimum, rates), minimum_cents=_cents(minimum))


def _with_threshold(key: str, threshold: ParameterValue, rates: tuple[ParameterValue, ParameterValue]) -> CategoryLaw:
    return replace(_rated(key, threshold, rates), threshold_cents=_cents(threshold))


def _rated(key: str, floor: ParameterValue, rates: tuple[ParameterValue, ParameterValue]) -> CategoryLaw:
    """Give the rules of a category but for what its floor does: who starts is billed on the floor itself."""
    return CategoryLaw(
        key=key,
        article=_ARTICLES[key],
        start_cents=_cents(floor),
        rate_band1_basis_points=_scaled(rates[0], BASIS_POINTS),
        rate_band2_basis_points=_scaled(rates[1], BASIS_POINTS),
        rates=rates,
        floor_facts=(floor,),
        start_facts=(floor,),
    )


def _primo_starter(reader: _Reader, rates: tuple[ParameterValue, ParameterValue]) -> CategoryLaw:
    """Give the rules of a starter who asked for the reduced least income; one who did not is billed as main."""
    try:
        minimum = reader.fact("minimumIncomePrimoStarter")
    except ParameterMissing as missing:
        key = Category.PRIMO_STARTER
        return CategoryLaw(key=key, article=_ARTICLES[key], refusal=str(missing))
    law = _with_minimum(Category.PRIMO_STARTER, minimum, rates)
    try:
        cut = reader.fact("firstQuarterCutPrimoStarter")
    except ParameterMissing:
        return law  # before 01-04-2022 the first quarter was not cut
    return replace(law, first_quarter_cut_cents=_cents(cut), cut_facts=(cut,))


def _article_37(key: str, law: CategoryLaw, limit: ParameterValue, main_minimum: ParameterValue) -> CategoryLaw:
    return replace(
        law,
        key=key,
        limit_cents=_cents(limit),
        lost_minimum_cents=_cents(main_minimum),
        lost_article=_EQUIVALENCE_LOST,
        income_facts=(limit,),
        lost_facts=(limit, main_minimum),
    )


def _student(
    reader: _Reader,
    complementary: ParameterValue,
    main_minimum: ParameterValue,
    rates: tuple[ParameterValue, ParameterValue],
) -> CategoryLaw:
    lower = reader.fact("studentLowerIncome")
    return replace(
        _with_threshold(Category.STUDENT, lower, rates),
        free_cents=_cents(lower),
        whole_from_cents=_cents(main_minimum),
        start_cents=_cents(complementary),
        income_facts=(main_minimum,),
        start_facts=(complementary,),
    )


def _beyond_pension_age(
    reader: _Reader,
    pensioner: ParameterValue,
    main_minimum: ParameterValue,
    rates: tuple[ParameterValue, ParameterValue],
) -> CategoryLaw:
    key = Category.BEYOND_PENSION_AGE
    as_main = reader.fact("beyondPensionAgeAsMain")
    floored = (
        _with_minimum(key, main_minimum, rates) if as_main.value == "yes" else _with_threshold(key, pensioner, rates)
    )
    law = replace(floored, income_facts=(as_main,))
    try:
        start = reader.fact("startBaseBeyondPensionAge")
    except ParameterMissing as missing:
        return replace(law, start_cents=None, start_facts=(), start_refusal=str(missing))
    amount = reader.fact(str(start.value))
    return replace(law, start_cents=_cents(amount), start_facts=(start, amount))


def _cents(fact: ParameterValue) -> int:
    assert isinstance(fact.value, Decimal)  # noqa: S101 - the data file's unit says so and its reader checked it
    return cents_from_euro(fact.value)


def _scaled(fact: ParameterValue, parts: int) -> int:
    """Turn a rate or an index into whole parts; raises ``ValueError`` when the law has more digits than parts."""
    assert isinstance(fact.value, Decimal)  # noqa: S101 - the data file's unit says so and its reader checked it
    scaled = fact.value * parts
    if scaled != scaled.to_integral_value():
        raise ValueError(f"parameter {fact.name} has more digits than 1/{parts}")
    return int(scaled)
