"""The numbers of the law for one quarter, turned into exact integers for whole columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, assert_never

from services.billing.assessment.rules.columns import EARLIER_BASES, YEARS_BACK, IncomeBasis
from shared.law.categories import MEANINGS, Category, Formula, Meaning
from shared.law.money import cents_from_euro
from shared.law.parameters import Certainty, ParameterMissing, Parameters, ParameterValue
from shared.law.quarter import Quarter

BASIS_POINTS: Final = 10_000
INDEX_PARTS: Final = 100

#: From the surest to the least sure.
CERTAINTY_ORDER: Final = (Certainty.OFFICIAL, Certainty.PUBLISHED, Certainty.INFERRED, Certainty.ASSUMED)

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
        return self.named(f"contributions.{name}")

    def named(self, name: str) -> ParameterValue:
        return self.parameters.fact(name, on=self.on)

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


def opt_out_rule(category: str) -> str:
    """Give the key of the law of somebody who opted out of contributing as in main occupation (RGS art. 37/1)."""
    return f"{category}/optOut"


def mandate_rule(category: str) -> str:
    """Give the key of the law of somebody who has a political mandate: another limit of income (RGS art. 37 §1)."""
    return f"{category}/politicalMandate"


def _categories(reader: _Reader) -> Iterable[CategoryLaw]:
    for category, meaning in MEANINGS.items():
        yield from _of_category(reader, category, meaning)


def _of_category(reader: _Reader, category: Category, meaning: Meaning) -> Iterable[CategoryLaw]:
    """Give the rules of a category, and those of the choices within it."""
    contribution, article = meaning.contribution.value, meaning.contribution.article
    rates = tuple(reader.named(name) for name in contribution.rates)
    if contribution.formula is Formula.STARTER:
        yield _starter(reader, CategoryLaw(key=category, article=article, rates=rates), contribution.floor)
        return
    rated = _rated(category, article, reader.named(contribution.floor), rates)
    match contribution.formula:
        case Formula.MINIMUM:
            yield _with_minimum(rated)
        case Formula.THRESHOLD:
            yield _with_threshold(rated)
        case Formula.EQUIVALENCE:
            yield from _equivalence(reader, _with_threshold(rated), choice=meaning.political_mandate.value)
        case Formula.STUDENT:
            yield _student(reader, _with_threshold(rated))
        case Formula.PENSION_AGE:
            yield from _pension_age(reader, rated, meaning)
        case other:
            assert_never(other)


def _with_minimum(law: CategoryLaw) -> CategoryLaw:
    return replace(law, minimum_cents=_cents(law.floor_facts[0]))


def _with_threshold(law: CategoryLaw) -> CategoryLaw:
    return replace(law, threshold_cents=_cents(law.floor_facts[0]))


def _rated(key: str, article: str, floor: ParameterValue, rates: tuple[ParameterValue, ...]) -> CategoryLaw:
    """Give the rules of a category but for what its floor does: who starts is billed on the floor itself."""
    return CategoryLaw(
        key=key,
        article=article,
        start_cents=_cents(floor),
        rate_band1_basis_points=_scaled(rates[0], BASIS_POINTS),
        rate_band2_basis_points=_scaled(rates[1], BASIS_POINTS),
        rates=rates,
        floor_facts=(floor,),
        start_facts=(floor,),
    )


def _starter(reader: _Reader, law: CategoryLaw, floor: str) -> CategoryLaw:
    """Give the rules of a starter who asked for the reduced least income; one who did not is billed as main."""
    try:
        minimum = reader.named(floor)
    except ParameterMissing as missing:
        return replace(law, rates=(), refusal=str(missing))
    law = _with_minimum(_rated(law.key, law.article, minimum, law.rates))
    try:
        cut = reader.fact("firstQuarterCutPrimoStarter")
    except ParameterMissing:
        return law  # before 01-04-2022 the first quarter was not cut
    return replace(law, first_quarter_cut_cents=_cents(cut), cut_facts=(cut,))


def _equivalence(reader: _Reader, law: CategoryLaw, *, choice: bool) -> Iterable[CategoryLaw]:
    main_minimum = reader.fact("minimumIncomeMain")
    limits = {law.key: "limitArticle37"} | ({mandate_rule(law.key): "limitArticle37Politician"} if choice else {})
    for key, name in limits.items():
        limit = reader.fact(name)
        yield replace(
            law,
            key=key,
            limit_cents=_cents(limit),
            lost_minimum_cents=_cents(main_minimum),
            lost_article=_EQUIVALENCE_LOST,
            income_facts=(limit,),
            lost_facts=(limit, main_minimum),
        )


def _student(reader: _Reader, law: CategoryLaw) -> CategoryLaw:
    complementary, main_minimum = reader.fact("thresholdComplementary"), reader.fact("minimumIncomeMain")
    return replace(
        law,
        free_cents=law.threshold_cents,
        whole_from_cents=_cents(main_minimum),
        start_cents=_cents(complementary),
        income_facts=(main_minimum,),
        start_facts=(complementary,),
    )


def _pension_age(reader: _Reader, rated: CategoryLaw, meaning: Meaning) -> Iterable[CategoryLaw]:
    if meaning.old_age_opt_out.value:
        article = f"{rated.article}; {meaning.old_age_opt_out.article}"
        yield replace(_with_threshold(rated), key=opt_out_rule(rated.key), article=article)
    main_minimum, as_main = reader.fact("minimumIncomeMain"), reader.fact("beyondPensionAgeAsMain")
    floored = (
        _with_minimum(_rated(rated.key, rated.article, main_minimum, rated.rates))
        if as_main.value == "yes"
        else _with_threshold(rated)
    )
    law = replace(floored, income_facts=(as_main,))
    try:
        start = reader.fact("startBaseBeyondPensionAge")
    except ParameterMissing as missing:
        yield replace(law, start_cents=None, start_facts=(), start_refusal=str(missing))
        return
    amount = reader.fact(str(start.value))
    yield replace(law, start_cents=_cents(amount), start_facts=(start, amount))


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
